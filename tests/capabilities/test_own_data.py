"""Own data: every table is on the list, and the copy holds everything of its person and nobody else's name."""

import msgspec
import pytest

from capabilities import greeting
from capabilities.office import Office
from capabilities.own_data import IMPERSONAL, PLACES, Fate, OwnCopy, copy_of
from models.greeting import Greeting
from models.person import Person
from models.transition import Transition
from models.volunteer import Volunteer
from tests.cast import Cast
from tests.greetings import accept
from tests.leaving import BYLINE, NAME, NUMBER, OPENID, PHONE, REASON, SUGGESTED, WORDS, WORKPLACE, Life, full_life
from tests.published import words
from tests.stage import everything


@pytest.fixture
async def life(office: Office, cast: Cast) -> Life:
    return await full_life(office, cast)


def said(made: OwnCopy) -> str:
    return msgspec.json.encode(made).decode()


class TestPlaces:
    async def test_say_why_something_is_kept(self) -> None:
        assert all(place.why for place in PLACES if place.fate is not Fate.REMOVED)
        assert all(place.kept_for for place in PLACES)
        assert all(IMPERSONAL.values())


class TestCopyOf:
    async def test_holds_what_the_person_gave_in_plain_words(self, life: Life) -> None:
        made = said(await copy_of(life.office, await life.someone.caller()))
        for own in (NAME, PHONE, NUMBER, WORKPLACE, BYLINE, WORDS, OPENID, REASON, SUGGESTED):
            assert own in made

    async def test_finds_rows_in_every_place_that_a_life_touches(self, life: Life) -> None:
        made = await copy_of(life.office, await life.someone.caller())
        empty = {section.place for section in made.sections if not section.rows}
        owned = {place.table for place in PLACES if place.is_owned}
        assert empty & owned == {"annulment", "take_down"}

    async def test_counts_as_done_for_the_office_no_step_with_what_is_ones_own(
        self, office: Office, cast: Cast, life: Life
    ) -> None:
        someone = await cast.scientist()
        await greeting.leave(office, await someone.caller(), words(WORDS))
        moderator = await cast.moderator()
        await accept(office, cast, await Greeting.get(person_id=someone.id), moderator=moderator)
        counts = [
            {each.place: each.acted for each in (await copy_of(office, await one.caller())).sections if each.acted}
            for one in (someone, moderator)
        ]
        assert counts == [{}, {"greeting": 1, "transition": 1}]

    async def test_names_nobody_else(self, office: Office, cast: Cast, life: Life) -> None:
        other = await cast.volunteer("呼格吉勒图")
        await Volunteer.filter(person_id=life.someone.id).update(
            guardian='{"name":"呼格吉勒图","relation":"母亲","phone":"13700001111"}'
        )
        made = said(await copy_of(office, await life.someone.caller()))
        ids = {str(each.id) for each in await Person.exclude(id=life.someone.id)}
        assert "呼格吉勒图" not in made
        assert "13700001111" not in made
        assert not [each for each in ids if each in made]
        assert str(other.id) in ids

    async def test_is_ones_own_only(self, office: Office, cast: Cast, life: Life) -> None:
        stranger = await copy_of(office, await (await cast.scientist()).caller())
        assert [section.place for section in stranger.sections if section.rows] == ["session", "person", "consent"]
        assert NAME not in said(stranger)

    async def test_shows_no_hash_and_no_index(self, life: Life) -> None:
        made = await copy_of(life.office, await life.someone.caller())
        columns = {name for section in made.sections for row in section.rows for name in row}
        assert not [name for name in columns if name.endswith(("_index", "_hash", "_by_id")) or name == "nonce"]

    async def test_changes_nothing_but_the_log_of_requests(self, life: Life) -> None:
        before, who = await everything(but=["transition"]), await life.someone.caller()
        await copy_of(life.office, who)
        assert await everything(but=["transition"]) == before
        line = await Transition.filter(subject="privacy_request").get()
        assert (line.subject_id, line.before, line.after, line.reason) == (
            life.someone.id, "received", "done", "export",
        )  # fmt: skip

"""Erasure: who it was is gone everywhere, what the law keeps leads to nobody, and the queue moves up."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from capabilities import leaving
from capabilities.caller import SessionEnded
from capabilities.enrolment import enrol, mine
from capabilities.job import run_due
from capabilities.leaving import STEPS, SWEEP_AFTER, LastCityAdmin, Leaver, Step, erase
from capabilities.log_in import log_in
from capabilities.membership import MemberSearch, members
from capabilities.office import Office
from capabilities.own_data import PLACES, Fate, sealed_columns
from kit.clock import StandingClock
from models.attendance import Attendance
from models.database import connection, cut_write_ahead_log
from models.enrolment import Enrolment, EnrolmentStatus
from models.fields import blind
from models.greeting import Greeting, GreetingStatus
from models.job import Job, JobStatus
from models.person import Person
from models.placement import TakeDown, TakeDownReason
from models.removal import Removal, RemovedBy
from models.role import Role, RoleName
from models.session import Session
from models.shift import Shift
from models.team import Membership, MembershipStatus
from models.upload import Upload
from models.volunteer import Volunteer, VolunteerStatus
from server.works import WORKS
from tests.cast import Cast, Someone
from tests.leaving import CANARIES, OPENID, SUGGESTED, Life, full_life
from tests.stage import NINE, everything, published, refused, shift_of

TOMORROW = NINE + timedelta(days=1)


@pytest.fixture
async def life(office: Office, cast: Cast) -> Life:
    return await full_life(office, cast)


async def gone(someone: Someone) -> leaving.Receipt:
    return await erase(someone.office, await someone.caller())


async def places_of(people: Sequence[Someone]) -> list[int | None]:
    """Where each stands in the queue."""
    return [(await mine(each.office, await each.caller()))[0].place for each in people]


class TestErase:
    async def test_leaves_nothing_that_says_who_it_was(self, life: Life) -> None:
        await gone(life.someone)
        for place in PLACES:
            for row in await (await place.rows_of(life.someone.id)):
                assert place.fate is not Fate.REMOVED or place.model is Upload, place.table
                assert not [name for name in sealed_columns(place.model) if getattr(row, name)], place.table
        kept = str(await everything())
        assert not [each for each in CANARIES if each in kept]
        assert blind(OPENID, kind="openid") not in kept

    async def test_keeps_the_record_of_service_and_its_number(self, life: Life) -> None:
        number = (await Volunteer.get(person_id=life.someone.id)).volunteer_no
        receipt = await gone(life.someone)
        assert await Attendance.filter(enrolment_id=life.came.id).exists()
        row = await Volunteer.get(person_id=life.someone.id)
        assert (row.status, row.volunteer_no, row.id_number_index) == (VolunteerStatus.ERASED, number, None)
        kept = {line.name: line for line in receipt.kept}
        assert "第67号" in kept["签到记录"].why
        assert (await Enrolment.get(id=life.came.id)).status is EnrolmentStatus.CONFIRMED

    async def test_takes_the_number_of_who_never_served(self, cast: Cast) -> None:
        someone = await cast.volunteer()
        await gone(someone)
        assert (await Volunteer.get(person_id=someone.id)).volunteer_no is None

    async def test_tells_what_it_did(self, life: Life) -> None:
        receipt = await gone(life.someone)
        assert {"登录会话", "消息", "消息提醒授权", "上传的图片、录音和视频"} <= {line.name for line in receipt.removed}
        assert {"志愿者登记", "账号", "报名"} <= {line.name for line in receipt.de_identified}
        assert all(line.count > 0 for line in [*receipt.removed, *receipt.de_identified, *receipt.kept])
        assert all(line.why for line in [*receipt.de_identified, *receipt.kept])
        assert (receipt.take_downs_open, receipt.teams_without_leader) == (1, 1)

    async def test_takes_greetings_down_and_lets_suggestions_go_on(self, life: Life) -> None:
        before = (await Greeting.get(id=life.suggestion.id)).status
        await gone(life.someone)
        greeting, asked = await Greeting.get(id=life.greeting.id), await Greeting.get(id=life.suggestion.id)
        assert (greeting.status, greeting.text) == (GreetingStatus.WITHDRAWN, "")
        assert (asked.status, asked.text, asked.byline_name) == (before, SUGGESTED, None)
        assert (await TakeDown.get()).reason is TakeDownReason.PERSON_LEFT

    async def test_ends_every_session_and_role_at_once(self, life: Life) -> None:
        await gone(life.someone)
        with pytest.raises(SessionEnded):
            await life.someone.caller()
        assert not await Session.filter(person_id=life.someone.id).exists()
        assert not await Role.filter(person_id=life.someone.id, taken_at=None).exists()

    async def test_makes_the_same_account_somebody_new(self, life: Life) -> None:
        await gone(life.someone)
        back = await log_in(life.office, "code-of-canary", phone="phone")
        assert back.person.openid == OPENID
        assert back.person.id != life.someone.id
        assert not await Volunteer.filter(person_id=back.person.id).exists()

    async def test_is_proven_without_saying_whose(self, life: Life) -> None:
        await gone(life.someone)
        rows = await Removal.filter(rule="erasure")
        assert {"session", "message", "credit"} <= {row.place for row in rows}
        assert {row.by for row in rows} == {RemovedBy.PERSON}
        assert str(life.someone.id) not in str([dict(row) for row in rows])


class TestMembersOfATeam:
    async def test_show_somebody_gone_without_a_name(self, life: Life, cast: Cast) -> None:
        membership = await Membership.get(person_id=life.someone.id)
        await gone(life.someone)
        asked = MemberSearch(status=MembershipStatus.LEFT)
        (line,) = await members(await (await cast.city_admin()).caller(), membership.team_id, asked)
        assert (line.name, line.phone, line.membership.reason) == ("已注销", "", "本人注销")


class TestEraseInAQueue:
    """The middle of a queue leaves; those behind move up, and the places are 1 to n."""

    async def test_moves_those_behind_up(self, office: Office, cast: Cast) -> None:
        found = await published(starts_at=TOMORROW)
        people = [await cast.volunteer(f"志愿者{number}") for number in range(6)]
        for each in people:
            await enrol(office, await each.caller(), shift_of(found).id)
        assert await places_of(people) == [None, 1, 2, 3, 4, 5]
        await gone(people[2])
        rest = [each for each in people if each is not people[2]]
        assert await places_of(rest) == [None, 1, 2, 3, 4]
        await gone(people[0])
        rest = rest[1:]
        assert await places_of(rest) == [None, 1, 2, 3]
        assert (await Enrolment.get(person_id=people[1].id)).status is EnrolmentStatus.OFFERED
        assert (await Shift.get(id=shift_of(found).id)).taken == 1
        await gone(people[1])
        assert (await Enrolment.get(person_id=people[3].id)).status is EnrolmentStatus.OFFERED


class TestSteps:
    @pytest.mark.parametrize("after", range(1, len(STEPS) + 1))
    async def test_a_stop_after_any_step_leaves_everything_and_the_next_try_finishes(
        self, life: Life, after: int
    ) -> None:
        async def stop(_: Office, __: Leaver) -> None:
            raise RuntimeError("planted")

        steps: list[Step] = [*STEPS[:after], stop]
        before, who = await everything(), await life.someone.caller()
        with pytest.raises(RuntimeError, match="planted"):
            await erase(life.office, who, steps)
        assert await everything() == before
        assert (await gone(life.someone)).erased_at == life.office.now()


class TestLastCityAdmin:
    async def test_stays_until_another_is_there(self, office: Office, cast: Cast) -> None:
        only = await cast.city_admin()
        await refused(LastCityAdmin, erase(office, await only.caller()))
        other = await cast.city_admin()
        await gone(only)
        await refused(LastCityAdmin, erase(office, await other.caller()))

    async def test_is_not_somebody_whose_time_is_over(self, office: Office, cast: Cast) -> None:
        only, former = await cast.city_admin(), await cast.scientist()
        await Role.create(
            person=former.person, name=RoleName.CITY_ADMIN, given_at=office.now(), until=office.now() - SWEEP_AFTER
        )
        await refused(LastCityAdmin, erase(office, await only.caller()))


class TestSweep:
    async def test_takes_what_came_in_meanwhile_and_the_files(self, life: Life, clock: StandingClock) -> None:
        await gone(life.someone)
        late = {"campaign_id": life.greeting.campaign_id, "kind": "greeting", "topic": "motherland", "is_over_14": True}
        await Greeting.create(
            person_id=life.someone.id, status=GreetingStatus.SUBMITTED, text=CANARIES[5], byline="anonymous",
            submitted_at=clock.now(), **late,
        )  # fmt: skip
        clock.advance(SWEEP_AFTER)
        while await run_due(life.office, WORKS):
            pass
        assert CANARIES[5] not in str(await everything())
        assert not await Upload.filter(person_id=life.someone.id).exists()
        assert (await Job.get(work=leaving.SWEEP)).status is JobStatus.DONE

    async def test_touches_nobody_who_is_still_there(self, life: Life) -> None:
        before = await everything()
        await leaving.sweep(life.office, {"person_id": str(life.someone.id)})
        assert await everything() == before


def content_of(database_url: str) -> bytes:
    file = Path(database_url.removeprefix("sqlite://"))
    return file.read_bytes() + file.with_name(f"{file.name}-wal").read_bytes()


class TestFile:
    async def test_of_sqlite_holds_no_erased_word(self, life: Life, database_url: str, is_postgres: bool) -> None:
        """`secure_delete` overwrites; the log beside the file is cut."""
        if is_postgres:
            pytest.skip("PostgreSQL keeps dead rows until VACUUM; see docs/privacy.md")
        plain = CANARIES[5].encode()
        await cut_write_ahead_log()
        assert plain in content_of(database_url)
        await gone(life.someone)
        await cut_write_ahead_log()
        assert plain not in content_of(database_url)
        assert (await connection().execute_query_dict("PRAGMA secure_delete"))[0]["secure_delete"] == 1


class TestTombstone:
    async def test_has_an_index_that_no_account_can_have(self, cast: Cast) -> None:
        someone = await cast.scientist()
        await gone(someone)
        row = await Person.get(id=someone.id)
        assert (row.openid, row.openid_index, row.phone) == ("", f"erased:{someone.id.hex}", None)
        assert row.closed_at == cast.office.now()

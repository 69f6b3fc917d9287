"""Our own list of words: found however they are spaced out, known to every process, and repeated to nobody."""

from dataclasses import replace

import pytest

from capabilities import greeting, moderation, word_list
from capabilities.caller import RoleNeeded
from capabilities.greeting import WordingRefused
from capabilities.office import Office
from capabilities.word_list import Finder, Hit, NoSuchWord, WordTooShort
from models.greeting import Byline, Greeting, GreetingStatus, Rank
from models.listed_word import ListedWord, WordAction
from models.role import RoleName
from models.transition import Transition
from tests.cast import Cast, Someone
from tests.greetings import new, words
from tests.stage import refused

REVIEW, REFUSE = WordAction.REVIEW, WordAction.REFUSE


@pytest.fixture
async def admin(cast: Cast) -> Someone:
    return await cast.city_admin()


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


async def add(admin: Someone, *listed: str, action: WordAction = REVIEW) -> list[ListedWord]:
    return await word_list.add(admin.office, await admin.caller(), listed, action, "")


async def leave(writer: Someone, text: str, **more: object) -> Greeting:
    return await greeting.leave(writer.office, await writer.caller(), new(text, **more))


class TestFinder:
    FINDER = Finder(None, [("加微信", REVIEW), ("微信群", REFUSE), ("vx", REVIEW)])

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("请加微信", [(1, 4, REVIEW)]),
            ("请 加.微\u200b信！", [(2, 7, REVIEW)]),
            ("加微信群", [(0, 3, REVIEW), (1, 4, REFUSE)]),
            ("ＶＸ号：v-X", [(0, 2, REVIEW), (4, 7, REVIEW)]),
            ("𠮷加微信", [(1, 4, REVIEW)]),
            ("微信", []),
            ("", []),
        ],
    )
    def test_finds_words_through_what_stands_between_their_letters(
        self, text: str, found: list[tuple[int, int, WordAction]]
    ) -> None:
        assert self.FINDER.find(text) == [Hit(*each) for each in found]

    def test_finds_nothing_in_an_empty_list(self) -> None:
        assert Finder(None, []).find("请加微信") == []


class TestFinderOfOffice:
    async def test_follows_the_list_in_every_process(self, office: Office, admin: Someone) -> None:
        beside = replace(office)
        assert (await word_list.finder(beside)).find("请加微信") == []
        (row,) = await add(admin, "加微信")
        assert len((await word_list.finder(beside)).find("请加微信")) == 1
        await word_list.remove(office, await admin.caller(), row.id)
        assert (await word_list.finder(beside)).find("请加微信") == []

    async def test_is_built_once_for_one_edition(self, office: Office, admin: Someone) -> None:
        await add(admin, "加微信")
        assert await word_list.finder(office) is await word_list.finder(office)


class TestLeave:
    async def test_brings_a_hit_before_a_person_sooner(self, office: Office, admin: Someone, writer: Someone) -> None:
        plain = await leave(writer, "祝福祖国")
        await add(admin, "加微信")
        hit = await leave(writer, "祝福祖国，请加 微 信")
        doubted = await leave(writer, "REVIEW")
        assert (hit.status, hit.rank) == (GreetingStatus.PENDING_REVIEW, Rank.LISTED_WORDS)
        queue = await moderation.waiting(office, await admin.caller(), kind=None, cursor=None, limit=None)
        assert [each.id for each in queue.items] == [doubted.id, hit.id, plain.id]
        assert queue.items[1].hits == {"text": [Hit(6, 11, REVIEW)], "byline_name": []}

    async def test_does_not_take_what_is_not_wanted_and_does_not_repeat_it(
        self, admin: Someone, writer: Someone
    ) -> None:
        await add(admin, "脏话词", action=REFUSE)
        for name, doing in (
            ("text", leave(writer, "祝福，脏 话 词")),
            ("byline_name", leave(writer, "祝福", byline=Byline.NICKNAME, byline_name="脏.话.词")),
        ):
            refusal = await refused(WordingRefused, doing)
            assert list(refusal.fields) == [name]
            assert "脏" not in f"{refusal.detail}{refusal.fields}{refusal.facts}"

    async def test_asks_again_at_a_change(self, office: Office, admin: Someone, writer: Someone) -> None:
        row = await leave(writer, "祝福祖国")
        await add(admin, "加微信")
        await add(admin, "脏话词", action=REFUSE)
        who = await writer.caller()
        await refused(WordingRefused, greeting.change(office, who, row.id, words("脏话词")))
        assert (await greeting.change(office, who, row.id, words("请加微信"))).rank == Rank.LISTED_WORDS
        assert (await greeting.change(office, who, row.id, words("祝福"))).rank == Rank.PLAIN


class TestAdd:
    async def test_lists_each_form_once(self, admin: Someone) -> None:
        rows = await add(admin, "加微信", "加 微 信", "ＶＸ号")
        assert sorted(row.folded for row in rows) == ["vx号", "加微信"]
        assert await ListedWord.all().count() == 2

    async def test_gives_a_listed_one_the_new_action(self, admin: Someone) -> None:
        (row,) = await add(admin, "加微信")
        await word_list.remove(admin.office, await admin.caller(), row.id)
        (again,) = await add(admin, "加微信", action=REFUSE)
        assert (again.id, again.action, again.removed_at) == (row.id, REFUSE, None)
        steps = await Transition.filter(subject_id=row.id).order_by("id").values_list("before", "after")
        assert [tuple(step) for step in steps] == [(None, "review"), ("review", "removed"), ("removed", "refuse")]

    @pytest.mark.parametrize("word", ["信", " 信。", "！！"])
    async def test_takes_no_word_of_one_letter(self, word: str, admin: Someone) -> None:
        assert list((await refused(WordTooShort, add(admin, "加微信", word))).fields) == ["words"]


class TestKeeping:
    async def test_changes_and_removes(self, office: Office, admin: Someone) -> None:
        (row,) = await add(admin, "加微信")
        who = await admin.caller()
        changed = await word_list.change(office, who, row.id, action=REFUSE, remark=None)
        assert (changed.action, changed.note) == (REFUSE, "")
        assert (await word_list.change(office, who, row.id, action=None, remark="广告")).note == "广告"
        await word_list.remove(office, who, row.id)
        assert await word_list.listed(who, cursor=None, limit=None) == []
        for doing in (
            word_list.remove(office, who, row.id),
            word_list.change(office, who, row.id, action=REFUSE, remark=None),
        ):
            await refused(NoSuchWord, doing)

    @pytest.mark.parametrize("role", [RoleName.MODERATOR, RoleName.AUDITOR])
    async def test_is_for_the_city_alone(self, role: RoleName, office: Office, admin: Someone, cast: Cast) -> None:
        (row,) = await add(admin, "加微信")
        other = await (await cast.with_role(role)).caller()
        for doing in (
            word_list.listed(other, cursor=None, limit=None),
            word_list.add(office, other, ["词语"], REVIEW, ""),
            word_list.change(office, other, row.id, action=REFUSE, remark=None),
            word_list.remove(office, other, row.id),
        ):
            await refused(RoleNeeded, doing)

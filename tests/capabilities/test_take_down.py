"""What must go is on a list with a day, is settled once, and its writer sees what became of it."""

import asyncio
from datetime import date

import pytest

from capabilities import greeting, moderation, take_down
from capabilities.caller import RoleNeeded
from capabilities.office import Office
from capabilities.take_down import BY_THE_SYSTEM, HowNeeded, NoSuchTakeDown, TakeDownSettled
from kit.ids import uuid7
from models.greeting import Channel, Greeting, GreetingStatus
from models.placement import Selection, TakeDown, TakeDownReason, TakeDownState
from models.transition import Transition
from tests.cast import Cast, Someone
from tests.published import accepted, placed, words
from tests.stage import refused


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


@pytest.fixture
async def gone(office: Office, cast: Cast, writer: Someone) -> Greeting:
    """Placed on television and on our own site, and withdrawn by its writer."""
    row = await accepted(office, cast, writer, words(channels=[Channel.TV, Channel.SITE]))
    city = await cast.city_admin()
    await placed(office, city, row)
    await placed(office, city, row, channel=Channel.SITE, outlet="市科协网站")
    await greeting.withdraw(office, await writer.caller(), row.id)
    return row


class TestOrderTakeDowns:
    async def test_does_ours_at_once_and_gives_others_three_working_days(self, gone: Greeting) -> None:
        others, ours = await TakeDown.all().order_by("id")
        assert (others.state, others.due_on, others.settled_at) == (TakeDownState.TO_DO, date(2019, 6, 4), None)
        assert (ours.state, ours.how, ours.settled_by_id) == (TakeDownState.DONE, BY_THE_SYSTEM, None)
        assert others.reason is TakeDownReason.GREETING_WITHDRAWN

    async def test_believes_who_placed_it_that_a_person_is_needed(
        self, office: Office, cast: Cast, writer: Someone
    ) -> None:
        row = await accepted(office, cast, writer, words(channels=[Channel.SITE]))
        await placed(office, await cast.city_admin(), row, channel=Channel.SITE, needs_person_to_remove=True)
        await greeting.withdraw(office, await writer.caller(), row.id)
        assert (await TakeDown.get()).state is TakeDownState.TO_DO

    async def test_follow_when_a_moderator_takes_the_acceptance_back(
        self, office: Office, cast: Cast, writer: Someone
    ) -> None:
        row = await accepted(office, cast, writer)
        await placed(office, await cast.city_admin(), row)
        await moderation.reopen(office, await (await cast.moderator()).caller(), row.id, "facts", None)
        assert (await TakeDown.get()).reason is TakeDownReason.ACCEPTANCE_TAKEN_BACK
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.PENDING_REVIEW
        assert await Selection.live().count() == 0


class TestListed:
    async def test_shows_organizers_what_is_to_do(self, gone: Greeting, cast: Cast, writer: Someone) -> None:
        who = await (await cast.organizer()).caller()
        found = await take_down.listed(who, state=TakeDownState.TO_DO, cursor=None, limit=None)
        assert [each.copy.placement.outlet for each in found] == ["呼和浩特电视台"]
        assert len(await take_down.listed(who, state=None, cursor=None, limit=None)) == 2
        await refused(RoleNeeded, take_down.listed(await writer.caller(), state=None, cursor=None, limit=None))


class TestSettle:
    @pytest.mark.parametrize("state", [TakeDownState.DONE, TakeDownState.IMPOSSIBLE])
    async def test_writes_down_what_became_of_it(
        self, state: TakeDownState, gone: Greeting, office: Office, cast: Cast, writer: Someone
    ) -> None:
        task, organizer = await TakeDown.get(state=TakeDownState.TO_DO), await cast.organizer()
        await take_down.settle(office, await organizer.caller(), task.id, state, " 已电话告知 ")
        places = await greeting.places(office, await writer.caller(), gone.id)
        told = next(each.task for each in places if each.channel is Channel.TV)
        assert told is not None
        assert (told.state, told.how, told.settled_by_id) == (state, "已电话告知", organizer.id)
        (step,) = await Transition.filter(subject_id=task.id, before="to_do")
        assert (step.after, step.actor_id) == (state, organizer.id)

    async def test_is_done_once(self, gone: Greeting, office: Office, cast: Cast) -> None:
        task, who = await TakeDown.get(state=TakeDownState.TO_DO), await (await cast.organizer()).caller()
        answers = await asyncio.gather(
            *(take_down.settle(office, who, task.id, TakeDownState.DONE, "已删除") for _ in range(3)),
            return_exceptions=True,
        )
        names = sorted(type(each).__name__ for each in answers)
        assert names == ["TakeDown", "TakeDownSettled", "TakeDownSettled"]
        await refused(TakeDownSettled, take_down.settle(office, who, task.id, TakeDownState.IMPOSSIBLE, "已印出"))

    async def test_needs_words_a_task_and_a_role(
        self, gone: Greeting, office: Office, cast: Cast, writer: Someone
    ) -> None:
        task, who = await TakeDown.get(state=TakeDownState.TO_DO), await (await cast.organizer()).caller()
        await refused(HowNeeded, take_down.settle(office, who, task.id, TakeDownState.DONE, " \n"))
        await refused(NoSuchTakeDown, take_down.settle(office, who, uuid7(), TakeDownState.DONE, "已删除"))
        stranger = await writer.caller()
        await refused(RoleNeeded, take_down.settle(office, stranger, task.id, TakeDownState.DONE, "已删除"))

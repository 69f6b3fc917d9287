"""Who called lately is known for a few seconds, and never beyond a change of their rights."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from capabilities.caller import Caller, Found, SessionEnded, caller_with, known, rights_changed
from capabilities.caller.known import KEPT_SECONDS, UNTOLD_SECONDS, Known, known_to
from capabilities.consent import POLICY_VERSION, agree
from capabilities.event import NewShift, add_shift
from capabilities.invitation import accept, write_invitation
from capabilities.leaving import erase, withdraw_consent
from capabilities.log_in import log_out
from capabilities.office import Office
from capabilities.staff_phone import phones, take_back
from kit.clock import StandingClock
from kit.tidings import EVERYTHING, Tidings
from models.consent import ConsentScope
from models.database import transaction
from models.event import Event
from models.role import RoleName
from models.session import Session
from tests.cast import Cast, Someone
from tests.stage import NINE


class PartedTidings(Tidings):
    """Other processes are not heard."""

    @property
    def is_whole(self) -> bool:
        return False


class Desk:
    """Looks up as it is told to, counts how often, and waits where it is asked to."""

    def __init__(self, office: Office, *, tidings: Tidings | None = None) -> None:
        self.office = dataclasses.replace(office, tidings=tidings or Tidings())
        self.asked = 0
        self.seconds = 0.0
        self.person_id = uuid4()
        self.ends_at = office.now() + timedelta(days=1)
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.refuses = False
        self.known = Known(self.office, self._look_up, lambda: self.seconds)

    async def _look_up(self, office: Office, token: str) -> Found:
        self.asked += 1
        found = Found(Caller(self.person_id, uuid4()), self.ends_at)
        refuses = self.refuses
        await self.may_answer.wait()
        if refuses:
            raise SessionEnded
        return found

    async def call(self, token: str = "t") -> Caller:  # noqa: S107 - no secret
        return (self.known.recall(token) or await self.known.find(token, token)).caller

    def forget(self, subject: UUID | None = None) -> None:
        self.known.forget(str(subject) if subject else EVERYTHING)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


class TestKnown:
    async def test_asks_once_for_five_seconds(self, desk: Desk) -> None:
        first = await desk.call()
        desk.seconds = KEPT_SECONDS - 0.01
        assert (await desk.call(), desk.asked) == (first, 1)
        desk.seconds = KEPT_SECONDS
        assert (await desk.call() != first, desk.asked) == (True, 2)

    async def test_asks_each_second_while_others_are_not_heard(self, office: Office) -> None:
        desk = Desk(office, tidings=PartedTidings())
        await desk.call()
        desk.seconds = UNTOLD_SECONDS - 0.01
        await desk.call()
        assert desk.asked == 1
        desk.seconds = UNTOLD_SECONDS
        await desk.call()
        assert desk.asked == 2

    async def test_never_lets_anybody_outlast_their_rights(self, desk: Desk, clock: StandingClock) -> None:
        desk.ends_at = clock.now() + timedelta(seconds=2)
        await desk.call()
        clock.advance(timedelta(seconds=2))
        await desk.call()
        assert desk.asked == 2

    async def test_keeps_no_refusal(self, desk: Desk) -> None:
        desk.refuses = True
        for _ in range(2):
            with pytest.raises(SessionEnded):
                await desk.call()
        assert desk.asked == 2

    async def test_asks_once_for_many_who_come_together(self, desk: Desk) -> None:
        assert len({id(each) for each in await asyncio.gather(*(desk.call() for _ in range(50)))}) == 1
        assert desk.asked == 1

    async def test_answers_the_others_where_the_first_goes_away(self, desk: Desk) -> None:
        desk.may_answer.clear()
        first, second = asyncio.create_task(desk.call()), asyncio.create_task(desk.call())
        await asyncio.sleep(0)
        first.cancel()
        desk.may_answer.set()
        assert (await second).person_id == desk.person_id
        assert desk.asked == 1

    async def test_forgets_one_and_keeps_the_other(self, desk: Desk) -> None:
        other = desk.person_id
        await desk.call("other")
        desk.person_id = uuid4()
        await desk.call()
        desk.forget(desk.person_id)
        await desk.call("other")
        assert desk.asked == 2
        await desk.call()
        assert desk.asked == 3
        desk.forget(other)
        await desk.call("other")
        assert desk.asked == 4

    async def test_keeps_nothing_of_a_look_up_that_a_change_overtook(self, desk: Desk) -> None:
        desk.may_answer.clear()
        early = asyncio.create_task(desk.call())
        await asyncio.sleep(0.01)
        desk.forget(desk.person_id)
        # Whoever comes after the change is not answered by what was asked before it.
        desk.refuses = True
        late = asyncio.create_task(desk.call())
        await asyncio.sleep(0.01)
        desk.may_answer.set()
        await early
        with pytest.raises(SessionEnded):
            await late
        with pytest.raises(SessionEnded):
            await desk.call()
        assert desk.asked == 3

    async def test_has_an_end_to_its_room(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(known, "MOST_KEPT", 10)
        for number in range(30):
            desk.person_id = uuid4()
            await desk.call(f"t{number}")
        assert list(desk.known._kept) == [f"t{number}" for number in range(20, 30)]
        assert len(desk.known._resting_on) == 10

    async def test_lets_go_of_what_is_over(self, desk: Desk) -> None:
        for number in range(30):
            await desk.call(f"t{number}")
        desk.seconds = KEPT_SECONDS
        await desk.call("new")
        assert list(desk.known._kept) == ["new"]


class TestRightsChanged:
    async def test_waits_for_the_commit(self, office: Office, cast: Cast) -> None:
        someone = await cast.visitor()
        await caller_with(office, someone.token)
        async with transaction():
            async with transaction():
                await Session.filter(person_id=someone.id).update(revoked_at=office.now())
                rights_changed(office, someone.id)
            assert known_to(office).recall(Session.hash_of(someone.token))
        with pytest.raises(SessionEnded):
            await caller_with(office, someone.token)

    async def test_is_heard_by_an_office_beside(self, office: Office, cast: Cast) -> None:
        beside, someone = dataclasses.replace(office), await cast.visitor()
        await caller_with(beside, someone.token)
        await log_out(office, await someone.caller())
        with pytest.raises(SessionEnded):
            await caller_with(beside, someone.token)


Change = Callable[[Office, Cast, Someone, Event], Awaitable[object]]


async def logs_out(office: Office, cast: Cast, someone: Someone, event: Event) -> None:
    await log_out(office, await someone.caller())


async def gets_a_role(office: Office, cast: Cast, someone: Someone, event: Event) -> None:
    made = await write_invitation(office.now(), RoleName.MODERATOR)
    await accept(office, await someone.caller(), made.code)


async def withdraws(office: Office, cast: Cast, someone: Someone, event: Event) -> None:
    await withdraw_consent(office, await someone.caller(), ConsentScope.POLICY)


async def agrees_again(office: Office, cast: Cast, someone: Someone, event: Event) -> None:
    await withdraws(office, cast, someone, event)
    await caller_with(office, someone.token)
    await agree(office, await someone.caller(), version=POLICY_VERSION, scopes=[ConsentScope.POLICY])


async def leaves(office: Office, cast: Cast, someone: Someone, event: Event) -> None:
    await erase(office, await someone.caller())


async def has_another_end(office: Office, cast: Cast, someone: Someone, event: Event) -> None:
    longer = NewShift(role="收尾", starts_at=NINE, ends_at=NINE + timedelta(hours=40), seats=1)
    await add_shift(office, await (await cast.city_admin()).caller(), event.id, longer)


class TestEveryChange:
    @pytest.mark.parametrize("change", [logs_out, gets_a_role, withdraws, agrees_again, leaves, has_another_end])
    async def test_is_seen_at_the_next_request(self, office: Office, cast: Cast, event: Event, change: Change) -> None:
        someone = await cast.staff(event)
        await caller_with(office, someone.token)
        await change(office, cast, someone, event)
        assert known_to(office).recall(Session.hash_of(someone.token)) is None
        assert await seen(office, someone) == await said(someone)

    async def test_is_seen_at_the_next_request_of_a_phone(self, office: Office, cast: Cast, event: Event) -> None:
        phone, admin = await cast.phone(event), await (await cast.city_admin()).caller()
        await caller_with(office, phone.token)
        await has_another_end(office, cast, phone, event)
        assert known_to(office).recall(Session.hash_of(phone.token)) is None
        await caller_with(office, phone.token)
        (row,) = await phones(admin, event.id)
        await take_back(office, admin, row.id)
        with pytest.raises(SessionEnded):
            await caller_with(office, phone.token)


async def seen(office: Office, someone: Someone) -> Caller | None:
    try:
        return await caller_with(office, someone.token)
    except SessionEnded:
        return None


async def said(someone: Someone) -> Caller | None:
    """What the rows say."""
    try:
        return await someone.caller()
    except SessionEnded:
        return None

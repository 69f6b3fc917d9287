"""A staff phone: in by a link that works once, at the doors of one event and nowhere else, out with its end."""

from datetime import timedelta
from uuid import uuid4

import pytest

from capabilities.caller import STAFF_OVERTIME, NotYourUnit, RoleNeeded, SessionEnded, caller_with
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.staff_phone import (
    ASKS_AGAIN,
    LINK_LIFETIME,
    NoSuchStaffPhone,
    StaffLinkInvalid,
    make_link,
    open_session,
    phones,
    take_back,
)
from kit.clock import StandingClock
from models.event import Event
from models.staff_pass import StaffPass
from tests.cast import Cast
from tests.stage import SECOND, everything, published, refused


@pytest.fixture
async def event(cast: Cast) -> Event:
    return await published(starts_at=cast.office.now() + timedelta(hours=30))


@pytest.fixture
async def secret(office: Office, cast: Cast, event: Event) -> str:
    who = await (await cast.city_admin()).caller()
    return (await make_link(office, who, event.id, "东门")).url.partition("#")[2]


class TestMakeLink:
    async def test_carries_its_secret_behind_the_hash_and_keeps_it_nowhere(self, office: Office, secret: str) -> None:
        assert len(secret) >= 22
        assert secret not in str(await everything())

    async def test_is_for_who_organizes_the_event(self, office: Office, cast: Cast, event: Event) -> None:
        for who, refusal in (
            (await cast.staff(event), RoleNeeded),
            (await cast.phone(event), RoleNeeded),
            (await cast.organizer("150104"), NotYourUnit),
        ):
            await refused(refusal, make_link(office, await who.caller(), event.id, "东门"))
            await refused(refusal, phones(await who.caller(), event.id))
        admin = await (await cast.city_admin()).caller()
        await refused(NoSuchEvent, make_link(office, admin, uuid4(), "东门"))


class TestOpenSession:
    async def test_makes_the_phone_staff_of_this_event_only(self, office: Office, secret: str, event: Event) -> None:
        who = await caller_with(office, (await open_session(office, secret, device="phone-1")).token)
        who.require_staff_of(event.id, event.unit.path)
        assert (who.is_phone, [(grant.role.value, grant.event_id) for grant in who.grants]) == (
            True,
            [("event_staff", event.id)],
        )

    async def test_works_once(self, office: Office, secret: str) -> None:
        await open_session(office, secret, device="phone-1")
        await refused(StaffLinkInvalid, open_session(office, secret, device="phone-2"))

    async def test_answers_the_same_phone_again_when_the_answer_was_lost(
        self, office: Office, secret: str, clock: StandingClock
    ) -> None:
        first = await open_session(office, secret, device="phone-1")
        assert (await open_session(office, secret, device="phone-1")).token == first.token
        clock.advance(ASKS_AGAIN)
        await refused(StaffLinkInvalid, open_session(office, secret, device="phone-1"))

    async def test_is_over_after_a_day(self, office: Office, secret: str, clock: StandingClock) -> None:
        clock.advance(LINK_LIFETIME)
        await refused(StaffLinkInvalid, open_session(office, secret, device="phone-1"))

    @pytest.mark.parametrize("guess", ["x", "", "A" * 22, "💥"])
    async def test_tells_a_guesser_nothing(self, office: Office, secret: str, guess: str) -> None:
        await refused(StaffLinkInvalid, open_session(office, guess, device="phone-1"))

    async def test_keeps_no_token(self, office: Office, secret: str) -> None:
        token = (await open_session(office, secret, device="phone-1")).token
        assert token not in str(await everything())


class TestEnd:
    async def test_comes_with_the_event_and_its_overtime(
        self, office: Office, secret: str, event: Event, clock: StandingClock
    ) -> None:
        opened = await open_session(office, secret, device="phone-1")
        assert event.ends_at is not None
        assert opened.ends_at == event.ends_at + STAFF_OVERTIME
        clock.advance(opened.ends_at - office.now() - SECOND)
        await caller_with(office, opened.token)
        clock.advance(SECOND)
        await refused(SessionEnded, caller_with(office, opened.token))

    async def test_moves_with_the_event(self, office: Office, secret: str, event: Event, clock: StandingClock) -> None:
        opened = await open_session(office, secret, device="phone-1")
        await Event.filter(id=event.id).update(ends_at=office.now() - STAFF_OVERTIME)
        await refused(SessionEnded, caller_with(office, opened.token))

    async def test_comes_at_once_where_the_organizer_takes_it_back(
        self, office: Office, cast: Cast, secret: str, event: Event
    ) -> None:
        opened = await open_session(office, secret, device="phone-1")
        admin = await (await cast.city_admin()).caller()
        await take_back(office, admin, opened.row.id)
        await refused(SessionEnded, caller_with(office, opened.token))
        await refused(StaffLinkInvalid, open_session(office, secret, device="phone-1"))

    async def test_takes_back_a_link_that_nobody_used(
        self, office: Office, cast: Cast, secret: str, event: Event
    ) -> None:
        admin = await (await cast.city_admin()).caller()
        (row,) = await phones(admin, event.id)
        await take_back(office, admin, row.id)
        await refused(StaffLinkInvalid, open_session(office, secret, device="phone-1"))
        await take_back(office, admin, row.id)
        await refused(NoSuchStaffPhone, take_back(office, admin, uuid4()))
        assert await StaffPass.filter(id=row.id, opened_at=None).exists()

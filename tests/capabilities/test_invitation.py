"""Invitation: who may invite whom to what, and the one-time code."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from capabilities.caller import STAFF_OVERTIME, Grant, NotYourUnit, RoleNeeded, end_of
from capabilities.event import NewShift, add_shift
from capabilities.invitation import (
    LIFETIME,
    InvitationIncomplete,
    InvitationInvalid,
    accept,
    invite,
    write_invitation,
)
from capabilities.office import Office
from kit.clock import StandingClock
from kit.errors import Refusal
from kit.seals import decode
from models.event import Event, EventStatus
from models.role import Invitation, Role, RoleName
from models.transition import Transition
from models.unit import Unit
from tests.cast import Cast, Someone
from tests.stage import everything, published, refused

ADMIN, ORGANIZER, MODERATOR = RoleName.CITY_ADMIN, RoleName.UNIT_ORGANIZER, RoleName.MODERATOR
STAFF, AUDITOR = RoleName.EVENT_STAFF, RoleName.AUDITOR
OWN, BELOW, ABOVE, OTHER = "1501X1", "1501X1-1", "150100", "1501X2"


async def inviter(cast: Cast, role: RoleName | None) -> Someone:
    """`role` at the unit OWN; staff at an event of that unit."""
    if role is None:
        return await cast.volunteer()
    if role is STAFF:
        return await cast.staff(await published(unit_code=OWN))
    return await cast.with_role(role, unit_code=OWN if role is ORGANIZER else None)


async def add_unit_below(cast: Cast) -> None:
    own = await Unit.get(code=OWN)
    await Unit.create(
        code=BELOW,
        name="内科分会",
        kind=own.kind,
        level=5,
        division_code="150100",
        parent=own,
        path=f"{own.path}{BELOW}/",
    )


# For who holds the role in the first column: what comes of inviting to a role for the unit in the second.
# None means that the invitation is made.
MATRIX: list[tuple[RoleName | None, str, dict[RoleName, type[Refusal] | None]]] = [
    *(
        (role, unit, dict.fromkeys(RoleName, RoleNeeded))
        for role in (None, MODERATOR, STAFF, AUDITOR)
        for unit in (OWN, OTHER)
    ),
    *((ADMIN, unit, dict.fromkeys(RoleName)) for unit in (OWN, BELOW, ABOVE, OTHER)),
    *(
        (
            ORGANIZER,
            unit,
            {ADMIN: RoleNeeded, MODERATOR: RoleNeeded, AUDITOR: RoleNeeded, ORGANIZER: refusal, STAFF: refusal},
        )
        for unit, refusal in ((OWN, None), (BELOW, None), (ABOVE, NotYourUnit), (OTHER, NotYourUnit))
    ),
]


class TestInvite:
    @pytest.mark.parametrize("target", list(RoleName))
    @pytest.mark.parametrize(("role", "unit_code", "outcomes"), MATRIX, ids=lambda each: str(each)[:16])
    async def test_asks_who_may_give_this_role_there(
        self,
        office: Office,
        cast: Cast,
        role: RoleName | None,
        unit_code: str,
        outcomes: dict[RoleName, type[Refusal] | None],
        target: RoleName,
    ) -> None:
        await add_unit_below(cast)
        who = await (await inviter(cast, role)).caller()
        event = await published(unit_code=unit_code)
        given_unit = unit_code if target is ORGANIZER else None
        attempt = invite(office, who, target, unit_code=given_unit, event_id=event.id if target is STAFF else None)
        refusal = outcomes[target]
        if refusal is not None:
            await refused(refusal, attempt)
            return
        made = (await attempt).invitation
        assert (made.role, made.made_by_id, made.expires_at) == (target, who.person_id, office.now() + LIFETIME)
        assert made.event_id == (event.id if target is STAFF else None)
        assert (made.unit_id is not None) == (target is ORGANIZER)

    @pytest.mark.parametrize(
        ("target", "unit_code", "with_event"),
        [
            (ORGANIZER, None, False),
            (ORGANIZER, "999999", False),
            (ORGANIZER, None, True),
            (ORGANIZER, OWN, True),
            (STAFF, None, False),
            (STAFF, OWN, False),
            (STAFF, OWN, True),
            (ADMIN, OWN, False),
            (MODERATOR, OWN, False),
            (AUDITOR, None, True),
        ],
    )
    async def test_asks_for_exactly_the_scope_that_the_role_has(
        self, office: Office, cast: Cast, target: RoleName, unit_code: str | None, with_event: bool
    ) -> None:
        who = await (await cast.city_admin()).caller()
        event_id = (await published(unit_code=OWN)).id if with_event else None
        await refused(InvitationIncomplete, invite(office, who, target, unit_code=unit_code, event_id=event_id))

    async def test_finds_no_event_that_does_not_exist(self, office: Office, cast: Cast) -> None:
        who = await (await cast.city_admin()).caller()
        await refused(InvitationIncomplete, invite(office, who, STAFF, unit_code=None, event_id=uuid4()))

    async def test_tells_somebody_without_a_role_nothing_of_what_is_missing(self, office: Office, cast: Cast) -> None:
        who = await (await cast.volunteer()).caller()
        await refused(RoleNeeded, invite(office, who, STAFF, unit_code=None, event_id=uuid4()))

    async def test_makes_a_code_of_at_least_128_bits_and_keeps_only_its_hash(self, office: Office, cast: Cast) -> None:
        who = await (await cast.city_admin()).caller()
        made = await invite(office, who, MODERATOR, unit_code=None, event_id=None)
        assert len(decode(made.code) or b"") * 8 >= 128
        assert made.code not in repr(made)
        stored = repr(await everything())
        # The control: its hash is found by the same search.
        assert sha256(made.code.encode()).hexdigest() in stored
        assert made.code not in stored


class TestAccept:
    async def test_gives_the_role_with_its_scope_and_notes_it(self, office: Office, cast: Cast) -> None:
        admin, someone = await cast.city_admin(), await cast.scientist()
        made = await invite(office, await admin.caller(), ORGANIZER, unit_code="150105", event_id=None)
        role = await accept(office, await someone.caller(), made.code)
        assert (await someone.caller()).grants == (Grant(ORGANIZER, "150100/150105/"),)
        assert (role.given_by_id, role.given_at, role.until) == (admin.id, office.now(), None)
        line = await Transition.get(subject="role")
        assert (line.subject_id, line.actor_id, line.after) == (role.id, someone.id, "unit_organizer")

    async def test_takes_the_code_as_it_is_pasted(self, office: Office, cast: Cast) -> None:
        made = await write_invitation(office.now(), MODERATOR)
        await accept(office, await (await cast.scientist()).caller(), f" {made.code}\n")
        assert await Role.filter(name=MODERATOR).count() == 1

    @pytest.mark.parametrize("code", ["", "x", "A" * 22, "💥", "%", "' OR 1=1 --"])
    async def test_refuses_what_nobody_wrote(self, office: Office, cast: Cast, code: str) -> None:
        await write_invitation(office.now(), ADMIN)
        await refused(InvitationInvalid, accept(office, await (await cast.scientist()).caller(), code))

    async def test_refuses_the_hash_of_a_code(self, office: Office, cast: Cast) -> None:
        made = await write_invitation(office.now(), ADMIN)
        who = await (await cast.scientist()).caller()
        await refused(InvitationInvalid, accept(office, who, made.invitation.code_hash))

    async def test_works_once(self, office: Office, cast: Cast) -> None:
        made = await write_invitation(office.now(), MODERATOR)
        first, second = await cast.scientist(), await cast.scientist()
        await accept(office, await first.caller(), made.code)
        for someone in (first, second):
            await refused(InvitationInvalid, accept(office, await someone.caller(), made.code))
        used = await Invitation.get(id=made.invitation.id)
        assert (used.used_by_id, used.used_at) == (first.id, office.now())

    async def test_gives_one_role_to_one_of_many_at_once(self, office: Office, cast: Cast) -> None:
        made = await write_invitation(office.now(), ADMIN)
        people = [await (await cast.scientist()).caller() for _ in range(6)]
        answers = await asyncio.gather(*(accept(office, who, made.code) for who in people), return_exceptions=True)
        assert sum(isinstance(each, Role) for each in answers) == 1
        assert [type(each) for each in answers].count(InvitationInvalid) == 5
        assert await Role.filter(name=ADMIN).count() == 1

    async def test_is_refused_from_the_moment_it_expires(
        self, office: Office, cast: Cast, clock: StandingClock
    ) -> None:
        early, late = [await write_invitation(office.now(), MODERATOR) for _ in range(2)]
        who = await (await cast.scientist()).caller()
        clock.advance(LIFETIME - timedelta(microseconds=1))
        await accept(office, who, early.code)
        clock.advance(timedelta(microseconds=1))
        await refused(InvitationInvalid, accept(office, who, late.code))

    async def test_lets_event_staff_go_twelve_hours_after_the_event(
        self, office: Office, cast: Cast, event: Event, clock: StandingClock
    ) -> None:
        made = await write_invitation(office.now(), STAFF, event=event)
        someone = await cast.scientist()
        role = await accept(office, await someone.caller(), made.code)
        assert event.ends_at is not None
        assert end_of(role) == event.ends_at + STAFF_OVERTIME
        clock.set(event.ends_at + STAFF_OVERTIME - timedelta(seconds=1))
        assert (await someone.caller()).grants == (Grant(STAFF, "", event.id),)
        clock.advance(timedelta(seconds=1))
        assert (await someone.caller()).grants == ()

    async def test_takes_event_staff_along_when_the_event_is_prolonged(
        self, office: Office, cast: Cast, event: Event, clock: StandingClock
    ) -> None:
        made = await write_invitation(office.now(), STAFF, event=event)
        someone, tomorrow = await cast.scientist(), office.now() + timedelta(days=1)
        await accept(office, await someone.caller(), made.code)
        shift = NewShift(role="导诊", starts_at=tomorrow, ends_at=tomorrow + timedelta(hours=3), seats=3)
        await add_shift(office, await (await cast.city_admin()).caller(), event.id, shift)
        clock.set(tomorrow)
        assert (await someone.caller()).grants == (Grant(STAFF, "", event.id),)

    async def test_lets_staff_of_an_event_without_a_time_go_once_it_has_had_one(
        self, office: Office, cast: Cast, clock: StandingClock
    ) -> None:
        event = await published(seats=(), status=EventStatus.DRAFT, published_at=None)
        await Event.filter(id=event.id).update(starts_at=None, ends_at=None)
        made = await write_invitation(office.now(), STAFF, event=event)
        someone = await cast.scientist()
        assert end_of(await accept(office, await someone.caller(), made.code)) is None
        await Event.filter(id=event.id).update(ends_at=office.now())
        clock.advance(STAFF_OVERTIME)
        assert (await someone.caller()).grants == ()

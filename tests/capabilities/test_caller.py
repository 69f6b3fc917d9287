"""Who is calling, and what the roles of this moment allow."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from capabilities.caller import Caller, Grant, NotYourEvent, NotYourUnit, RoleNeeded, SessionEnded, caller_with
from capabilities.office import Office
from kit.clock import StandingClock
from kit.errors import Refusal, Unauthenticated
from models.event import Event
from models.person import Person
from models.role import Role, RoleName
from models.session import Session
from models.unit import Unit
from tests.cast import Cast
from tests.stage import refused
from tests.statements import counted

CITY, SAIHAN, XINCHENG = "150100/", "150100/150105/", "150100/150102/"
EVENT, OTHER_EVENT = UUID(int=1), UUID(int=2)

AUDITOR = Grant(RoleName.AUDITOR)
CITY_ADMIN = Grant(RoleName.CITY_ADMIN)
ORGANIZER = Grant(RoleName.UNIT_ORGANIZER, SAIHAN)
CITY_ORGANIZER = Grant(RoleName.UNIT_ORGANIZER, CITY)
UNITLESS = Grant(RoleName.UNIT_ORGANIZER)
MODERATOR = Grant(RoleName.MODERATOR)
STAFF = Grant(RoleName.EVENT_STAFF, event_id=EVENT)


def caller(*grants: Grant) -> Caller:
    return Caller(uuid4(), uuid4(), grants)


def refusal_of(attempt: object, *arguments: object) -> type[Refusal] | None:
    try:
        attempt(*arguments)  # type: ignore[operator]
    except Refusal as refusal:
        return type(refusal)
    return None


class TestRequireOrganizerOf:
    @pytest.mark.parametrize(
        ("grants", "path", "refusal"),
        [
            ([], SAIHAN, RoleNeeded),
            ([AUDITOR], SAIHAN, RoleNeeded),
            ([MODERATOR], SAIHAN, RoleNeeded),
            ([STAFF], SAIHAN, RoleNeeded),
            ([UNITLESS], SAIHAN, RoleNeeded),
            ([ORGANIZER], SAIHAN, None),
            ([ORGANIZER], SAIHAN + "township/", None),
            ([ORGANIZER], XINCHENG, NotYourUnit),
            ([ORGANIZER], CITY, NotYourUnit),
            # A code that begins alike is another unit: the slash closes it.
            ([ORGANIZER], "150100/1501051/", NotYourUnit),
            ([CITY_ORGANIZER], SAIHAN, None),
            ([CITY_ADMIN], SAIHAN, None),
            ([CITY_ADMIN], CITY, None),
            ([Grant(RoleName.UNIT_ORGANIZER, XINCHENG), ORGANIZER], SAIHAN, None),
        ],
    )
    def test_reaches_the_own_unit_and_those_below(
        self, grants: list[Grant], path: str, refusal: type[Refusal] | None
    ) -> None:
        assert refusal_of(caller(*grants).require_organizer_of, path) is refusal


class TestRequireModerator:
    @pytest.mark.parametrize(
        ("grant", "refusal"),
        [
            (AUDITOR, RoleNeeded),
            (ORGANIZER, RoleNeeded),
            (CITY_ORGANIZER, RoleNeeded),
            (STAFF, RoleNeeded),
            (MODERATOR, None),
            (CITY_ADMIN, None),
        ],
    )
    def test_takes_moderators_and_the_city(self, grant: Grant, refusal: type[Refusal] | None) -> None:
        assert refusal_of(caller(grant).require_moderator) is refusal


class TestRequireStaffOf:
    @pytest.mark.parametrize(
        ("grant", "event_id", "refusal"),
        [
            (AUDITOR, EVENT, NotYourEvent),
            (MODERATOR, EVENT, NotYourEvent),
            (STAFF, EVENT, None),
            (STAFF, OTHER_EVENT, NotYourEvent),
            (ORGANIZER, EVENT, None),
            (UNITLESS, EVENT, NotYourEvent),
            (Grant(RoleName.UNIT_ORGANIZER, XINCHENG), EVENT, NotYourEvent),
            (CITY_ADMIN, EVENT, None),
        ],
    )
    def test_takes_this_events_staff_and_its_organizers(
        self, grant: Grant, event_id: UUID, refusal: type[Refusal] | None
    ) -> None:
        assert refusal_of(caller(grant).require_staff_of, event_id, SAIHAN) is refusal


class TestScope:
    @pytest.mark.parametrize(
        ("unit_code", "units"), [("150100", 16), ("150105", 1), (None, 0)], ids=["city", "district", "unitless"]
    )
    async def test_keeps_a_query_within_the_callers_units(self, cast: Cast, unit_code: str | None, units: int) -> None:
        someone = await cast.with_role(RoleName.UNIT_ORGANIZER, unit_code=unit_code)
        who = await someone.caller()
        if not units:
            with pytest.raises(RoleNeeded):
                who.scope("path")
            return
        assert await Unit.filter(who.scope("path")).count() == units

    async def test_of_two_units_is_both(self, cast: Cast) -> None:
        someone = await cast.organizer("150105")
        await Role.create(
            person=someone.person,
            name=RoleName.UNIT_ORGANIZER,
            unit=await Unit.get(code="150102"),
            given_at=cast.office.now(),
        )
        found = await Unit.filter((await someone.caller()).scope("path"))
        assert {unit.code for unit in found} == {"150102", "150105"}


class TestCallerWith:
    async def test_knows_its_session_and_roles(self, cast: Cast, event: Event) -> None:
        someone = await cast.staff(event)
        who = await someone.caller()
        assert who.person_id == someone.id
        assert who.grants == (Grant(RoleName.EVENT_STAFF, "", event.id),)

    @pytest.mark.parametrize("token", [None, ""])
    async def test_asks_nobody_to_log_in(self, office: Office, token: str | None) -> None:
        await refused(Unauthenticated, caller_with(office, token))

    @pytest.mark.parametrize("token", ["x", "a" * 43, "Bearer", "令牌", "'; DROP TABLE session; --"])
    async def test_refuses_a_token_that_nobody_was_given(self, office: Office, token: str) -> None:
        await refused(SessionEnded, caller_with(office, token))

    async def test_refuses_the_hash_of_a_token(self, office: Office, cast: Cast) -> None:
        """Who reads the table cannot log in with what stands there."""
        someone = await cast.visitor()
        await refused(SessionEnded, caller_with(office, Session.hash_of(someone.token)))

    async def test_ends_a_session_at_its_last_moment(self, cast: Cast, clock: StandingClock) -> None:
        someone = await cast.visitor()
        clock.advance(timedelta(days=30) - timedelta(microseconds=1))
        assert (await someone.caller()).person_id == someone.id
        clock.advance(timedelta(microseconds=1))
        await refused(SessionEnded, someone.caller())

    async def test_ends_a_revoked_session_at_the_next_request(self, cast: Cast) -> None:
        someone = await cast.visitor()
        await someone.caller()
        await Session.filter(person_id=someone.id).update(revoked_at=cast.office.now())
        await refused(SessionEnded, someone.caller())

    async def test_ends_every_session_of_a_closed_account_at_the_next_request(self, cast: Cast) -> None:
        someone, bystander = await cast.city_admin(), await cast.visitor()
        await Person.filter(id=someone.id).update(closed_at=cast.office.now())
        await refused(SessionEnded, someone.caller())
        assert (await bystander.caller()).person_id == bystander.id

    async def test_drops_a_taken_role_at_the_next_request(self, cast: Cast) -> None:
        someone = await cast.city_admin()
        await Role.filter(person_id=someone.id).update(taken_at=cast.office.now())
        assert (await someone.caller()).grants == ()

    async def test_drops_a_role_when_its_time_is_up(self, cast: Cast, clock: StandingClock) -> None:
        someone = await cast.moderator()
        await Role.filter(person_id=someone.id).update(until=clock.now() + timedelta(hours=1))
        assert (await someone.caller()).holds(RoleName.MODERATOR)
        clock.advance(timedelta(hours=1))
        assert (await someone.caller()).grants == ()

    async def test_tells_apart_who_comes_in_the_same_moment(
        self, office: Office, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Read in few statements, each gets the own person and roles, and a made-up token refuses its holder alone."""
        people = [await cast.visitor(), await cast.moderator(), await cast.organizer("150105"), await cast.visitor()]
        people += [await cast.visitor() for _ in range(20)]
        await Session.filter(person_id=people[3].id).update(revoked_at=office.now())
        tokens = [each.token for each in people] + ["nobody's"]
        with counted(monkeypatch) as asked:
            answers = await asyncio.gather(*(caller_with(office, each) for each in tokens), return_exceptions=True)
        assert len(asked) <= office.lanes + 1
        ended = [number for number, each in enumerate(answers) if isinstance(each, SessionEnded)]
        assert ended == [3, len(people)]
        found = {each.person_id: each.grants for each in answers if isinstance(each, Caller)}
        assert set(found) == {each.id for number, each in enumerate(people) if number != 3}
        assert found[people[1].id] == (MODERATOR,)
        assert found[people[2].id] == (ORGANIZER,)
        assert all(not found[each.id] for each in people[4:])

    async def test_gives_nobody_anothers_roles(self, cast: Cast) -> None:
        await cast.city_admin()
        assert (await (await cast.visitor()).caller()).grants == ()

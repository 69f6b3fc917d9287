"""The cast: a small set of people whom the tests' stories are about."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx

from capabilities.caller import Caller
from capabilities.caller.look_up import look_up
from capabilities.consent import POLICY_VERSION
from capabilities.office import Office
from capabilities.screen import make_screen_link
from capabilities.staff_phone import make_link, open_session
from models.consent import Consent, ConsentScope
from models.event import Event, Point
from models.fields import blind
from models.person import Person
from models.role import Role, RoleName
from models.session import Session
from models.unit import Unit
from models.volunteer import Volunteer, VolunteerStatus
from tests.clients import client_of

# Valid by their check digits, and nobody's: the birth places exist, the serials were made up.
ID_NUMBER = "150102198001010014"


@dataclass
class Someone:
    """A person of a story, with a session, as the capabilities and as the doors see them."""

    office: Office
    token: str
    person: Person

    @property
    def id(self) -> UUID:
        return self.person.id

    async def caller(self) -> Caller:
        """With the roles of this moment, as the rows say, also those that a test wrote by itself."""
        return (await look_up(self.office, self.token)).caller

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    def client(self, base_url: str) -> httpx.AsyncClient:
        return client_of(base_url, self.headers)


class Cast:
    """Makes people as they stand after log-in, consent, registration or invitation."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def visitor(self) -> Someone:
        """Logged in, nothing agreed to."""
        now, openid, token = self.office.now(), secrets.token_hex(8), secrets.token_urlsafe(32)
        person = await Person.create(openid=openid, openid_index=blind(openid, kind="openid"), joined_at=now)
        await Session.create(
            person=person, token_hash=Session.hash_of(token), opened_at=now, expires_at=now + timedelta(days=30)
        )
        return Someone(self.office, token, person)

    async def scientist(self) -> Someone:
        """Agreed to the policy and to giving an ID number; not registered."""
        someone = await self.visitor()
        for scope in (ConsentScope.POLICY, ConsentScope.ID_NUMBER):
            await Consent.create(
                person=someone.person, scope=scope, policy_version=POLICY_VERSION, given_at=self.office.now()
            )
        return someone

    async def volunteer(self, name: str = "巴特尔", *, unit_code: str = "150100") -> Someone:
        """Registered and approved."""
        someone = await self.scientist()
        number = secrets.token_hex(6).upper()
        await Volunteer.create(
            person=someone.person,
            status=VolunteerStatus.APPROVED,
            unit=await Unit.get(code=unit_code),
            name=name,
            sex="1",
            birth_date="1980-01-01",
            birth_year=1980,
            id_type="99",
            id_number=number,
            id_number_index=blind(f"99:{number}", kind="id-number"),
            division_code="150102",
            phone="13800000000",
            phone_index=blind("13800000000", kind="phone-number"),
            skills=["气象"],
            service_classes=["popsci"],
            volunteer_no="V" + number,
            changed_at=self.office.now(),
        )
        return someone

    async def with_role(self, role: RoleName, *, unit_code: str | None = None, event: Event | None = None) -> Someone:
        someone = await self.scientist()
        unit = await Unit.get(code=unit_code) if unit_code else None
        await Role.create(person=someone.person, name=role, unit=unit, event=event, given_at=self.office.now())
        return someone

    async def city_admin(self) -> Someone:
        return await self.with_role(RoleName.CITY_ADMIN)

    async def organizer(self, unit_code: str = "150105") -> Someone:
        return await self.with_role(RoleName.UNIT_ORGANIZER, unit_code=unit_code)

    async def moderator(self) -> Someone:
        return await self.with_role(RoleName.MODERATOR)

    async def staff(self, event: Event) -> Someone:
        return await self.with_role(RoleName.EVENT_STAFF, event=event)

    async def phone(self, event: Event, *, device: str = "phone-1", label: str = "东门") -> Someone:
        """A staff phone without an account; its person is the organizer who showed it the link."""
        organizer = await self.city_admin()
        made = await make_link(self.office, await organizer.caller(), event.id, label)
        opened = await open_session(self.office, made.url.partition("#")[2], device=device)
        return Someone(self.office, opened.token, organizer.person)

    async def screen(self, point: Point, *, shows_wall: bool = False) -> Someone:
        """A hall screen at this point; its person is the organizer who made the link."""
        organizer = await self.city_admin()
        who = await organizer.caller()
        made = await make_screen_link(self.office, who, point.id, label="", shows_wall=shows_wall)
        secret = made.url.partition("#")[2]
        opened = await open_session(self.office, secret, device="screen-1", point_id=point.id)
        return Someone(self.office, opened.token, organizer.person)

"""Who is calling and what they may do: a session, its person, and the roles in force at this moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import Q

from capabilities.office import Office
from kit.errors import Forbidden, Unauthenticated
from models.role import Role, RoleName
from models.session import Session
from models.staff_pass import StaffPass

# Staff pack up, upload what they scanned and check people out after the end.
STAFF_OVERTIME = timedelta(hours=12)
# Tells a staff phone's token from a person's without a look into two tables.
PHONE_TOKEN = "LZS."  # noqa: S105 - how a token begins is no secret


class SessionEnded(Unauthenticated):
    """The token is unknown, expired or revoked, or its account is closed."""

    words = "登录已失效，请重新登录。"


class RoleNeeded(Forbidden):
    """The caller holds no role that allows this."""

    words = "您没有此项权限，请联系本单位管理员。"


class NotYourUnit(Forbidden):
    """The caller organizes, but not for this unit."""

    words = "这不属于您负责的单位。"


class NotForStaffPhones(Forbidden):
    """A staff phone's session opens the calls of the door and no others."""

    words = "工作手机只能用于本活动现场，其他功能请用本人微信登录。"


class NotYourEvent(Forbidden):
    """The caller is not on duty at this event."""

    words = "您不是本活动的工作人员。"


@dataclass(frozen=True)
class Grant:
    """`unit_path` is empty for a role over all units."""

    role: RoleName
    unit_path: str = ""
    event_id: UUID | None = None


@dataclass(frozen=True)
class Caller:
    """`is_phone`: a staff phone without an account; both ids are then its pass's, and no row of a person has them."""

    person_id: UUID
    session_id: UUID
    grants: tuple[Grant, ...] = ()
    # The policy's consent is withdrawn: reading, agreeing again and erasing, nothing else (`server/porter.py`).
    is_restricted: bool = False
    is_phone: bool = False

    def holds(self, *roles: RoleName) -> bool:
        return any(grant.role in roles for grant in self.grants)

    def organized_paths(self) -> list[str]:
        """Where the caller organizes: "" is everywhere, and only the city's. An organizer without a unit has none."""
        everywhere = [""] if self.holds(RoleName.CITY_ADMIN) else []
        return everywhere + [g.unit_path for g in self.grants if g.role is RoleName.UNIT_ORGANIZER and g.unit_path]

    def organizes(self, unit_path: str) -> bool:
        return any(unit_path.startswith(path) for path in self.organized_paths())

    def require_organizer(self) -> None:
        if not self.organized_paths():
            raise RoleNeeded

    def require_organizer_of(self, unit_path: str) -> None:
        self.require_organizer()
        if not self.organizes(unit_path):
            raise NotYourUnit

    def require_moderator(self) -> None:
        if not self.holds(RoleName.MODERATOR, RoleName.CITY_ADMIN):
            raise RoleNeeded

    def require_staff_of(self, event_id: UUID, unit_path: str) -> None:
        """Staff of this very event, or who organizes it."""
        on_duty = any(g.role is RoleName.EVENT_STAFF and g.event_id == event_id for g in self.grants)
        if not on_duty and not self.organizes(unit_path):
            raise NotYourEvent

    def scope(self, field: str) -> Q:
        """The filter that keeps a query within the caller's units; `field` is the path's name in that query."""
        self.require_organizer()
        return Q(*(Q(**{f"{field}__startswith": path}) for path in self.organized_paths()), join_type="OR")


async def caller_with(office: Office, token: str | None) -> Caller:
    """Raises `Unauthenticated` without a token and `SessionEnded` with one that no longer opens anything."""
    if not token:
        raise Unauthenticated
    if token.startswith(PHONE_TOKEN):
        return await _phone_with(office, token)
    session, now = await Session.with_token(token), office.now()
    if session is None or not session.is_open(now) or session.person.closed_at is not None:
        raise SessionEnded
    if session.person.restricted_at is not None:
        return Caller(session.person_id, session.id, is_restricted=True)
    roles = await Role.in_force(session.person_id, now).select_related("unit", "event")
    grants = tuple(_grant(role) for role in roles if (end := end_of(role)) is None or now < end)
    return Caller(session.person_id, session.id, grants)


async def _phone_with(office: Office, token: str) -> Caller:
    row = await StaffPass.with_token(token)
    if row is None or row.taken_back_at is not None or office.now() >= end_of_pass(row, office.session_length):
        raise SessionEnded
    return Caller(row.id, row.id, (Grant(RoleName.EVENT_STAFF, event_id=row.event_id),), is_phone=True)


def end_of_pass(row: StaffPass, longest: timedelta) -> datetime:
    """With its event, as a person's role; of an event without a date after `longest`."""
    ends_at = row.event.ends_at
    return ends_at + STAFF_OVERTIME if ends_at else row.made_at + longest


def end_of(role: Role) -> datetime | None:
    """Staff's role ends with its event. Looked up and not copied: an event that is moved takes its staff along."""
    event_ends_at = role.event.ends_at if role.event else None
    ends = [role.until, event_ends_at + STAFF_OVERTIME if event_ends_at else None]
    return min(filter(None, ends), default=None)


def _grant(role: Role) -> Grant:
    return Grant(role.name, role.unit.path if role.unit else "", role.event_id)

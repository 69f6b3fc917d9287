"""Look up (查验) whom a token belongs to: a session with its person and roles, or the pass of a phone or a screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from capabilities.caller.who import Caller, Grant, ScreenOf
from capabilities.office import Office
from kit.errors import Unauthenticated
from models.callers import SessionRow, session_of, sessions_with
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


@dataclass(frozen=True)
class Found:
    """`ends_at`: from then on the caller is another one, or none, by the clock alone."""

    caller: Caller
    ends_at: datetime

    @property
    def rests_on(self) -> set[UUID]:
        """Person or pass, and events: where one of these changes, this must be found anew."""
        events = {grant.event_id for grant in self.caller.grants if grant.event_id}
        return {self.caller.person_id, *events, *([self.caller.screen.event_id] if self.caller.screen else [])}


async def look_up(office: Office, token: str) -> Found:
    """What the database says now. Raises `SessionEnded`."""
    if token.startswith(PHONE_TOKEN):
        return _pass_holder(office, await StaffPass.with_token(token))
    return _person_with(office, await office.together(_sessions, Session.hash_of(token)))


async def _sessions(_: Office, token_hashes: Sequence[str]) -> list[SessionRow | None]:
    """Of all who come in one moment, read in one statement that began after the last of them came."""
    found = await sessions_with(set(token_hashes))
    return [found.get(token_hash) for token_hash in token_hashes]


async def look_up_again(office: Office, who: Caller) -> Found:
    """Who this caller is by now, where the token is not at hand any more. Raises `SessionEnded`."""
    if who.has_pass:
        return _pass_holder(office, await StaffPass.get_or_none(id=who.session_id).select_related("event"))
    return _person_with(office, await session_of(who.session_id))


def _person_with(office: Office, session: SessionRow | None) -> Found:
    now = office.now()
    if session is None or not session.is_open(now):
        raise SessionEnded
    if session.restricted_at is not None:
        return Found(Caller(session.person_id, session.id, is_restricted=True), session.expires_at)
    ends = {role: _end(role.until, role.event_ends_at) for role in session.roles}
    in_force = [role for role, end in ends.items() if end is None or now < end]
    until = min([session.expires_at, *(end for role in in_force if (end := ends[role]) is not None)])
    grants = tuple(Grant(role.name, role.unit_path, role.event_id) for role in in_force)
    return Found(Caller(session.person_id, session.id, grants), until)


def _pass_holder(office: Office, row: StaffPass | None) -> Found:
    ends = end_of_pass(row, office.session_length) if row else None
    if row is None or ends is None or row.taken_back_at is not None or office.now() >= ends:
        raise SessionEnded
    if row.point_id is not None:
        return Found(Caller(row.id, row.id, screen=ScreenOf(row.point_id, row.event_id)), ends)
    return Found(Caller(row.id, row.id, (Grant(RoleName.EVENT_STAFF, event_id=row.event_id),), is_phone=True), ends)


def end_of_pass(row: StaffPass, longest: timedelta) -> datetime:
    """With its event, as a person's role; of an event without a date after `longest`."""
    ends_at = row.event.ends_at
    return ends_at + STAFF_OVERTIME if ends_at else row.made_at + longest


def end_of(role: Role) -> datetime | None:
    """Staff's role ends with its event. Looked up and not copied: an event that is moved takes its staff along."""
    return _end(role.until, role.event.ends_at if role.event else None)


def _end(until: datetime | None, event_ends_at: datetime | None) -> datetime | None:
    return min(filter(None, [until, event_ends_at + STAFF_OVERTIME if event_ends_at else None]), default=None)

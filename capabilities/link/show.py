"""Where a link leads, and what whoever opens it in a browser reads there."""

from dataclasses import dataclass
from uuid import UUID

from capabilities.link.draw import type_of
from capabilities.link.make import found
from capabilities.link.refusals import NoSuchLink
from capabilities.membership import open_code
from capabilities.office import Office
from models.event import Event, EventStatus
from models.link import Link, LinkKind
from models.team import Team, TeamInvitation, TeamStatus


@dataclass(frozen=True)
class Picture:
    content: bytes
    content_type: str
    hash: str


@dataclass(frozen=True)
class Leads:
    """What is behind a link, as far as everybody may know it: empty where that is nothing (any more)."""

    link: Link | None
    event: Event | None = None
    team: Team | None = None


def address_of(office: Office, link: Link) -> str:
    """What a plain QR code of the link says; WeChat's scanner opens the mini-program by it where that is set up."""
    return f"{office.public_url}/c/{link.code}"


async def where(code: str) -> Leads:
    """Raises `NoSuchLink`."""
    link = await found(code)
    if link.kind is LinkKind.EVENT:
        shown = Event.filter(id=UUID(link.target), published_at__isnull=False).exclude(status=EventStatus.DRAFT)
        return Leads(link, event=await shown.select_related("unit").first())
    if link.kind is LinkKind.TEAM:
        return Leads(link, team=await Team.active().get_or_none(id=UUID(link.target)).select_related("unit"))
    return Leads(link)


async def invited_to(office: Office, seal: str) -> Team | None:
    """The standing team that a team invitation's seal invites to; None where it is no such seal or has ended."""
    invitation_id = open_code(office, seal)
    found = TeamInvitation.filter(
        id=invitation_id, revoked_at=None, expires_at__gt=office.now(), team__status=TeamStatus.ACTIVE
    )
    invitation = await found.select_related("team__unit").first() if invitation_id else None
    return invitation.team if invitation else None


async def picture(code: str) -> Picture | None:
    """The mini-program code that WeChat drew; None where a plain code stands in. Raises `NoSuchLink`."""
    link = await Link.get_or_none(id=(await found(code)).id)
    if link is None:
        raise NoSuchLink
    if link.picture is None:
        return None
    content = bytes(link.picture)
    return Picture(content, type_of(content) or "application/octet-stream", link.picture_hash or "")

"""Make the one short link of a target, for who may run the target; ask for its picture again."""

import secrets
import string
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

from capabilities import event, job
from capabilities.caller import Caller, RoleNeeded
from capabilities.link.refusals import LinkInvalid, NoSuchLink
from capabilities.office import Office
from capabilities.sign_in_code import NoSuchPoint
from capabilities.team import for_everyone as team_for_everyone
from capabilities.team import require_authority
from models.database import transaction
from models.event import Point
from models.link import DRAW, Link, LinkKind, LinkState
from models.role import RoleName

# 12 characters of 62 are 71 bits: nobody finds another's link by trying, and the QR code stays coarse.
CODE_LENGTH = 12
ALPHABET = string.digits + string.ascii_letters
HOME = "pages/index/index"
PAGES = {LinkKind.EVENT: "pages/event/show", LinkKind.POINT: "pages/check-in/scan", LinkKind.TEAM: "pages/team/show"}
# What a link of its own may lead to, beside what has an id.
OPEN_PAGES = frozenset(
    {HOME, "pages/event/list", "pages/greeting/new", "pages/greeting/wall", "pages/volunteer/mine", "pages/team/list"}
)


def pages() -> frozenset[str]:
    """Every page that a link leads to: WeChat draws no code of one that is not released."""
    return frozenset({*PAGES.values(), *OPEN_PAGES})


async def make(office: Office, who: Caller, kind: LinkKind, target: str) -> Link:
    """The link of this target, the same at every call; its picture follows.

    Raises `LinkInvalid`, `NoSuchEvent`, `NoSuchPoint`, `NoSuchTeam`, or who may not run it: `RoleNeeded`,
    `NotYourUnit`, `NotYourEvent`, `NotYourTeam`.
    """
    target = target if kind is LinkKind.PAGE else str(_id(target))
    await _require_may(who, kind, target)
    return await link_of(office, kind, target)


async def of_event(office: Office, who: Caller, event_id: UUID) -> Link:
    return await make(office, who, LinkKind.EVENT, str(event_id))


async def draw_again(office: Office, who: Caller, code: str) -> Link:
    """Have WeChat try once more where a plain code stands in: the page may be released by now."""
    link = await found(code)
    await _require_may(who, link.kind, link.target)
    async with transaction():
        failed = Link.filter(id=link.id, state=LinkState.STAND_IN, orders=link.orders)
        if await failed.update(state=LinkState.WAITING, orders=link.orders + 1):
            await _order(office, link, link.orders + 1)
    return await found(code)


async def found(code: str) -> Link:
    """Without its picture. Raises `NoSuchLink`."""
    link = await _bare().get_or_none(code=code) if len(code) == CODE_LENGTH else None
    if link is None:
        raise NoSuchLink
    return link


async def link_of(office: Office, kind: LinkKind, target: str) -> Link:
    """Found or made; of two who make it at once both get the same one, by the unique key."""
    link = await _bare().get_or_none(kind=kind, target=target)
    if link is not None:
        return link
    page = target if kind is LinkKind.PAGE else PAGES[kind]
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    try:
        async with transaction():
            made = await Link.create(code=code, kind=kind, target=target, page=page, created_at=office.now())
            await _order(office, made, 0)
            return made
    except IntegrityError:
        return await _bare().get(kind=kind, target=target)


def _bare() -> QuerySet[Link]:
    """All but the picture, which is a thousand times the rest."""
    return Link.all().only("id", "code", "kind", "target", "page", "state", "fault", "orders", "drawn_at")


async def _order(office: Office, link: Link, orders: int) -> None:
    about = {"kind": link.kind.value, "target": link.target}
    await job.put(office, DRAW, about, once=f"{DRAW}:{link.kind}:{link.target}:{orders}")


def _id(target: str) -> UUID:
    try:
        return UUID(target)
    except ValueError:
        raise LinkInvalid(fields={"target": "编号格式不对"}) from None


async def _require_may(who: Caller, kind: LinkKind, target: str) -> None:
    if kind is LinkKind.EVENT:
        await event.for_organizer(who, UUID(target))
    elif kind is LinkKind.TEAM:
        await require_authority(who, await team_for_everyone(UUID(target)))
    elif kind is LinkKind.POINT:
        point = await Point.get_or_none(id=UUID(target)).select_related("event__unit")
        if point is None:
            raise NoSuchPoint
        who.require_staff_of(point.event_id, point.event.unit.path)
    elif not who.holds(RoleName.CITY_ADMIN):
        raise RoleNeeded
    elif target not in OPEN_PAGES:
        raise LinkInvalid(fields={"target": "没有这个页面"})

"""Short links and mini-program codes: where a scanned one leads, and the one of an event, a team, a door, a page."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import link
from capabilities.caller import Caller, NotYourEvent, NotYourUnit, RoleNeeded
from capabilities.event import NoSuchEvent
from capabilities.link import LinkInvalid, NoSuchLink
from capabilities.office import Office
from capabilities.sign_in_code import NoSuchPoint
from capabilities.team import NoSuchTeam, NotYourTeam
from miniapp_api.door import door
from models.link import Link, LinkKind, LinkState


class LinkShown(msgspec.Struct):
    """`scene` of a mini-program code and the end of a short link are both `code`; `target` is an id or a page."""

    code: str
    kind: LinkKind
    target: str
    page: str

    @classmethod
    def of(cls, row: Link) -> "LinkShown":
        return cls(row.code, row.kind, row.target, row.page)


class CodeShown(LinkShown):
    """`picture_url` always gives a picture: the mini-program code once it is `drawn`, a plain QR code until then.

    `stand_in` says that WeChat would not draw it; `fault` says why.
    """

    url: str
    picture_url: str
    state: LinkState
    fault: str | None
    drawn_at: datetime | None

    @classmethod
    def shown(cls, row: Link, office: Office) -> "CodeShown":
        url = link.address_of(office, row)
        return cls(row.code, row.kind, row.target, row.page, url, f"{url}.png", row.state, row.fault, row.drawn_at)


class NewLink(msgspec.Struct, forbid_unknown_fields=True):
    """`target` is the id of an event, a point or a team, or the path of a page."""

    kind: LinkKind
    target: Annotated[str, Meta(min_length=1, max_length=100)]


RUNNING = (RoleNeeded, NotYourUnit, NotYourEvent, NotYourTeam, NoSuchEvent, NoSuchPoint, NoSuchTeam, LinkInvalid)


@door.get("/links/<link_code:str>", refusals=(NoSuchLink,))
async def read_one(link_code: str) -> LinkShown:
    """扫码进入小程序时，码的指向（scene 或短链接末段）"""
    return LinkShown.of(await link.found(link_code))


@door.post("/links", limit=4096, refusals=RUNNING)
async def make(who: Caller, office: Office, what: NewLink) -> CodeShown:
    """活动、签到点、队伍或页面的短链接和小程序码（每个目标一个）"""
    return CodeShown.shown(await link.make(office, who, what.kind, what.target), office)


@door.get("/events/<event_id:uuid>/mini-program-code", refusals=(RoleNeeded, NotYourUnit, NoSuchEvent))
async def of_event(who: Caller, office: Office, event_id: UUID) -> CodeShown:
    """活动的小程序码（生成前由普通二维码代替）"""
    return CodeShown.shown(await link.of_event(office, who, event_id), office)


@door.post("/links/<link_code:str>/drawing", refusals=(*RUNNING, NoSuchLink))
async def draw_again(who: Caller, office: Office, link_code: str) -> CodeShown:
    """重新请微信生成小程序码（页面发布后）"""
    return CodeShown.shown(await link.draw_again(office, who, link_code), office)

"""My own data: a copy for programs, a page for people."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sanic import HTTPResponse
from sanic.response import html

from capabilities import own_data
from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.own_data import Fate
from kit.pace import Pace
from miniapp_api.door import door
from miniapp_api.own_data.page import CONTENT_POLICY, page_of

# Everything about a person in one answer: by hand once in a while, and no more from somebody with a stolen token.
COPYING = Pace(20, 60 * 60, name="own-data")


class OwnSection(msgspec.Struct):
    """One table. `acted` counts rows that name me only for what I did for the office; they are not listed."""

    place: str
    name: str
    kept_for: str
    on_erasure: Fate
    why: str
    acted: int
    rows: list[dict[str, Any]]


class OwnData(msgspec.Struct):
    person_id: UUID
    made_at: datetime
    sections: list[OwnSection]


@door.get("/me/data", pace=COPYING)
async def copy_own_data(who: Caller, office: Office) -> OwnData:
    """我的个人信息副本（JSON，全部明文，仅限本人）"""
    made = await own_data.copy_of(office, who)
    return msgspec.convert(made, OwnData, from_attributes=True)


@door.get("/me/data.html", pace=COPYING)
async def read_own_data(who: Caller, office: Office) -> HTTPResponse:
    """我的个人信息副本（可打印的网页）"""
    made = await own_data.copy_of(office, who)
    return html(page_of(made), headers={"content-security-policy": CONTENT_POLICY, "cache-control": "no-store"})

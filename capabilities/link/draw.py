"""Draw the picture of a link: WeChat is asked outside any transaction, by one process at a time, and once."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tortoise.expressions import Q

from capabilities.link.make import link_of
from capabilities.link.refusals import LinkBeingDrawn
from capabilities.office import Office
from models.link import Link, LinkKind, LinkState
from wechat.errors import CodeNotDrawable, WeChatMisconfigured

# Longer than a question to WeChat may take with its second try.
HOLD = timedelta(seconds=30)
WIDTH = 430
# WeChat draws JPEG, and PNG where the ground is transparent.
TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


async def draw(office: Office, about: Mapping[str, Any]) -> None:
    """The work `link.draw`. What passes (WeChat away, a minute's quota) is tried again by who does the jobs.

    What does not pass by itself, as a page that is not released, leaves the plain code in its place.
    """
    link = await link_of(office, LinkKind(about["kind"]), about["target"])
    if link.state is not LinkState.WAITING:
        return
    until = office.now() + HOLD
    free = Link.filter(Q(held_until=None) | Q(held_until__lte=office.now()), id=link.id, state=LinkState.WAITING)
    if not await free.update(held_until=until):
        raise LinkBeingDrawn(retry_after=int(HOLD.total_seconds()))
    held = Link.filter(id=link.id, held_until=until, state=LinkState.WAITING)
    try:
        picture = await _drawn(office, link)
    except (CodeNotDrawable, WeChatMisconfigured) as refusal:
        await held.update(state=LinkState.STAND_IN, fault=refusal.code[:40], held_until=None)
        return
    except BaseException:
        await held.update(held_until=None)
        raise
    await held.update(
        state=LinkState.DRAWN,
        picture=picture,
        picture_hash=hashlib.sha256(picture).hexdigest(),
        drawn_at=office.now(),
        fault=None,
        held_until=None,
    )


async def _drawn(office: Office, link: Link) -> bytes:
    """Raises what WeChat refuses, and `CodeNotDrawable` where what came is no picture."""
    version = office.program_version
    picture = await office.wechat.draw_code(
        link.code, page=link.page, check_page=version == "release", env=version, width=WIDTH
    )
    if type_of(picture) is None:
        raise CodeNotDrawable
    return picture


def type_of(picture: bytes) -> str | None:
    return next((kind for sign, kind in TYPES.items() if picture.startswith(sign)), None)

"""Verdicts as they arrive: each is written down once, weighed once, and at last given up where none comes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from tortoise.exceptions import IntegrityError

from capabilities import job
from capabilities.office import Office
from models.database import transaction
from models.media_check import OPEN, MediaCheck, MediaCheckState
from models.media_verdict import MediaVerdict
from wechat.push_events import MediaVerdictPush

log = structlog.get_logger(__name__)

WEIGH = "machine_check.weigh"
# WeChat promises half an hour.
GIVEN_UP_AFTER = timedelta(minutes=31)
NEVER_CAME = "never_came"
AT_ONCE = 200
# Nobody waited for it: kept for a day to be looked into, as the row that makes it count once is needed no longer.
STRAY_KEPT_FOR = timedelta(days=1)


async def hear(office: Office, told: MediaVerdictPush) -> bool:
    """Write a verdict down; it is weighed afterwards. False for one heard before: the first word on a trace id stands.

    Nobody need have asked yet as far as we know: WeChat may be faster than our commit.
    """
    try:
        async with transaction():
            await MediaVerdict.create(
                trace_id=told.trace_id,
                suggest=told.suggest,
                label=told.label,
                errcode=told.errcode,
                heard_at=office.now(),
            )
            await job.put(office, WEIGH, {"trace_id": told.trace_id}, once=f"{WEIGH}:{told.trace_id}")
    except IntegrityError:
        log.info("media_verdict_heard_again", trace_id=told.trace_id)
        return False
    return True


async def weigh_job(office: Office, about: Mapping[str, Any]) -> None:
    await weigh(office, about["trace_id"])


async def weigh(office: Office, trace_id: str | None) -> None:
    """Bring what was heard to what was asked, if both are here; who comes second does it, and it is done once."""
    verdict = await MediaVerdict.get_or_none(trace_id=trace_id) if trace_id else None
    check = await MediaCheck.get_or_none(trace_id=trace_id) if verdict else None
    if verdict is None or check is None:
        return
    if verdict.suggest is None:
        # Our address could not be fetched, or WeChat failed: an operator's matter, and a person decides.
        log.error("media_check_failed", errcode=verdict.errcode, subject_id=str(check.subject_id))
        await give_up(office, check, f"wechat {verdict.errcode}")
        return
    async with transaction():
        # One that was given up is still written down when it comes: a moderator may be looking at it this minute.
        waiting = MediaCheck.filter(id=check.id, suggest=None)
        if await waiting.update(
            state=MediaCheckState.ANSWERED,
            suggest=verdict.suggest,
            label=verdict.label,
            answered_at=office.now(),
            fault=None,
        ):
            await _settle_later(office, check)


async def give_up(office: Office, check: MediaCheck, fault: str) -> bool:
    """No verdict will be waited for: a person decides."""
    async with transaction():
        given_up = await MediaCheck.filter(id=check.id, state__in=OPEN).update(
            state=MediaCheckState.UNANSWERED, fault=fault
        )
        if given_up:
            await _settle_later(office, check)
    return bool(given_up)


async def _settle_later(office: Office, check: MediaCheck) -> None:
    """After this commit, never within it: who settles must see every verdict that was there before."""
    about = {"id": str(check.subject_id), "version": check.version}
    await job.put(office, f"{check.subject}.settle", about)


async def give_up_media_checks(office: Office) -> int:
    """A round: hand to people what WeChat has left without a verdict for longer than it promises; returns how many."""
    stale = MediaCheck.filter(state__in=OPEN, ordered_at__lt=office.now() - GIVEN_UP_AFTER)
    checks = await stale.order_by("ordered_at").limit(AT_ONCE)
    return sum([await give_up(office, check, NEVER_CAME) for check in checks])


async def forget_verdicts(office: Office) -> int:
    """A round: remove what was weighed, or what nobody waited for, after a day. The check itself keeps its verdict."""
    return await MediaVerdict.filter(heard_at__lt=office.now() - STRAY_KEPT_FOR).delete()

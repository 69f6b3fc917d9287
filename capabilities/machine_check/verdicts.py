"""Verdicts as they arrive: each is written down once, whether or not anybody waits for it."""

import structlog
from tortoise.exceptions import IntegrityError

from capabilities.office import Office
from models.database import transaction
from models.media_verdict import MediaVerdict
from wechat.push_events import MediaVerdictPush

log = structlog.get_logger(__name__)


async def hear(office: Office, told: MediaVerdictPush) -> bool:
    """Write a verdict down. False for one that was heard before: the first word on a trace id stands."""
    try:
        async with transaction():
            await MediaVerdict.create(
                trace_id=told.trace_id,
                suggest=told.suggest,
                label=told.label,
                errcode=told.errcode,
                heard_at=office.now(),
            )
    except IntegrityError:
        log.info("media_verdict_heard_again", trace_id=told.trace_id)
        return False
    return True

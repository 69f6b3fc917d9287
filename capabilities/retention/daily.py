"""Once a day, in the small hours: a job that retains no longer what is past its time."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog

from capabilities import job
from capabilities.office import Office
from capabilities.retention.retain import retain
from kit.clock import LOCAL
from models.database import cut_write_ahead_log
from models.job import Job
from models.removal import RemovedBy

log = structlog.get_logger(__name__)

RETAIN = "retention.retain"
# When hardly anybody is up (Asia/Shanghai).
FROM_HOUR = 3
# A job is cut after four minutes; what is left is ordered anew well before.
LONGEST = timedelta(minutes=2)


async def order_retention(office: Office) -> int:
    """A round: order the day's job, once."""
    here = office.now().astimezone(LOCAL)
    once = f"{RETAIN}:{here.date().isoformat()}"
    if here.hour < FROM_HOUR or await Job.exists(once=once):
        return 0
    await job.put(office, RETAIN, {}, once=once)
    return 1


async def retain_daily(office: Office, about: Mapping[str, Any]) -> None:
    """The work `retention.retain`: as much as fits, and another job for the rest."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST.total_seconds()
    outcomes = await retain(office.now(), RemovedBy.ROUND, is_time_up=lambda: loop.time() > until)
    log.info("retained", **{each.rule.name: each.count for each in outcomes if each.count})
    if loop.time() > until:
        await job.put(office, RETAIN, {})
    await cut_write_ahead_log()

"""Jobs (后台任务): order work in the transaction of the change that causes it; take, do and end it afterwards.

Work is done at least once: a process that is killed half-way leaves the job to another. What must not happen
twice guards itself by a row of its own.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from tortoise.functions import Count

from capabilities.caller import Caller, RoleNeeded
from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Conflict, NotFound, Refusal, TooMany, Unavailable
from kit.paging import limit_of, row_of
from models.database import transaction
from models.job import Job, JobStatus
from models.role import RoleName

log = structlog.get_logger(__name__)

Work = Callable[[Office, Mapping[str, Any]], Awaitable[None]]

# A job that takes longer is cut; its hold outlasts that, so that nobody else begins meanwhile.
LONGEST = timedelta(minutes=4)
HOLD = timedelta(minutes=5)
MOST_TRIES = 12
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
AT_ONCE = 4
ENDED = (JobStatus.DONE, JobStatus.FAILED, JobStatus.UNKNOWN)
DONE_KEPT_FOR = timedelta(days=14)


class NoSuchJob(NotFound):
    words = "没有找到这项后台任务。"


class JobNotOver(Conflict):
    """Only what failed, or ended unknown, is ordered again by hand."""

    words = "这项任务尚未失败，无需重做。"


class OutcomeUnknown(Exception):
    """A work raises it where the outside may have done what was asked although no answer came."""


@dataclass(frozen=True)
class Ordered:
    """One job of many. `once`: a second order under the same key is no second job."""

    work: str
    about: Mapping[str, Any]
    not_before: datetime | None = None
    once: str | None = None


async def put(
    office: Office, work: str, about: Mapping[str, Any], *, not_before: datetime | None = None, once: str | None = None
) -> None:
    """Order one job, within the caller's transaction: it exists exactly if the change does."""
    await put_all(office, [Ordered(work, about, not_before, once)])


async def put_all(office: Office, orders: Sequence[Ordered]) -> None:
    """Order many in one statement, within the caller's transaction."""
    now = office.now()
    rows = [
        Job(
            work=each.work,
            about=dict(each.about),
            once=each.once,
            status=JobStatus.WAITING,
            run_at=max(now, each.not_before or now),
            ordered_at=now,
        )
        for each in orders
    ]
    await Job.bulk_create(rows, batch_size=500, ignore_conflicts=True)


async def run_due(office: Office, works: Mapping[str, Work]) -> int:
    """Take what is due, do it, write down how it ended; returns how many were taken."""
    due = await Job.due(office.now()).filter(work__in=list(works)).order_by("run_at", "id").limit(AT_ONCE)
    return sum(await asyncio.gather(*(_take_and_do(office, works[job.work], job) for job in due)))


async def _take_and_do(office: Office, work: Work, job: Job) -> bool:
    """False where another was faster."""
    now = office.now()
    taken = await Job.filter(id=job.id, status=job.status, tries=job.tries).update(
        status=JobStatus.RUNNING, held_until=now + HOLD, tries=job.tries + 1
    )
    if not taken:
        return False
    job.tries += 1
    await _end(office, job, *await _do(office, work, job))
    return True


async def _do(office: Office, work: Work, job: Job) -> tuple[JobStatus, str | None, int | None]:
    """How it ended, the name of the fault, and after how many seconds to come again where the fault says so."""
    try:
        async with asyncio.timeout(LONGEST.total_seconds()):
            await work(office, job.about)
    except asyncio.CancelledError:
        # The process stops: the next one finds the job where this one leaves it, without waiting for the hold's end.
        await asyncio.shield(_end(office, job, JobStatus.WAITING, "Stopped", 0))
        raise
    except OutcomeUnknown as unknown:
        return JobStatus.UNKNOWN, type(unknown.__cause__ or unknown).__name__, None
    except (Unavailable, TooMany) as refusal:
        return JobStatus.WAITING, refusal.code, refusal.retry_after
    except Refusal as refusal:
        return JobStatus.FAILED, refusal.code, None
    except Exception as error:
        log.error("job_raised", work=job.work, job_id=str(job.id), exc_info=error)
        return JobStatus.WAITING, type(error).__name__, None
    return JobStatus.DONE, None, None


async def _end(office: Office, job: Job, status: JobStatus, fault: str | None, pause: int | None) -> None:
    now = office.now()
    if status is JobStatus.WAITING and job.tries >= MOST_TRIES:
        status = JobStatus.FAILED
    again_at = now + (timedelta(seconds=pause) if pause is not None else pause_after(job.tries))
    await Job.filter(id=job.id, status=JobStatus.RUNNING, tries=job.tries).update(
        status=status,
        fault=(fault or "")[:60] or None,
        held_until=None,
        run_at=again_at if status is JobStatus.WAITING else job.run_at,
        ended_at=now if status in ENDED else None,
    )
    if status is not JobStatus.DONE:
        log.warning("job_not_done", work=job.work, job_id=str(job.id), outcome=status.value, reason=fault)


def pause_after(tries: int) -> timedelta:
    """Twice as long each time up to an hour, and scattered by half, so that many do not come back at one moment."""
    longest: timedelta = min(FIRST_PAUSE * 2.0 ** (tries - 1), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - scatter, not secrecy


async def listed(
    who: Caller, *, status: JobStatus | None, work: str | None, cursor: str | None, limit: int | None
) -> list[Job]:
    """For operators, newest first; one more than the page holds where there are more."""
    _require_operator(who)
    query = Job.all()
    if status is not None:
        query = query.filter(status=status)
    if work:
        query = query.filter(work=work)
    before = row_of(cursor)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit_of(limit) + 1)


async def counted(who: Caller) -> list[tuple[str, JobStatus, int]]:
    """How many jobs of each work stand in each state."""
    _require_operator(who)
    rows = await Job.annotate(n=Count("id")).group_by("work", "status").order_by("work").values("work", "status", "n")
    return [(row["work"], JobStatus(row["status"]), row["n"]) for row in rows]


def _require_operator(who: Caller) -> None:
    if not who.holds(RoleName.CITY_ADMIN, RoleName.AUDITOR):
        raise RoleNeeded


async def repeat(office: Office, who: Caller, job_id: UUID) -> Job:
    """Order what failed, or ended unknown, once more: a person has looked and decided. Raises `JobNotOver`."""
    if not who.holds(RoleName.CITY_ADMIN):
        raise RoleNeeded
    job = await Job.get_or_none(id=job_id)
    if job is None:
        raise NoSuchJob
    now = office.now()
    async with transaction():
        over = Job.filter(id=job_id, status__in=(JobStatus.FAILED, JobStatus.UNKNOWN))
        if not await over.update(status=JobStatus.WAITING, run_at=now, tries=0, fault=None, ended_at=None):
            raise JobNotOver(job_status=job.status.value)
        await note("job", job_id, who.person_id, job.status, JobStatus.WAITING, now)
    return await Job.get(id=job_id)


async def forget_done(office: Office) -> int:
    """Remove what was done two weeks ago; what failed stays until a person has seen it."""
    return await Job.filter(status=JobStatus.DONE, ended_at__lt=office.now() - DONE_KEPT_FOR).delete()

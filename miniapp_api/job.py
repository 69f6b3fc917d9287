"""Background work, as operators see it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import job
from capabilities.caller import Caller, RoleNeeded
from capabilities.job import JobNotOver, NoSuchJob
from capabilities.office import Office
from miniapp_api.door import Page, cut, door
from models.job import Job, JobStatus


class ListedJob(msgspec.Struct):
    """`fault` names what went wrong the last time; `run_at` is when it is tried (again)."""

    id: UUID
    work: str
    status: JobStatus
    tries: int
    fault: str | None
    ordered_at: datetime
    run_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, row: Job) -> "ListedJob":
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class JobCount(msgspec.Struct):
    work: str
    status: JobStatus
    count: int


class JobSearch(msgspec.Struct, forbid_unknown_fields=True):
    status: JobStatus | None = None
    work: Annotated[str, Meta(max_length=40)] | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


@door.get("/jobs", refusals=(RoleNeeded,))
async def list_jobs(who: Caller, asked: JobSearch) -> Page[ListedJob]:
    """后台任务（市科协和审计查看）"""
    rows = await job.listed(who, status=asked.status, work=asked.work, cursor=asked.cursor, limit=asked.limit)
    page, following = cut(rows, asked.limit)
    return Page([ListedJob.of(row) for row in page], following)


@door.get("/jobs/counts", refusals=(RoleNeeded,))
async def count_jobs(who: Caller) -> list[JobCount]:
    """后台任务按状态统计"""
    return [JobCount(*each) for each in await job.counted(who)]


@door.post("/jobs/<job_id:uuid>/repetition", limit=1024, refusals=(RoleNeeded, NoSuchJob, JobNotOver))
async def repeat(who: Caller, office: Office, job_id: UUID) -> ListedJob:
    """重做失败或结果不明的任务（市科协）"""
    return ListedJob.of(await job.repeat(office, who, job_id))

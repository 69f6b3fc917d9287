"""A job (后台任务): work that was written down with the change that causes it, and is done afterwards."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.expressions import Q
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.fields import UtcDatetimeField, key_field


class JobStatus(StrEnum):
    """`unknown` is for work whose outside call may or may not have happened: no machine tries that again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Job(Model):
    """`about` holds ids and never personal data; `once` is the key under which it may be ordered a single time.

    `held_until` ends the hold of a process that was killed: after it another may take the job.
    """

    id: UUID = key_field()
    work = fields.CharField(max_length=40)
    about: Any = fields.JSONField()
    once = fields.CharField(max_length=120, null=True)
    status = fields.CharEnumField(JobStatus, max_length=8)
    run_at = UtcDatetimeField()
    held_until: datetime | None = UtcDatetimeField(null=True)
    tries = fields.SmallIntField(default=0)
    fault = fields.CharField(max_length=60, null=True)
    ordered_at = UtcDatetimeField()
    ended_at = UtcDatetimeField(null=True)

    class Meta:
        table = "job"
        indexes: Any = [("status", "run_at"), ("work", "status")]
        constraints: Any = [
            UniqueConstraint(fields=("once",), name="uq_job_once"),
            CheckConstraint(check="status <> 'running' OR held_until IS NOT NULL", name="ck_job_hold_ends"),
        ]

    @classmethod
    def due(cls, now: datetime) -> QuerySet["Job"]:
        """What may be taken now: it waits, or whoever held it is gone."""
        waits = Q(status=JobStatus.WAITING, run_at__lte=now)
        stranded = Q(status=JobStatus.RUNNING, held_until__lte=now)
        return cls.filter(waits | stranded)

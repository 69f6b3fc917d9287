"""The caller's own enrolments, with the place in the queue."""

from collections.abc import Sequence
from typing import Any

from capabilities.caller import Caller
from capabilities.enrolment.enrol import Standing
from models.enrolment import Enrolment, EnrolmentStatus


async def mine(who: Caller) -> list[Standing]:
    """All enrolments of the caller, newest first, each with its place in the queue where it waits."""
    rows = await Enrolment.filter(person_id=who.person_id).order_by("-id").select_related("shift", "event")
    waiting = [row for row in rows if row.status is EnrolmentStatus.WAITLISTED]
    queues = await Enrolment.filter(
        shift_id__in=[row.shift_id for row in waiting], status=EnrolmentStatus.WAITLISTED
    ).values_list("shift_id", "queue_no")
    return [Standing(row, _place_of(row, queues)) for row in rows]


def _place_of(enrolment: Enrolment, queues: Sequence[tuple[Any, ...]]) -> int | None:
    if enrolment.status is not EnrolmentStatus.WAITLISTED:
        return None
    return sum(1 for shift_id, no in queues if shift_id == enrolment.shift_id and no <= enrolment.queue_no)

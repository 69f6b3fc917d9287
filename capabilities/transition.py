"""Note every change of state: who, from what, to what, when, why."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from models.transition import Transition


async def note(
    subject: str,
    subject_id: UUID,
    actor_id: UUID | None,
    before: str | None,
    after: str,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Write the line in the transaction that makes the change; without an actor it was the system itself."""
    await Transition.create(
        subject=subject,
        subject_id=subject_id,
        actor_id=actor_id,
        before=str(before) if before else None,
        after=str(after),
        reason=reason,
        at=at,
    )


async def note_each(
    subject: str,
    before: Mapping[UUID, str],
    actor_id: UUID | None,
    after: str,
    at: datetime,
    reason: str | None = None,
) -> None:
    """The same step of many rows at once, `before` by their ids: one line each, in one statement."""
    common = {"subject": subject, "actor_id": actor_id, "after": str(after), "reason": reason, "at": at}
    await Transition.bulk_create(
        Transition(subject_id=subject_id, before=str(was), **common) for subject_id, was in before.items()
    )

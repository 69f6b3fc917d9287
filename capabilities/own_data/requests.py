"""Requests about one's own data (个人信息权利请求): served at once by the person's own hand, and noted."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from capabilities.transition import note

SUBJECT = "privacy_request"


class RequestKind(StrEnum):
    """`domain.md` §4.15; correcting is done where the data is, and noted there."""

    EXPORT = "export"
    DELETE = "delete"
    WITHDRAW_CONSENT = "withdraw_consent"


async def note_request(kind: RequestKind, person_id: UUID, now: datetime, what: str | None = None) -> None:
    """Received and done in one line: the session is the proof of who asks, and nobody waits fifteen working days."""
    reason = f"{kind.value}:{what}" if what else kind.value
    await note(SUBJECT, person_id, person_id, "received", "done", now, reason)

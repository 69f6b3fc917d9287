"""The programme as the walk-through knows it from answers: events, their shifts, and who holds which place."""

import base64
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID

PERSONAL_PREFIX = "LZ1."
MAC_BYTES = 16


class Fate(Enum):
    """What becomes of an event in the story; `FAR` begins in three hours, `ENDED` has begun and is closed."""

    ORDINARY = "ordinary"
    ENDED = "ended"
    FAR = "far"
    CALLED_OFF = "called off"


@dataclass(frozen=True)
class TicketKey:
    """What a phone keeps of `GET /enrolments/{id}/code`, and makes its codes from with no network."""

    ticket_id: UUID
    key: bytes = field(repr=False)
    period_seconds: int
    server_is_ahead: timedelta

    @classmethod
    def of(cls, shown: Any, here: datetime) -> "TicketKey":
        key = base64.urlsafe_b64decode(shown["key"] + "=" * (-len(shown["key"]) % 4))
        ahead = datetime.fromisoformat(shown["server_time"]) - here
        return cls(UUID(shown["ticket_id"]), key, shown["period_seconds"], ahead)

    def code(self, here: datetime) -> str:
        """Ticket and slot (4 bytes, big end first) with the first 16 bytes of their HMAC-SHA256, in base64url."""
        slot = int((here + self.server_is_ahead).timestamp()) // self.period_seconds
        body = self.ticket_id.bytes + slot.to_bytes(4, "big")
        sealed = body + hmac.digest(self.key, body, sha256)[:MAC_BYTES]
        return PERSONAL_PREFIX + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


@dataclass(eq=False)
class Enrolment:
    """`status` is what the last answer said; `place` is the one drawn on arrival and keeps the order of the queue."""

    id: str
    person: Any
    shift: "Shift"
    status: str
    place: int | None
    ticket: TicketKey | None = None
    checked_in_at: str | None = None
    checked_out_at: str | None = None
    way: str = ""
    was_offered: bool = False

    @property
    def event(self) -> "Event":
        return self.shift.event


@dataclass(eq=False)
class Shift:
    id: str
    event: "Event"
    seats: int
    enrolments: list[Enrolment] = field(default_factory=list)

    def with_status(self, *statuses: str) -> list[Enrolment]:
        return [each for each in self.enrolments if each.status in statuses]

    @property
    def queue(self) -> list[Enrolment]:
        """Who waits, first come first."""
        return sorted(self.with_status("waitlisted"), key=lambda each: each.place or 0)

    @property
    def next_in(self) -> list[Enrolment]:
        """Whom the free seats belong to now: the head of the queue, nobody else."""
        free = self.seats - len(self.with_status("confirmed", "offered"))
        return self.queue[:free] if self.event.fate is not Fate.ENDED else []


@dataclass(eq=False)
class Event:
    id: str
    number: int
    title: str
    unit_code: str
    fate: Fate
    organizer: Any
    point_id: str
    staff: Any = None
    early_code: Any = field(default=None, repr=False)
    shifts: list[Shift] = field(default_factory=list)

    @property
    def enrolments(self) -> list[Enrolment]:
        return [each for shift in self.shifts for each in shift.enrolments]

    def with_status(self, *statuses: str) -> list[Enrolment]:
        return [each for each in self.enrolments if each.status in statuses]

    @classmethod
    def of(cls, shown: Any, number: int, fate: Fate, organizer: Any) -> "Event":
        event = cls(shown["id"], number, shown["title"], shown["unit_code"], fate, organizer, shown["points"][0]["id"])
        event.shifts = [Shift(each["id"], event, each["seats"]) for each in shown["shifts"]]
        return event

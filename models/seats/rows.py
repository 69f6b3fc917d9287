"""What a seat is given by: shifts, events and registrations under the names that the models have for it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from models.enrolment import EnrolmentStatus
from models.event import EventStatus
from models.volunteer import Volunteer, VolunteerStatus


class EventRow(NamedTuple):
    id: UUID
    status: EventStatus
    min_age: int
    enrolment_opens_at: datetime | None
    enrolment_closes_at: datetime | None
    allows_walk_ins: bool

    def takes_enrolments(self, now: datetime) -> bool:
        opens, closes = self.enrolment_opens_at, self.enrolment_closes_at
        return (opens is None or opens <= now) and (closes is None or now < closes)


@dataclass(slots=True)
class HeldShift:
    """A shift under lock. `taken`, `queue_tail` and `waiting` go on as seats are given, and are written in the end."""

    id: UUID
    event: EventRow
    starts_at: datetime
    ends_at: datetime
    seats: int
    taken: int
    queue_tail: int
    waiting: int

    @property
    def event_id(self) -> UUID:
        return self.event.id

    @property
    def seats_left(self) -> int:
        return self.seats - self.taken


class Registration(NamedTuple):
    """Somebody's registration under lock. The date of birth stays sealed until somebody asks for it."""

    status: VolunteerStatus
    suspended_until: datetime | None
    sealed_birth_date: bytes | None

    @property
    def born_on(self) -> date | None:
        sealed: Any = Volunteer._meta.fields_map["birth_date"]
        born: str | None = sealed.to_python_value(self.sealed_birth_date)
        return date.fromisoformat(born) if born else None

    def is_barred(self, now: datetime) -> bool:
        return self.suspended_until is not None and now < self.suspended_until


class EnrolmentLine(msgspec.Struct, frozen=True):
    """An enrolment as it is made; the row's own names."""

    id: UUID
    event_id: UUID
    shift_id: UUID
    person_id: UUID
    status: EnrolmentStatus
    queue_no: int
    enrolled_at: datetime

    @property
    def offer_expires_at(self) -> None:
        return None


@dataclass
class Held:
    """All that a batch of applications is decided by. `live` is (event, person) → the enrolment that stands."""

    shifts: dict[UUID, HeldShift] = field(default_factory=dict)
    registrations: dict[UUID, Registration] = field(default_factory=dict)
    live: dict[tuple[UUID, UUID], UUID] = field(default_factory=dict)

"""The roster as a phone carries it: what it needs to judge with no network, in few bytes, whole or as changes.

Five thousand people fit into 400 KB because nothing is said twice: shifts, statuses and points are lists, and a row
names them by their place. Ids are short, their random half. No phone number and no whole name leave here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from capabilities.caller import Caller
from capabilities.masks import mask_name
from capabilities.office import Office
from capabilities.roster.listing import for_staff
from kit.seals import encode
from models.enrolment import Enrolment, EnrolmentStatus, Ticket
from models.event import Event, Point
from models.roster_rows import Key, Row, enrolled_in, passages_of, tickets_of
from models.scan import Annulment, Scan
from models.shift import Shift

STATUSES = tuple(EnrolmentStatus)
# A change is dated before it is committed, and two processes' clocks differ: what is this old is told once more.
OVERLAP = timedelta(seconds=60)
_SHORT_BYTES = 8

# The live and the revoked.
Codes = tuple[tuple[str, ...], tuple[str, ...]]
NO_CODES: Codes = ((), ())


@dataclass(frozen=True)
class ChangesSince:
    """From where the phone's last roster left off."""

    moment: datetime

    @classmethod
    def read(cls, version: str | None) -> "ChangesSince | None":
        """None, and with it the whole roster, where the text is no version of ours."""
        if version is None or not (version.isascii() and version.isdecimal() and len(version) <= 14):
            return None
        return cls(datetime.fromtimestamp(int(version) / 1000, UTC))

    @property
    def earliest(self) -> datetime:
        return self.moment - OVERLAP


class PhoneRow(msgspec.Struct, array_like=True, frozen=True):
    """One enrolment; a list, so that 5,000 stay below 400 KB.

    `[enrolment, shift, status, name_masked, ticket_ids, revoked_ticket_ids, passages]`. Ids are the last eight bytes
    in base64url; `shift` and `status` are places in the lists beside it; a passage is `[direction, milliseconds since
    1970, place of the point]`.
    """

    enrolment: str
    shift: int
    status: int
    name: str
    tickets: tuple[str, ...]
    revoked: tuple[str, ...]
    passages: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class PhoneRoster:
    event: Event
    points: Sequence[Point]
    shifts: Sequence[Shift]
    rows: list[PhoneRow]
    now: datetime
    is_full: bool

    @property
    def version(self) -> str:
        return str(int(self.now.timestamp() * 1000))


def short(id_: Key) -> str:
    """The random half of an id: enough to tell a few thousand apart, and the phone finds it in the code."""
    raw = bytes.fromhex(id_[-17:].replace("-", "")) if isinstance(id_, str) else id_.bytes[-_SHORT_BYTES:]
    return encode(raw)


async def phone_roster(office: Office, who: Caller, event_id: UUID, since: ChangesSince | None) -> PhoneRoster:
    """Whole, or what has changed since. Raises `NoSuchEvent` or `NotYourEvent`.

    A row always says everything of its enrolment, so that what is told twice does no harm.
    """
    event = await for_staff(who, event_id)
    now = office.now()
    points = await Point.filter(event_id=event.id).order_by("id")
    shifts = await Shift.filter(event_id=event.id).order_by("starts_at", "id")
    changed = None if since is None else await _changed(event.id, since.earliest)
    rows = [] if changed is not None and not changed else await _rows(event.id, points, shifts, changed)
    return PhoneRoster(event, points, shifts, rows, now, is_full=changed is None)


async def _changed(event_id: UUID, since: datetime) -> set[UUID]:
    """The enrolments of which anything is newer."""
    found: set[UUID] = set()
    found.update(await _ids(Enrolment.filter(event_id=event_id, changed_at__gte=since), "id"))
    found.update(await _ids(Ticket.filter(event_id=event_id, made_at__gte=since), "enrolment_id"))
    found.update(await _ids(Ticket.filter(event_id=event_id, revoked_at__gte=since), "enrolment_id"))
    found.update(await _ids(Scan.filter(event_id=event_id, received_at__gte=since), "enrolment_id"))
    found.update(await _ids(Annulment.filter(event_id=event_id, annulled_at__gte=since), "enrolment_id"))
    return found


async def _ids(query: object, column: str) -> list[UUID]:
    ids = await query.values_list(column, flat=True)  # type: ignore[attr-defined]
    return [each for each in ids if each is not None]


async def _rows(
    event_id: UUID, points: Sequence[Point], shifts: Sequence[Shift], only: Collection[UUID] | None
) -> list[PhoneRow]:
    """Three questions, however many people."""
    codes = _codes(await tickets_of(event_id, only))
    passages = _passages(await passages_of(event_id, only), points)
    shift_no = {str(shift.id): number for number, shift in enumerate(shifts)}
    status_no = {status.value: number for number, status in enumerate(STATUSES)}
    return [
        PhoneRow(
            short(row["id"]),
            shift_no[str(row["shift_id"])],
            status_no[row["status"]],
            mask_name(row["name"]),
            *codes.get(row["id"], NO_CODES),
            tuple(passages.get(row["id"], ())),
        )
        for row in await enrolled_in(event_id, only)
    ]


def _codes(tickets: Sequence[Row]) -> dict[Key, Codes]:
    """Per enrolment the live and the revoked."""
    found: dict[Key, tuple[list[str], list[str]]] = {}
    for row in tickets:
        lists = found.setdefault(row["enrolment_id"], ([], []))
        lists[bool(row["is_revoked"])].append(short(row["id"]))
    return {key: (tuple(live), tuple(revoked)) for key, (live, revoked) in found.items()}


def _passages(rows: Sequence[Row], points: Sequence[Point]) -> dict[Key, list[tuple[str, int, int]]]:
    point_no = {str(point.id): number for number, point in enumerate(points)}
    found: dict[Key, list[tuple[str, int, int]]] = {}
    for row in rows:
        number = point_no.get(str(row["point_id"]))
        if number is not None:
            passage = (row["direction"], round(row["at"].timestamp() * 1000), number)
            found.setdefault(row["enrolment_id"], []).append(passage)
    return found

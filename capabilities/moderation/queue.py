"""What waits for a person: the doubtful first, copies of one text together, and who has which before them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q

from capabilities import upload, word_list
from capabilities.caller import Caller
from capabilities.greeting import SUBJECT, hits_in
from capabilities.office import Office
from capabilities.word_list import Hit
from kit.likeness import grouped
from kit.paging import BadCursor, limit_of
from kit.seals import decode, encode
from models.greeting import Greeting, GreetingKind
from models.media_check import MediaCheck
from models.upload import Upload

# So many are looked through for copies; what waits beyond them is grouped when its turn comes.
LOOKED_THROUGH = 5_000


@dataclass(frozen=True)
class Waiting:
    """`group_id` is the first of those that are alike, itself among them; `media` is what WeChat said of each part.

    `hits` are where words of our list stand, under the name of the field.
    """

    greeting: Greeting
    media: Sequence[MediaCheck]
    uploads: Sequence[Upload]
    group_id: UUID
    group_count: int
    hits: Mapping[str, Sequence[Hit]]

    @property
    def id(self) -> UUID:
        return self.greeting.id


@dataclass(frozen=True)
class Queue:
    items: list[Waiting]
    next_cursor: str | None


async def waiting(
    office: Office,
    who: Caller,
    *,
    kind: GreetingKind | None,
    group: UUID | None = None,
    cursor: str | None,
    limit: int | None,
) -> Queue:
    """What the machine doubts first, then the oldest; `group` shows only what is like that one."""
    who.require_moderator()
    query = Greeting.awaiting_a_person()
    if kind is not None:
        query = query.filter(kind=kind)
    if group is not None:
        query = query.filter(id__in=await _alike(group) or [group])
    if cursor:
        rank, after = _place(cursor)
        query = query.filter(Q(rank__gt=rank) | Q(rank=rank, id__gt=after))
    size = limit_of(limit)
    rows = await query.order_by("rank", "id").limit(size + 1).prefetch_related("consents")
    return Queue(await shown(office, rows[:size]), _cursor(rows[size - 1]) if len(rows) > size else None)


async def shown(office: Office, rows: Sequence[Greeting]) -> list[Waiting]:
    """Rows with what a moderator wants to see beside them; their consents are there already."""
    groups = await _groups()
    counts: dict[UUID, int] = {}
    for first in groups.values():
        counts[first] = counts.get(first, 0) + 1
    media = await _media_of(rows)
    uploads, finder = await upload.of([row.id for row in rows]), await word_list.finder(office)
    return [
        Waiting(
            greeting=row,
            media=media.get((row.id, row.version), []),
            uploads=uploads[row.id],
            group_id=first,
            group_count=counts.get(first, 1),
            hits=hits_in(finder, row),
        )
        for row, first in ((row, groups.get(row.id, row.id)) for row in rows)
    ]


async def _groups() -> dict[UUID, UUID]:
    """Of what waits: the first one of the group of each."""
    query = Greeting.awaiting_a_person().exclude(likeness=None).order_by("id").limit(LOOKED_THROUGH)
    marks = await query.values_list("id", "kind", "likeness")
    of_kind = {kind: [(row_id, mark) for row_id, its, mark in marks if its == kind] for kind in GreetingKind}
    return {row_id: first for same in of_kind.values() for row_id, first in grouped(same).items()}


async def _alike(group: UUID) -> list[UUID]:
    groups = await _groups()
    first = groups.get(group, group)
    return [row_id for row_id, its in groups.items() if its == first]


async def _media_of(rows: Sequence[Greeting]) -> dict[tuple[UUID, int], list[MediaCheck]]:
    found: dict[tuple[UUID, int], list[MediaCheck]] = {}
    checks = MediaCheck.filter(subject=SUBJECT, subject_id__in=[row.id for row in rows])
    for each in await checks.order_by("id"):
        found.setdefault((each.subject_id, each.version), []).append(each)
    return found


def _cursor(row: Greeting) -> str:
    return encode(bytes([row.rank]) + row.id.bytes)


def _place(cursor: str) -> tuple[int, UUID]:
    raw = decode(cursor)
    if raw is None or len(raw) != 17:
        raise BadCursor
    return raw[0], UUID(bytes=raw[1:])


async def one(office: Office, greeting_id: UUID) -> Waiting:
    """One greeting as a moderator sees it after a decision on it."""
    rows = await Greeting.filter(id=greeting_id).prefetch_related("consents")
    return (await shown(office, rows))[0]

"""Open what stands for a code: six digits from the screen, or a person whom staff found on the roster."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from capabilities.check_in.table import Opened, Presentation
from capabilities.judging import ScannedCode
from capabilities.office import Office
from capabilities.sign_in_code import opens_by_digits
from models.enrolment import Enrolment
from models.event import Point


async def open_by_digits(office: Office, presented: Sequence[Presentation]) -> dict[tuple[UUID, str], Opened]:
    """Digits are tried against the points of the caller's own events only: in a whole city they would be guessed."""
    if not presented:
        return {}
    people = {each.actor_id for each in presented}
    rows = await Enrolment.live().filter(person_id__in=list(people)).select_related("shift")
    of_person: dict[UUID, dict[UUID, Enrolment]] = {}
    for row in rows:
        of_person.setdefault(row.person_id, {})[row.event_id] = row
    event_ids = {row.event_id for row in rows}
    points = await Point.filter(event_id__in=list(event_ids)).select_related("event") if event_ids else []
    opened = {}
    for each in presented:
        theirs = of_person.get(each.actor_id, {})
        point = next(
            (p for p in points if p.event_id in theirs and opens_by_digits(office, p, each.code, each.at)), None
        )
        enrolment = theirs[point.event_id] if point else None
        opened[each.key] = Opened(ScannedCode(is_known=point is not None), point, enrolment)
    return opened


async def open_by_hand(
    presented: Sequence[Presentation], points: Mapping[UUID, Point]
) -> dict[tuple[UUID, str], Opened]:
    ids = {each.enrolment_id for each in presented if each.enrolment_id}
    rows = {row.id: row for row in await Enrolment.filter(id__in=list(ids)).select_related("shift")} if ids else {}
    return {
        each.key: Opened(
            ScannedCode(),
            points.get(each.point_id) if each.point_id else None,
            rows.get(each.enrolment_id) if each.enrolment_id else None,
        )
        for each in presented
    }

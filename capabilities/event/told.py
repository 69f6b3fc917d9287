"""Tell the people of an event what changes for them, and count what became of it, without a name.

Thousands may be enrolled: the change itself only orders a job, which tells them some hundreds at a time.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from capabilities import job
from capabilities.caller import Caller
from capabilities.event.find import for_organizer
from capabilities.event.refusals import NoSuchEvent
from capabilities.message import moment, tell_all
from capabilities.office import Office
from models.database import transaction
from models.enrolment import LIVE, Enrolment, EnrolmentStatus
from models.event import Event
from models.message import Delivery, Message, MessageKind
from models.role import RoleName

TELL = "event.tell"
# One transaction's worth: short enough that a scan or an enrolment beside it does not wait.
AT_ONCE = 200
# Who is told, by what stands in their enrolments once the change is committed.
TOLD: Mapping[MessageKind, Sequence[EnrolmentStatus]] = {
    MessageKind.EVENT_CANCELLED: (EnrolmentStatus.CANCELLED_BY_ORGANIZER,),
    MessageKind.EVENT_CHANGED: LIVE,
}


async def order_telling(office: Office, event_id: UUID, kind: MessageKind, version: int) -> None:
    """In the transaction that makes the change; `version` is the event's after it."""
    about = {"event_id": str(event_id), "kind": kind.value, "version": version}
    await job.put(office, TELL, about, once=f"{TELL}:{event_id}:{version}")


async def tell_enrolled(office: Office, about: Mapping[str, Any]) -> None:
    """The work `event.tell`: done twice it tells nobody twice."""
    event, kind = await Event.get(id=UUID(about["event_id"])), MessageKind(about["kind"])
    enrolled = Enrolment.filter(event_id=event.id, status__in=TOLD[kind]).order_by("id")
    people = list(dict.fromkeys([each.person_id for each in await enrolled.only("id", "person_id")]))
    for start in range(0, len(people), AT_ONCE):
        async with transaction():
            await tell_all(
                office,
                people[start : start + AT_ONCE],
                kind,
                about=_facts(event),
                key=f"{kind}:{event.id}:{about['version']}",
                event_id=event.id,
                not_after=event.ends_at,
            )


def _facts(event: Event) -> dict[str, str]:
    """As they stand now: who is told of the first of two changes hears of the second as well."""
    return {
        "title": event.title,
        "event_id": str(event.id),
        "time": moment(event.starts_at) if event.starts_at else "",
        "place": event.place,
        "reason": event.cancel_reason or "",
    }


async def reminders_of(who: Caller, event_id: UUID) -> dict[tuple[MessageKind, Delivery], int]:
    """For who organizes the event, and for auditors. Raises `NoSuchEvent`, `RoleNeeded` or `NotYourUnit`."""
    if not who.holds(RoleName.AUDITOR):
        await for_organizer(who, event_id)
    elif not await Event.exists(id=event_id):
        raise NoSuchEvent
    return await Message.counts_of(event_id)

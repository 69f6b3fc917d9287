"""Tell the people of an event what changes for them, and count what became of it, without a name."""

from collections.abc import Iterable
from uuid import UUID

from capabilities.caller import Caller
from capabilities.event.find import for_organizer
from capabilities.event.refusals import NoSuchEvent
from capabilities.message import moment, tell_all
from capabilities.office import Office
from models.enrolment import Enrolment
from models.event import Event
from models.message import Delivery, Message, MessageKind
from models.role import RoleName


async def tell_cancelled(office: Office, event: Event, people: Iterable[UUID], reason: str) -> None:
    await tell_all(
        office,
        people,
        MessageKind.EVENT_CANCELLED,
        about=_facts(event) | {"reason": reason},
        key=f"event_cancelled:{event.id}",
        event_id=event.id,
        not_after=event.ends_at,
    )


async def tell_changed(office: Office, event: Event) -> None:
    """When or where it takes place is another now; `event` holds what was saved, with its version."""
    people = await Enrolment.live().filter(event_id=event.id).values_list("person_id", flat=True)
    await tell_all(
        office,
        [UUID(str(each)) for each in people],
        MessageKind.EVENT_CHANGED,
        about=_facts(event),
        key=f"event_changed:{event.id}:{event.version}",
        event_id=event.id,
        not_after=event.ends_at,
    )


def _facts(event: Event) -> dict[str, str]:
    time = moment(event.starts_at) if event.starts_at else ""
    return {"title": event.title, "event_id": str(event.id), "time": time, "place": event.place}


async def reminders_of(who: Caller, event_id: UUID) -> dict[tuple[MessageKind, Delivery], int]:
    """For who organizes the event, and for auditors. Raises `NoSuchEvent`, `RoleNeeded` or `NotYourUnit`."""
    if not who.holds(RoleName.AUDITOR):
        await for_organizer(who, event_id)
    elif not await Event.exists(id=event_id):
        raise NoSuchEvent
    return await Message.counts_of(event_id)

"""What WeChat pushes about reminders: a person switched a kind off, or a message did not arrive after all.

A popup's answers are left aside: the mini-program reports them, see `credits`. Every push may come three times, and
each of these changes is the same the second time.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import structlog

from capabilities.message.credits import withdraw
from capabilities.office import Office
from capabilities.transition import note
from models.database import transaction
from models.message import Delivery, Message, ReminderKind
from models.person import Person
from wechat.push_events import SubscribePush

log = structlog.get_logger(__name__)

SWITCHED_OFF = frozenset({"reject", "ban"})
ARRIVED = "success"
# The push carries no name of ours: it belongs to what this person was sent of this kind just before, if that was one.
SENT_WITHIN = timedelta(minutes=30)
MAY_HAVE_ARRIVED = (Delivery.SENDING, Delivery.SENT, Delivery.UNKNOWN)


async def note_subscription(office: Office, push: SubscribePush) -> None:
    """Act on a push that was verified; unknown people and templates are passed over."""
    if push.event == "popup":
        return
    person = await Person.known_as(push.openid)
    if person is None:
        return
    for template_id, status in push.items:
        reminders = [kind for kind, each in office.templates.items() if each.template_id == template_id]
        if push.event == "change" and status in SWITCHED_OFF:
            gone = await withdraw(person.id, reminders, office.now())
            log.info("reminders_switched_off", subject_id=str(person.id), count=gone)
        if push.event == "sent":
            await _note_outcome(office, person.id, reminders, status)


async def _note_outcome(office: Office, person_id: UUID, reminders: Collection[ReminderKind], status: str) -> None:
    """Where two were sent at about the same time nobody can say which is meant, and both stay as they are."""
    since = office.now() - SENT_WITHIN
    about = await Message.filter(
        person_id=person_id, reminder__in=list(reminders), delivery__in=MAY_HAVE_ARRIVED, claimed_at__gte=since
    ).limit(2)
    if len(about) != 1:
        log.info("reminder_outcome_unclear", subject_id=str(person_id), count=len(about))
        return
    (message,) = about
    after = Delivery.SENT if status == ARRIVED else Delivery.REFUSED
    if message.delivery is not after:
        await _correct(office, message, after, None if after is Delivery.SENT else f"Pushed {status}"[:40])


async def _correct(office: Office, message: Message, after: Delivery, reason: str | None) -> None:
    """What did not arrive gives its place among the two per event back; its acceptance is spent all the same."""
    now = office.now()
    slot = message.slot if after is Delivery.SENT else None
    async with transaction():
        read = Message.filter(id=message.id, delivery=message.delivery)
        if await read.update(delivery=after, reason=reason, settled_at=now, slot=slot):
            await note("message", message.id, None, message.delivery, after, now, reason)

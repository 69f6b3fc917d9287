"""Tell people something: a row in the inbox and, where a consent is left, a reminder that waits to be sent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from capabilities import job
from capabilities.message.quiet_hours import next_waking
from capabilities.message.wording import WORDINGS, render
from capabilities.office import Office
from models.message import Credit, Delivery, Message, MessageKind, ReminderKind

SEND = "message.send"
# A reminder that could not be sent for so long would puzzle rather than help; the message stays in the inbox.
KEEPS_FOR = timedelta(days=2)
PER_EVENT = 2
# A change never takes the last of the two: that one is kept for what cannot wait, an offer or a cancellation.
SLOTS: Mapping[MessageKind, Sequence[int]] = {MessageKind.EVENT_CHANGED: (1,)}
ALL_SLOTS = (1, 2)
# Databases bound how many values one question may carry.
AT_ONCE = 1000


@dataclass(frozen=True)
class News:
    """Something to tell one person. `key` makes it once per person; no reminder leaves at or after `not_after`."""

    person_id: UUID
    kind: MessageKind
    about: Mapping[str, str] = field(repr=False)
    key: str
    event_id: UUID | None = None
    not_after: datetime | None = None


async def tell(
    office: Office,
    person_id: UUID,
    kind: MessageKind,
    *,
    about: Mapping[str, str],
    key: str,
    event_id: UUID | None = None,
    not_after: datetime | None = None,
) -> None:
    """In the caller's transaction: put a message in the person's inbox and, where a consent is left, in the outbox.

    `about` holds the facts that `wording.WORDINGS` names, as text for people; a second call with the same `key` does
    nothing.
    """
    await tell_each(office, [News(person_id, kind, about, key, event_id, not_after)])


async def tell_all(
    office: Office,
    people: Iterable[UUID],
    kind: MessageKind,
    *,
    about: Mapping[str, str],
    key: str,
    event_id: UUID | None = None,
    not_after: datetime | None = None,
) -> None:
    """The same to many people, in a few statements."""
    await tell_each(office, [News(each, kind, about, key, event_id, not_after) for each in people])


async def tell_each(office: Office, news: Sequence[News]) -> None:
    """In one order of people, so that two callers who tell many never wait for each other in a circle."""
    ordered = sorted(news, key=lambda each: (each.person_id, each.key))
    for start in range(0, len(ordered), AT_ONCE):
        await _tell_some(office, ordered[start : start + AT_ONCE])


async def _tell_some(office: Office, news: Sequence[News]) -> None:
    now = office.now()
    messages = [_message(office, each, now) for each in news]
    await _keep_back(messages)
    await Message.bulk_create(messages, ignore_conflicts=True)
    waiting = {each.id: each for each in messages if each.delivery is Delivery.WAITING}
    # Of those that were told before, the earlier row stands and this one was never written.
    written = await Message.filter(id__in=list(waiting)).only("id").order_by("id") if waiting else []
    await job.put_all(office, [order_of(waiting[each.id]) for each in written])


def order_of(message: Message) -> job.Ordered:
    once = f"{SEND}:{message.id}:{message.send_after:%Y%m%dT%H%M%S}"
    return job.Ordered(SEND, {"message_id": str(message.id)}, not_before=message.send_after, once=once)


def _message(office: Office, news: News, now: datetime) -> Message:
    """Waits for its hour where this kind has a template and its time is not over by then."""
    wording, rendered = WORDINGS[news.kind], render(news.kind, news.about, now)
    send_after = next_waking(now, office.quiet_from, office.quiet_until, is_urgent=wording.is_urgent)
    send_until = min(news.not_after or now + KEEPS_FOR, now + KEEPS_FOR)
    may_be_sent = wording.reminder in office.templates and send_after < send_until
    return Message(
        person_id=news.person_id,
        event_id=news.event_id,
        kind=news.kind,
        key=news.key,
        title=rendered.title,
        words=rendered.words,
        page=rendered.page,
        at=now,
        delivery=Delivery.WAITING if may_be_sent else Delivery.INBOX_ONLY,
        reminder=wording.reminder,
        values=msgspec.json.encode(rendered.values).decode(),
        send_after=send_after if may_be_sent else None,
        send_until=send_until if may_be_sent else None,
    )


async def _keep_back(messages: Sequence[Message]) -> None:
    """Send nothing where no consent is left or two reminders on this event went out; the sending looks again."""
    waiting = [each for each in messages if each.delivery is Delivery.WAITING]
    if not waiting:
        return
    credited = await _credited(waiting)
    taken = await _taken(waiting)
    for each in waiting:
        is_full = each.event_id is not None and taken.issuperset(
            (each.person_id, each.event_id, slot) for slot in slots_of(each.kind)
        )
        if is_full or (each.person_id, each.reminder) not in credited:
            each.delivery, each.send_after, each.send_until = Delivery.INBOX_ONLY, None, None


async def _credited(messages: Sequence[Message]) -> Collection[tuple[UUID, ReminderKind]]:
    people, reminders = {each.person_id for each in messages}, {each.reminder for each in messages}
    return {(each.person_id, each.reminder) for each in await Credit.left(people, reminders)}


async def _taken(messages: Sequence[Message]) -> set[tuple[UUID, UUID, int]]:
    events = {each.event_id for each in messages if each.event_id}
    if not events:
        return set()
    people = {each.person_id for each in messages}
    sent = Message.filter(event_id__in=list(events), person_id__in=list(people), slot__isnull=False)
    return {(each.person_id, each.event_id, each.slot) for each in await sent if each.event_id and each.slot}


def slots_of(kind: MessageKind) -> Sequence[int]:
    return SLOTS.get(kind, ALL_SLOTS)

"""Send the reminders that wait: claimed once, sent once, and never again when nobody knows what became of one.

Between the claim and WeChat's word a reminder is `sending`. Whoever is stopped there leaves it so; a round makes it
`unknown`, and nothing ever makes `unknown` wait again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog
from tortoise.exceptions import IntegrityError

from capabilities import job
from capabilities.message.credits import give_back, spend, withdraw
from capabilities.message.news import order_of, slots_of
from capabilities.message.quiet_hours import next_waking
from capabilities.message.wording import NOTHING, WORDINGS
from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Refusal
from models.database import transaction
from models.message import Delivery, Message, MessageKind
from wechat.errors import (
    ReminderNotAccepted,
    ReminderOutcomeUnknown,
    WeChatMisconfigured,
    WeChatQuotaUsedUp,
    WeChatUnavailable,
)
from wechat.reminder import ReminderTemplate

log = structlog.get_logger(__name__)

# WeChat's answer comes within seconds or not at all.
NO_ANSWER_AFTER = timedelta(minutes=5)
# The rest comes at the next turn of the rounds.
AT_ONE_TURN = 500
# Surely not sent, and nothing is wrong with the reminder itself.
LATER = (WeChatUnavailable, WeChatQuotaUsedUp)
# A newer word on the event that makes an older one pointless.
SUPERSEDED_BY: Mapping[MessageKind, tuple[MessageKind, ...]] = {
    MessageKind.EVENT_CHANGED: (MessageKind.EVENT_CHANGED, MessageKind.EVENT_CANCELLED),
    MessageKind.PLACE_OFFERED: (MessageKind.EVENT_CANCELLED,),
}


async def send(office: Office, about: Mapping[str, Any]) -> None:
    """The work `message.send`: does nothing for what is not waiting.

    Raises `job.OutcomeUnknown` where the reminder may have arrived, and WeChat's refusal where it waits again.
    """
    message = await Message.get_or_none(id=UUID(about["message_id"])).select_related("person")
    if message is None or message.delivery is not Delivery.WAITING or await _put_off(office, message):
        return
    template = await _claim(office, message)
    if template is None:
        return
    try:
        await _ask(office, message, template)
    except ReminderOutcomeUnknown:
        await settle(office, message, Delivery.UNKNOWN, "NoAnswer")
        raise job.OutcomeUnknown from None
    except Refusal as refusal:
        if _may_be_sent_later(refusal):
            await _wait_again(office, message, refusal)
            raise
        await _refused(office, message, refusal)
    else:
        await settle(office, message, Delivery.SENT, None)


async def _put_off(office: Office, message: Message) -> bool:
    """True where it has become night meanwhile: the job is ordered anew for the morning."""
    wording, now = WORDINGS[message.kind], office.now()
    waking = next_waking(now, office.quiet_from, office.quiet_until, is_urgent=wording.is_urgent)
    if waking == now:
        return False
    async with transaction():
        if await Message.filter(id=message.id, delivery=Delivery.WAITING).update(send_after=waking):
            message.send_after = waking
            await job.put_all(office, [order_of(message)])
    return True


async def _claim(office: Office, message: Message) -> ReminderTemplate | None:
    """Take it up for sending with a credit and a place among the two per event; None where somebody has, or may not."""
    now, template = office.now(), office.templates.get(message.reminder)
    async with transaction():
        waiting = Message.filter(id=message.id, delivery=Delivery.WAITING)
        if not await waiting.update(delivery=Delivery.SENDING, claimed_at=now):
            return None
        message.claimed_at = now
        obstacle = await _obstacle(message, template, now)
        if obstacle is None:
            return template
        delivery, reason = obstacle
        sending = Message.filter(id=message.id)
        await sending.update(delivery=delivery, reason=reason, slot=None, claimed_at=None, settled_at=now)
        await note("message", message.id, None, Delivery.WAITING, delivery, now, reason)
        return None


async def _obstacle(message: Message, template: ReminderTemplate | None, now: datetime) -> tuple[Delivery, str] | None:
    """Why it is not to be sent after all; what was true when it was written may have changed. Else it is paid for."""
    if message.person.closed_at is not None:
        return Delivery.EXPIRED, "PersonClosed"
    if message.send_until is None or message.send_until <= now:
        return Delivery.EXPIRED, "TooLate"
    if await _is_superseded(message):
        return Delivery.EXPIRED, "Superseded"
    if message.read_at is not None:
        return Delivery.INBOX_ONLY, "AlreadyRead"
    if template is None:
        return Delivery.INBOX_ONLY, "NoTemplate"
    if message.event_id is not None and not await _take_slot(message):
        return Delivery.INBOX_ONLY, "EnoughForThisEvent"
    if not await spend(message, now):
        return Delivery.INBOX_ONLY, "NoCreditLeft"
    return None


async def _is_superseded(message: Message) -> bool:
    newer = SUPERSEDED_BY.get(message.kind, ())
    if message.event_id is None or not newer:
        return False
    same = Message.filter(person_id=message.person_id, event_id=message.event_id)
    return await same.filter(kind__in=newer, id__gt=message.id).exists()


async def _take_slot(message: Message) -> bool:
    """One of the two reminders per person and event; the unique key decides between two at the same moment."""
    for slot in slots_of(message.kind):
        try:
            # Within a savepoint: PostgreSQL would give up the whole transaction with the refused statement.
            async with transaction():
                await Message.filter(id=message.id).update(slot=slot)
        except IntegrityError:
            continue
        return True
    return False


async def _ask(office: Office, message: Message, template: ReminderTemplate) -> None:
    values = msgspec.json.decode(message.values, type=dict[str, str])
    data = {key: values.get(ours) or NOTHING.get(ours, "") for ours, key in template.keys.items()}
    await office.wechat.send_reminder(
        message.person.openid, template_id=template.template_id, page=message.page, data=data
    )


async def settle(office: Office, message: Message, after: Delivery, reason: str | None, **changes: Any) -> bool:
    """WeChat's word, or that there is none. False where it is settled already: a push may have been faster."""
    now = office.now()
    async with transaction():
        claimed = Message.filter(id=message.id, delivery=Delivery.SENDING, claimed_at=message.claimed_at)
        if not await claimed.update(delivery=after, reason=reason, settled_at=now, **changes):
            return False
        await note("message", message.id, None, Delivery.SENDING, after, now, reason)
    return True


def _may_be_sent_later(refusal: Refusal) -> bool:
    return isinstance(refusal, LATER) or (isinstance(refusal, WeChatMisconfigured) and refusal.is_about_us)


async def _wait_again(office: Office, message: Message, refusal: Refusal) -> None:
    """WeChat surely did nothing, so the credit and the place among the two are free again."""
    async with transaction():
        claimed = Message.filter(id=message.id, delivery=Delivery.SENDING, claimed_at=message.claimed_at)
        if await claimed.update(delivery=Delivery.WAITING, claimed_at=None, slot=None):
            await give_back(message)
            await note("message", message.id, None, Delivery.SENDING, Delivery.WAITING, office.now(), refusal.code)


async def _refused(office: Office, message: Message, refusal: Refusal) -> None:
    """A final no. Where the person refused, WeChat has no acceptance of this kind; else it still has this one."""
    async with transaction():
        if not await settle(office, message, Delivery.REFUSED, _reason_of(refusal), slot=None):
            return
        if isinstance(refusal, ReminderNotAccepted):
            await withdraw(message.person_id, [message.reminder], office.now())
        else:
            await give_back(message)
    log.warning("reminder_refused", subject_id=str(message.id), reason=_reason_of(refusal))


def _reason_of(refusal: Refusal) -> str:
    errcode = refusal.errcode if isinstance(refusal, WeChatMisconfigured) else None
    return f"{refusal.code} {errcode}" if errcode else refusal.code


async def give_up_unanswered(office: Office) -> int:
    """What was taken up and never settled may have arrived: `unknown` for good. Returns how many."""
    lost = await Message.claimed_before(office.now() - NO_ANSWER_AFTER).limit(AT_ONE_TURN)
    return sum([await settle(office, each, Delivery.UNKNOWN, "Stopped") for each in lost])


async def expire_unsent(office: Office) -> int:
    """What waited beyond its time stays in the inbox only; returns how many."""
    now = office.now()
    expired = 0
    for each in await Message.waiting_in_vain(now).limit(AT_ONE_TURN):
        async with transaction():
            waiting = Message.filter(id=each.id, delivery=Delivery.WAITING)
            if await waiting.update(delivery=Delivery.EXPIRED, reason="TooLate", settled_at=now):
                await note("message", each.id, None, Delivery.WAITING, Delivery.EXPIRED, now, "TooLate")
                expired += 1
    return expired

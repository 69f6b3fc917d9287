"""Consents end: withdrawn, run out, or with the greeting; what was chosen falls back and every copy is taken down."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from capabilities.channel_consent.live import lock
from capabilities.channel_consent.texts import local_day
from capabilities.office import Office, Topic
from capabilities.take_down import order_take_downs
from capabilities.transition import note
from models.database import transaction
from models.greeting import Channel, ChannelConsent, Greeting, GreetingStatus
from models.placement import Selection, TakeDownReason

GIVEN, REPLACED, RUN_OUT, WITHDRAWN = "given", "replaced", "run_out", "withdrawn"
AT_ONCE = 200


async def end(
    consents: Sequence[ChannelConsent],
    actor_id: UUID | None,
    now: datetime,
    reason: TakeDownReason | None = TakeDownReason.CONSENT_WITHDRAWN,
) -> None:
    """End consents of one greeting, under its lock. Without a reason it is only replaced, and its copies stay."""
    after = _after(reason)
    for each in consents:
        await ChannelConsent.filter(id=each.id, withdrawn_at=None).update(withdrawn_at=now)
        await note("channel_consent", each.id, actor_id, GIVEN, after, now, reason)
    if consents and reason is not None:
        ids, channels = [consents[0].greeting_id], [each.channel for each in consents]
        await order_take_downs(ids, reason, actor_id, now, channels=channels)
        if reason is not TakeDownReason.NAME_CHANGED:
            await end_selections(ids, actor_id, now, channels=channels)


def _after(reason: TakeDownReason | None) -> str:
    if reason in (None, TakeDownReason.NAME_CHANGED):
        return REPLACED
    return RUN_OUT if reason is TakeDownReason.CONSENT_RUN_OUT else WITHDRAWN


async def withdraw_all(
    greeting_ids: Collection[UUID],
    at: datetime,
    *,
    actor_id: UUID | None,
    reason: TakeDownReason = TakeDownReason.GREETING_WITHDRAWN,
) -> None:
    """Every consent of these greetings ends and every copy is taken down, within the caller's transaction."""
    await lock(greeting_ids)
    live = await ChannelConsent.filter(greeting_id__in=list(greeting_ids), withdrawn_at=None).order_by("id")
    await ChannelConsent.filter(id__in=[each.id for each in live]).update(withdrawn_at=at)
    for each in live:
        await note("channel_consent", each.id, actor_id, GIVEN, WITHDRAWN, at, reason)
    await end_selections(greeting_ids, actor_id, at)
    await order_take_downs(greeting_ids, reason, actor_id, at)


async def end_selections(
    greeting_ids: Collection[UUID],
    actor_id: UUID | None,
    now: datetime,
    *,
    channels: Collection[Channel] | None = None,
) -> None:
    """End what was chosen, for these channels or for all; what is chosen for no channel any more is accepted again."""
    chosen = Selection.live().filter(greeting_id__in=list(greeting_ids))
    if channels is not None:
        chosen = chosen.filter(channel__in=list(channels))
    for each in await chosen.order_by("id"):
        if await Selection.live().filter(id=each.id).update(ended_at=now):
            await note("selection", each.id, actor_id, "selected", "ended", now)
    for greeting_id in sorted(greeting_ids):
        if await Selection.live().filter(greeting_id=greeting_id).exists():
            continue
        held = Greeting.filter(id=greeting_id, status=GreetingStatus.SELECTED)
        if await held.update(status=GreetingStatus.ACCEPTED):
            await note("greeting", greeting_id, actor_id, GreetingStatus.SELECTED, GreetingStatus.ACCEPTED, now)


async def end_run_out_consents(office: Office) -> int:
    """A round: end what is past its last day and take its copies down; returns how many greetings that were."""
    now = office.now()
    ids = await ChannelConsent.run_out(local_day(now)).order_by("until", "id").limit(AT_ONCE).values_list("greeting_id")
    greeting_ids = sorted({row[0] for row in ids})
    for greeting_id in greeting_ids:
        async with transaction():
            await lock([greeting_id])
            # Asked again under the lock: the writer may have given it anew meanwhile.
            over = await ChannelConsent.run_out(local_day(now)).filter(greeting_id=greeting_id).order_by("id")
            await end(over, None, now, TakeDownReason.CONSENT_RUN_OUT)
            office.announce(Topic.WALL)
    return len(greeting_ids)

"""The one question before a greeting leaves: does its writer agree, now, to this channel?"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from capabilities.channel_consent.refusals import ChannelConsentMissing
from capabilities.channel_consent.texts import local_day
from models.greeting import Channel, ChannelConsent, Greeting


async def require_live(greeting_ids: Collection[UUID], channel: Channel, now: datetime) -> dict[UUID, ChannelConsent]:
    """The consents by greeting, under the greetings' locks, so that none can be withdrawn before the caller commits.

    Call it within the transaction that lets the greetings leave. Raises `ChannelConsentMissing` naming the others.
    """
    await lock(greeting_ids)
    rows = await ChannelConsent.live(channel, local_day(now)).filter(greeting_id__in=list(greeting_ids))
    live = {each.greeting_id: each for each in rows}
    missing = [str(each) for each in greeting_ids if each not in live]
    if missing:
        raise ChannelConsentMissing(greeting_ids=missing, channel=channel.value)
    return live


async def lock(greeting_ids: Collection[UUID]) -> dict[UUID, Greeting]:
    """The greetings, locked in the order of their ids, whoever asks: who gives, ends or uses a consent comes here."""
    rows = await Greeting.filter(id__in=list(greeting_ids)).order_by("id").select_for_update()
    return {each.id: each for each in rows}

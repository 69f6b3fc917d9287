"""Where its writer agrees that a greeting may be shown."""

from collections.abc import Sequence
from datetime import datetime

from capabilities.consent import POLICY_VERSION
from models.greeting import Channel, ChannelConsent, Greeting


async def agree_to(greeting: Greeting, channels: Sequence[Channel], now: datetime) -> None:
    """Make the live consents those that were just given; the others end now."""
    live = await ChannelConsent.filter(greeting_id=greeting.id, withdrawn_at=None)
    gone = [each.id for each in live if each.channel not in channels]
    if gone:
        await ChannelConsent.filter(id__in=gone).update(withdrawn_at=now)
    present = {each.channel for each in live}
    await ChannelConsent.bulk_create(
        ChannelConsent(
            greeting_id=greeting.id,
            person_id=greeting.person_id,
            channel=channel,
            policy_version=POLICY_VERSION,
            given_at=now,
        )
        for channel in dict.fromkeys(channels)
        if channel not in present
    )

"""Consent per channel (授权): its exact text, until when, under which name; required wherever a greeting leaves."""

from capabilities.channel_consent.end import end_run_out_consents, end_selections, withdraw_all
from capabilities.channel_consent.give import Choice, agree_to, choose, name_on
from capabilities.channel_consent.live import lock, require_live
from capabilities.channel_consent.refusals import (
    ChannelConsentInvalid,
    ChannelConsentMissing,
    ChannelTextOutdated,
    NoSuchChannel,
)
from capabilities.channel_consent.texts import (
    OWN_CHANNELS,
    TEXT_VERSION,
    ChannelText,
    channel_named,
    channel_texts,
    last_day_by_default,
    local_day,
    text_of,
)

__all__ = [
    "OWN_CHANNELS",
    "TEXT_VERSION",
    "ChannelConsentInvalid",
    "ChannelConsentMissing",
    "ChannelText",
    "ChannelTextOutdated",
    "Choice",
    "NoSuchChannel",
    "agree_to",
    "channel_named",
    "channel_texts",
    "choose",
    "end_run_out_consents",
    "end_selections",
    "last_day_by_default",
    "local_day",
    "lock",
    "name_on",
    "require_live",
    "text_of",
    "withdraw_all",
]

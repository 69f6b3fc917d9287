"""What exactly is agreed to for each channel: where, used by whom, edited how, unpaid, until when, how to withdraw.

A version that somebody has agreed to is never edited: a new text is a new version beside it, and the old one stays the
proof of what was agreed to.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from capabilities.channel_consent.refusals import NoSuchChannel
from kit.clock import LOCAL
from models.code_list import codes
from models.greeting import Channel

TEXT_VERSION = "2026-11-24"
# Shown by this system itself, so that it is gone at once when a consent ends.
OWN_CHANNELS = frozenset({Channel.WALL, Channel.SITE})


@dataclass(frozen=True)
class ChannelText:
    channel: Channel
    name: str
    version: str
    text: str
    is_own: bool


def channel_texts(version: str = TEXT_VERSION) -> list[ChannelText]:
    """In the order of the code list."""
    names = codes("channel")
    return [
        ChannelText(channel, names[channel], version, text_of(channel, version), channel in OWN_CHANNELS)
        for channel in Channel
    ]


def channel_named(name: str) -> Channel:
    """Raises `NoSuchChannel`."""
    if name not in set(Channel):
        raise NoSuchChannel(known=list(Channel))
    return Channel(name)


def text_of(channel: Channel, version: str) -> str:
    texts = _versions()[version]
    return "\n".join([*texts["channels"][channel], *texts["common"]])


@cache
def _versions() -> Mapping[str, Any]:
    versions: Mapping[str, Any] = json.loads(Path(__file__).with_name("texts.json").read_text(encoding="utf-8"))
    return versions


def local_day(now: datetime) -> date:
    return now.astimezone(LOCAL).date()


def last_day_by_default(now: datetime) -> date:
    """The end of the year after, as the text says."""
    return date(local_day(now).year + 1, 12, 31)

"""Where a greeting may be shown: the texts to agree to, and the choice."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import channel_consent, greeting, upload
from capabilities.caller import Caller
from capabilities.channel_consent import ChannelConsentInvalid, ChannelText, ChannelTextOutdated, Choice
from capabilities.consent import ConsentNeeded
from capabilities.greeting import GreetingInvalid, GreetingNotChangeable, NoSuchGreeting
from capabilities.office import Office
from miniapp_api.door import door
from miniapp_api.greeting import MyGreeting
from models.greeting import Byline, Channel


class ChannelOffered(msgspec.Struct):
    """`text` is what is agreed to, word by word. `is_own`: gone at once when the consent ends."""

    channel: Channel
    name: str
    text_version: str
    text: str
    is_own: bool
    until_by_default: date

    @classmethod
    def of(cls, text: ChannelText, until: date) -> "ChannelOffered":
        return cls(text.channel, text.name, text.version, text.text, text.is_own, until)


class ChannelChosen(msgspec.Struct, forbid_unknown_fields=True):
    """`until` is the last day, at most the end of next year; without `show_name` it is signed as the greeting is."""

    channel: Channel
    until: date | None = None
    show_name: Byline | None = None


class ChannelsChosen(msgspec.Struct, forbid_unknown_fields=True):
    """All that is agreed to from now on; what is left out is withdrawn. `text_version` is what was read."""

    channels: Annotated[list[ChannelChosen], Meta(max_length=len(Channel))]
    text_version: Annotated[str, Meta(max_length=20)] | None = None

    def choices(self) -> list[Choice]:
        return [Choice(each.channel, each.until, each.show_name) for each in self.channels]


@door.get("/channels")
async def list_channels(office: Office) -> list[ChannelOffered]:
    """展示渠道和各自的授权说明"""
    until = channel_consent.last_day_by_default(office.now())
    return [ChannelOffered.of(each, until) for each in channel_consent.channel_texts()]


@door.put(
    "/greetings/<greeting_id:uuid>/channels",
    limit=8192,
    refusals=(
        NoSuchGreeting,
        ConsentNeeded,
        ChannelTextOutdated,
        ChannelConsentInvalid,
        GreetingInvalid,
        GreetingNotChangeable,
    ),
)
async def choose(who: Caller, office: Office, greeting_id: UUID, what: ChannelsChosen) -> MyGreeting:
    """选择或撤回展示渠道（不重新审核）"""
    chosen = await greeting.choose_channels(office, who, greeting_id, what.choices(), text_version=what.text_version)
    return MyGreeting.of(office, chosen, await upload.of([chosen.id]))

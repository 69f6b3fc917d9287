"""Choose anew where a greeting may be shown, without touching its words."""

from collections.abc import Sequence
from uuid import UUID

from capabilities.caller import Caller
from capabilities.channel_consent import TEXT_VERSION, ChannelTextOutdated, Choice, choose, lock
from capabilities.consent import require_consent
from capabilities.greeting.change import CHANGEABLE
from capabilities.greeting.find import one_of
from capabilities.greeting.refusals import GreetingInvalid, GreetingNotChangeable
from capabilities.office import Office, Topic
from models.consent import ConsentScope
from models.database import transaction
from models.greeting import Greeting, GreetingKind


async def choose_channels(
    office: Office, who: Caller, greeting_id: UUID, choices: Sequence[Choice], *, text_version: str | None
) -> Greeting:
    """Make the consents exactly these; what is left out is withdrawn, and its copies are taken down.

    `text_version` is what the writer has read; None takes it for the present one. Raises `NoSuchGreeting`,
    `ChannelTextOutdated`, `ChannelConsentInvalid`, `GreetingInvalid` or `GreetingNotChangeable`.
    """
    greeting = await one_of(who, greeting_id)
    if choices:
        await require_consent(who.person_id, ConsentScope.POLICY)
    if choices and text_version not in (None, TEXT_VERSION):
        raise ChannelTextOutdated(text_version=TEXT_VERSION)
    if greeting.kind is not GreetingKind.GREETING:
        raise GreetingInvalid(fields={"channels": "建议不公开展示，无需选择展示渠道"})
    async with transaction():
        held = (await lock([greeting.id]))[greeting.id]
        if held.status not in CHANGEABLE:
            raise GreetingNotChangeable(greeting_status=held.status.value)
        await choose(held, choices, office.now())
        office.announce(Topic.WALL)
    return await Greeting.get(id=greeting.id).prefetch_related("consents")

"""Leave what one wrote: it is stored, looked at by WeChat, and waits for a person."""

from capabilities import suggestion
from capabilities.caller import Caller
from capabilities.channel_consent import agree_to
from capabilities.consent import require_consent
from capabilities.event import NoCampaign
from capabilities.greeting.check import check
from capabilities.greeting.media import put_in
from capabilities.greeting.words import NewGreeting, fill, keep_text
from capabilities.office import Office
from capabilities.transition import note
from models.campaign import Campaign
from models.consent import ConsentScope
from models.database import transaction
from models.greeting import Greeting, GreetingStatus


async def leave(office: Office, who: Caller, new: NewGreeting) -> Greeting:
    """Store what was written, have WeChat look at it, and hand it to a person.

    Raises `ConsentNeeded`, `GuardianNeeded`, `GreetingInvalid`, `WordingRefused` or `UploadsUnfit`; nothing is stored
    then. WeChat being down is no refusal: the greeting waits for a person.
    """
    await require_consent(who.person_id, ConsentScope.POLICY)
    campaign = await Campaign.current()
    if campaign is None:
        raise NoCampaign
    greeting = Greeting(
        campaign=campaign, person_id=who.person_id, kind=new.kind, status=GreetingStatus.SUBMITTED, version=1
    )
    await fill(office, greeting, new)
    async with transaction():
        await greeting.save(force_create=True)
        await keep_text(greeting, office.now())
        await put_in(office, greeting, new.upload_ids)
        await agree_to(greeting, new.channels, office.now())
        await suggestion.open_case(greeting, new.is_anonymous_to_handler, office.now())
        await note("greeting", greeting.id, who.person_id, None, greeting.status, office.now())
    return await check(office, greeting)

"""Appeal (申诉) against a refusal, by a machine or a person, once."""

from uuid import UUID

from capabilities import suggestion
from capabilities.caller import Caller
from capabilities.greeting.check import SUBJECT
from capabilities.greeting.find import one_of
from capabilities.greeting.refusals import AlreadyAppealed, NotRefused
from capabilities.office import Office
from capabilities.transition import note
from models.database import transaction
from models.greeting import Greeting, GreetingStatus

LONGEST_APPEAL = 300


async def appeal(office: Office, who: Caller, greeting_id: UUID, words: str) -> Greeting:
    """Have a person look again, another than who refused. The words are for the moderators and shown nowhere.

    Raises `NoSuchGreeting`, `NotRefused` or `AlreadyAppealed`.
    """
    greeting = await one_of(who, greeting_id)
    before, after, now = GreetingStatus.REJECTED, GreetingStatus.PENDING_REVIEW, office.now()
    async with transaction():
        refused = Greeting.filter(id=greeting.id, version=greeting.version, status=before, appealed_at=None)
        appealed = await refused.update(
            status=after,
            appealed_at=now,
            appeal_words=words.strip(),
            appealed_from_id=greeting.decided_by_id,
            decided_by_id=None,
            decided_at=None,
        )
        if appealed:
            await note(SUBJECT, greeting.id, who.person_id, before, after, now, "appeal")
            await suggestion.follow(greeting.id, after, who.person_id, now)
    row = await Greeting.get(id=greeting.id).prefetch_related("consents")
    if not appealed:
        raise AlreadyAppealed if row.appealed_at else NotRefused
    return row

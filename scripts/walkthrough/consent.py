"""Act 2: everybody agrees to the policy; a few try to go on without."""

from scripts.walkthrough.people import Person, Volunteer
from scripts.walkthrough.stage import Stage

IMPATIENT_EVERY = 15
HALF_CONSENT_EVERY = 25
TWICE_EVERY = 30


async def agree(stage: Stage) -> None:
    cast = stage.cast
    await stage.each("同意规则", [*cast.officials, *cast.volunteers], _agree)


async def _agree(person: Person) -> None:
    if isinstance(person, Volunteer):
        await _try_without(person)
    await person.agree()


async def _try_without(person: Volunteer) -> None:
    if person.number % IMPATIENT_EVERY == 6:
        await person.ask("PUT", "/me/volunteer", person.form, refusal="ConsentNeeded")
    if person.number % HALF_CONSENT_EVERY == 7:
        # The ID number is sensitive and wants a consent of its own beside the policy's.
        await person.agree("policy")
        await person.ask("PUT", "/me/volunteer", person.form, refusal="ConsentNeeded")
    if person.number % TWICE_EVERY == 8:
        await person.agree()
        outdated = {"policy_version": "2000-01-01", "scopes": ["policy"]}
        await person.ask("POST", "/me/consents", outdated, refusal="PolicyOutdated")

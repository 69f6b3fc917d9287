"""The story from the first log-in to the last log-out, in acts, and everything read back before the curtain."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from rich.progress import Progress

from capabilities.campaign_file import CampaignFile, EventLine
from scripts.walkthrough import appeal, consent, enrolment, event, log_in, registration
from scripts.walkthrough.afterwards import Afterwards
from scripts.walkthrough.api import Api, Unexpected
from scripts.walkthrough.check_in import Hall
from scripts.walkthrough.erasure import Erasure
from scripts.walkthrough.greeting import Desk
from scripts.walkthrough.ledger import Ledger
from scripts.walkthrough.made_up import identities, names
from scripts.walkthrough.network_cut import NetworkCut
from scripts.walkthrough.people import Moderator, Organizer, Staff, Volunteer
from scripts.walkthrough.picture import Gallery
from scripts.walkthrough.reminder import Inbox
from scripts.walkthrough.stage import Cast, Stage
from scripts.walkthrough.suggestion import Suggestions
from scripts.walkthrough.team import Teams
from scripts.walkthrough.wechat import WeChat

FEWEST_VOLUNTEERS, FEWEST_EVENTS = 12, 4
STAFF = 3
# No run makes people faster than this, so the ID numbers of two runs never meet.
MOST_PER_SECOND = 1_000
# City, unit and two moderators.
OFFICIALS = 4


@dataclass(frozen=True)
class Options:
    """`invitation` makes the first city administrator; whoever has it can, so it is never shown."""

    url: str
    wechat: str
    invitation: str = field(repr=False)
    volunteers: int = 300
    events: int = 12
    at_once: int = 40
    seed: int = 0


@dataclass
class Outcome:
    options: Options
    ledger: Ledger
    seconds: float = 0.0
    acts: dict[str, float] = field(default_factory=dict)


async def walk(
    options: Options,
    content: CampaignFile,
    progress: Progress,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Outcome:
    """Play it once. Raises `httpx.HTTPError` where there is no simulator; every fault of the server is in the ledger.

    `transport` is for tests that put something false between the people and the server.
    """
    began, outcome = time.perf_counter(), Outcome(options, Ledger())
    api, wechat = Api(options.url, outcome.ledger, options.at_once, transport), WeChat(options.wechat)
    try:
        stage = await _set_up(options, content, api, wechat, progress)
        outcome.acts = stage.seconds
        await _play(stage, event.chosen(content.events, options.events), options.invitation)
    except Unexpected:
        # Somebody without whom the story cannot go on was refused; the ledger has it.
        pass
    finally:
        await api.close()
        await wechat.close()
    outcome.seconds = time.perf_counter() - began
    return outcome


async def _set_up(options: Options, content: CampaignFile, api: Api, wechat: WeChat, progress: Progress) -> Stage:
    # Only choices hang on the seed. ID numbers, nonces and people are new in each run.
    dice = random.Random(options.seed)  # noqa: S311 # a story that can be told again keeps no secret
    people = await wechat.crowd(options.volunteers + STAFF + OFFICIALS)
    units = [each["code"] for each in (await api.ask("GET", "/units")).json]
    divisions = [each["code"] for each in (await api.ask("GET", "/codes/division")).json]
    fresh = identities(int(time.time()) * MOST_PER_SECOND)
    forms = registration.forms(names(dice), fresh, units, divisions, options.volunteers)
    volunteers = [Volunteer(api, people.pop(), number, form) for number, form in enumerate(forms)]
    cast = Cast(
        city=Organizer(api, people.pop()),
        unit=Organizer(api, people.pop()),
        moderator=Moderator(api, people.pop()),
        second_moderator=Moderator(api, people.pop()),
        staff=[Staff(api, people.pop()) for _ in range(STAFF)],
        all_volunteers=volunteers,
    )
    cast.unit.unit_code = event.unit_with_events(content.events)
    return Stage(api, wechat, api.ledger, cast, dice, progress)


async def _play(stage: Stage, lines: Sequence[EventLine], invitation: str) -> None:
    await log_in.log_in(stage)
    await consent.agree(stage)
    await _give_roles(stage, invitation)
    await registration.register(stage)
    await registration.review(stage)
    inbox, teams = Inbox(stage), Teams(stage)
    await inbox.allow()
    await teams.found()
    await teams.fill()
    await event.stage_events(stage, lines)
    await enrolment.enrol(stage)
    await enrolment.move_up(stage)
    await event.call_off(stage)
    hall, desk = Hall(stage), Desk(stage)
    cut, gallery, suggestions = NetworkCut(stage, hall), Gallery(stage, desk), Suggestions(stage, desk)
    await hall.open()
    await cut.upload()
    await hall.close()
    await desk.leave_all()
    await desk.moderate()
    await appeal.appeal(stage, desk)
    await gallery.show()
    await suggestions.follow()
    await desk.change_wall()
    await hall.try_early_codes()
    for act in (cut, teams, suggestions, inbox):
        await act.compare()
    await Afterwards(stage, hall, desk).read_and_compare()
    await Erasure(stage, desk).erase()
    await log_in.log_out(stage)


async def _give_roles(stage: Stage, invitation: str) -> None:
    """The first organizer comes in by the invitation that was handed over, the others by that organizer's."""
    cast = stage.cast
    async with stage.act("领取角色", None):
        await cast.city.take_role(invitation)
        await cast.unit.ask("POST", "/me/roles", {"invitation": invitation}, refusal="InvitationInvalid")
        await cast.unit.take_role(await cast.city.invite("unit_organizer", unit_code=cast.unit.unit_code))
        for moderator in (cast.moderator, cast.second_moderator):
            await moderator.take_role(await cast.city.invite("moderator"))
        await cast.unit.ask("POST", "/invitations", {"role": "city_admin"}, refusal="RoleNeeded")

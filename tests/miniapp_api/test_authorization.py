"""Every route × every role, with a well-formed request for what belongs to somebody else."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from msgspec import structs

import miniapp_api
from capabilities import claim, correction, moderation, word_list
from capabilities.claim import ClaimForm
from capabilities.consent import POLICY_VERSION
from capabilities.correction import CorrectionForm
from capabilities.enrolment import enrol
from capabilities.greeting import NewGreeting, leave, withdraw
from capabilities.invitation import write_invitation
from capabilities.judging import Verdict
from capabilities.link import link_of
from capabilities.message import tell
from capabilities.moderation import Decision
from capabilities.office import Office
from capabilities.placement import select
from capabilities.screen import make_screen_link
from capabilities.sign_in_code import my_ticket, venue_code
from capabilities.staff_phone import make_link
from kit.door import Route
from kit.openapi import EVENTS
from models.conflict import Conflict, ConflictKind
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event, EventStatus
from models.fields import blind
from models.greeting import Byline, Channel, Greeting, GreetingStatus
from models.job import Job, JobStatus
from models.link import LinkKind
from models.listed_word import ListedWord, WordAction
from models.message import Message, MessageKind
from models.placement import TakeDown
from models.role import Role, RoleName
from models.scan import Direction, Scan, ScanWay
from models.suggestion_case import CaseStatus
from models.unit import Unit
from models.volunteer import Volunteer, VolunteerStatus
from tests.capabilities.forms import FILLED
from tests.cast import Cast, Someone
from tests.clients import client_of
from tests.media import jpeg
from tests.published import accepted as let_out
from tests.published import placed
from tests.stage import NINE, door_of, everything, published, shift_of
from tests.suggestions import Stages
from tests.teams import rows_for_doors
from tests.uploads import stored

OWN, OTHER = "1501X1", "1501X2"
CANARY_NAME, CANARY_PHONE, CANARY_ID_NUMBER = "乌兰图雅其其格", "13912345678", "CANARY19800101"
# Nobody has no session; the owner is the volunteer to whom everything here belongs; staff and organizer are of the
# owner's event and unit, the others of another; the phones and the
# screens have passes and no account.
ROLES = (
    "nobody", "visitor", "rejected", "volunteer", "other_staff", "other_organizer", "moderator", "auditor", "owner",
    "staff", "organizer", "city_admin", "phone", "other_phone", "screen", "other_screen",
)  # fmt: skip
# Allowed: the request gets past the question who may. Two may do the same thing only once, so that a later one meets
# what the first has done; at least one of a route's allowed must succeed.
ALLOW = "allow"
MET_THE_FIRST = {409, 410}

World = Mapping[str, Any]
Outcomes = dict[str, str]


def everybody_gets(outcome: str, **but: str) -> Outcomes:
    """The outcome for everybody who is logged in, but those named; nobody is asked to log in, phones stay outside."""
    closed = {"nobody": "Unauthenticated"}
    closed |= dict.fromkeys(("phone", "other_phone"), "NotForStaffPhones")
    closed |= dict.fromkeys(("screen", "other_screen"), "NotForScreens")
    return dict.fromkeys(ROLES, outcome) | closed | but


PUBLIC = dict.fromkeys(ROLES, ALLOW)
SIGNED_IN = everybody_gets(ALLOW)
CONSENTED = everybody_gets(ALLOW, visitor="ConsentNeeded")
ORGANIZERS = everybody_gets("RoleNeeded", other_organizer="NotYourUnit", organizer=ALLOW, city_admin=ALLOW)
ANY_ORGANIZER = ORGANIZERS | {"other_organizer": ALLOW}
CITY = everybody_gets("RoleNeeded", city_admin=ALLOW)
DESK_AND_UNITS = ANY_ORGANIZER | {"moderator": ALLOW}
OF_THE_SUGGESTION = ORGANIZERS | {"other_organizer": "NoSuchSuggestion"}
OWNER_OF_SUGGESTION = everybody_gets("NoSuchSuggestion", owner=ALLOW)
REVIEWERS = ORGANIZERS | {"other_organizer": "NoSuchRegistration"}
MODERATORS = everybody_gets("RoleNeeded", moderator=ALLOW, city_admin=ALLOW)
OPERATORS = everybody_gets("RoleNeeded", auditor=ALLOW, city_admin=ALLOW)
PEOPLE_AT_THE_DOOR = everybody_gets("NotYourEvent", staff=ALLOW, organizer=ALLOW, city_admin=ALLOW)
AT_THE_DOOR = PEOPLE_AT_THE_DOOR | {"phone": ALLOW, "other_phone": "NotYourEvent"}
AT_THE_DOOR_AND_ITS_SCREENS = AT_THE_DOOR | {"screen": ALLOW, "other_screen": "NotYourEvent"}
OWNER_OF_ENROLMENT = everybody_gets("NoSuchEnrolment", owner=ALLOW)
OWNER_OF_GREETING = everybody_gets("NoSuchGreeting", owner=ALLOW)
VOLUNTEERS = everybody_gets("RegistrationNotApproved", volunteer=ALLOW, owner=ALLOW)
TEAM_LEADERS = everybody_gets("NotYourTeam", organizer=ALLOW, city_admin=ALLOW)

SHIFT = {"role": "导诊", "starts_at": "2019-05-30T14:00:00+08:00", "ends_at": "2019-05-30T16:00:00+08:00", "seats": 5}
WORDS = {"topic": "motherland", "text": "祝福祖国", "byline": "anonymous", "is_over_14": True}


def nothing(_: World) -> None:
    return None


@dataclass(frozen=True)
class Case:
    """`ids` names other rows of the world than those that the path's parts are called after.

    `writes` are the tables that a refusal writes to: the log of scans holds the refused ones too.
    """

    outcomes: Outcomes
    body: Callable[[World], Any] = nothing
    files: Callable[[World], Any] = nothing
    query: Mapping[str, str] | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    writes: tuple[str, ...] = ()


CASES: dict[str, Case] = {
    "POST /sessions": Case(PUBLIC, lambda world: {"code": f"code-of-{world['fresh']()}"}),
    "DELETE /sessions/current": Case(SIGNED_IN),
    "GET /policies/current": Case(PUBLIC),
    "GET /me": Case(SIGNED_IN),
    "POST /me/consents": Case(SIGNED_IN, lambda _: {"policy_version": POLICY_VERSION}),
    "DELETE /me/consents/<scope:str>": Case(everybody_gets(ALLOW, visitor="NotAgreed")),
    "GET /me/data": Case(SIGNED_IN),
    "GET /me/data.html": Case(SIGNED_IN),
    "DELETE /me": Case(SIGNED_IN),
    "GET /campaigns/current": Case(PUBLIC),
    "GET /units": Case(PUBLIC),
    "GET /codes/<name:str>": Case(PUBLIC),
    # The own registration, never another's: who has none finds none.
    "GET /me/volunteer": Case(everybody_gets("NoSuchRegistration", rejected=ALLOW, volunteer=ALLOW, owner=ALLOW)),
    "PUT /me/volunteer": Case(
        CONSENTED | dict.fromkeys(("rejected", "volunteer", "owner"), "RegistrationLocked"),
        lambda _: {"name": "斯琴高娃", "submit": False},
    ),
    "POST /me/volunteer/appeal": Case(
        everybody_gets("NoSuchRegistration", volunteer="NothingToAppeal", owner="NothingToAppeal", rejected=ALLOW),
        lambda _: {"statement": "材料已补齐"},
    ),
    "DELETE /me/volunteer": Case(
        everybody_gets("NoSuchRegistration", rejected="NothingToLeave", volunteer=ALLOW, owner=ALLOW)
    ),
    "POST /volunteers/<registration_id:uuid>/suspension": Case(
        CITY,
        lambda _: {"reason": "虚报时长", "until": "2019-12-31T00:00:00+08:00"},
        ids={"registration_id": "approved_id"},
    ),
    "POST /volunteers/<registration_id:uuid>/suspension/end": Case(
        CITY, lambda _: {"reason": "已核实"}, ids={"registration_id": "suspended_id"}
    ),
    "POST /me/volunteer/corrections": Case(
        everybody_gets(
            "NoSuchRegistration", visitor="ConsentNeeded", rejected="NotCorrectable", volunteer=ALLOW, owner=ALLOW
        ),
        lambda _: {"workplace": "市气象局"},
    ),
    "GET /me/volunteer/corrections": Case(SIGNED_IN),
    "GET /corrections": Case(ORGANIZERS | {"other_organizer": ALLOW}),
    "GET /corrections/<correction_id:uuid>": Case(ORGANIZERS | {"other_organizer": "NoSuchCorrection"}),
    "POST /corrections/<correction_id:uuid>/decision": Case(
        ORGANIZERS | {"other_organizer": "NoSuchCorrection"}, lambda _: {"decision": "approved"}
    ),
    "POST /me/claims": Case(
        everybody_gets(ALLOW, visitor="ConsentNeeded")
        | dict.fromkeys(("rejected", "volunteer", "owner"), "RegistrationLocked"),
        lambda world: world["claim_form"],
    ),
    "GET /me/claims": Case(SIGNED_IN),
    "GET /claims": Case(ORGANIZERS | {"other_organizer": ALLOW}),
    "GET /claims/<claim_id:uuid>": Case(ORGANIZERS | {"other_organizer": "NoSuchClaim"}),
    "POST /claims/<claim_id:uuid>/decision": Case(
        ORGANIZERS | {"other_organizer": "NoSuchClaim"}, lambda _: {"decision": "separate", "reason": "号码填写有误"}
    ),
    "POST /me/phone": Case(CONSENTED, lambda world: {"code": f"phone-86-138{world['fresh_digits']()}"}),
    "GET /registrations": Case(ORGANIZERS | {"other_organizer": ALLOW}),
    "GET /registrations/<registration_id:uuid>": Case(REVIEWERS),
    "POST /registrations/<registration_id:uuid>/decision": Case(REVIEWERS, lambda _: {"decision": "approved"}),
    "POST /invitations": Case(ORGANIZERS, lambda world: {"role": "event_staff", "event_id": world["event_id"]}),
    "POST /me/roles": Case(SIGNED_IN, lambda world: {"invitation": world["invitation"]}),
    "GET /links/<link_code:str>": Case(PUBLIC),
    "POST /links": Case(ORGANIZERS, lambda world: {"kind": "event", "target": world["event_id"]}),
    "POST /links/<link_code:str>/drawing": Case(ORGANIZERS),
    "GET /events/<event_id:uuid>/mini-program-code": Case(ORGANIZERS),
    "GET /teams": Case(PUBLIC),
    "GET /teams/<team_id:uuid>": Case(PUBLIC),
    "GET /managed-teams": Case(SIGNED_IN),
    "GET /teams/gaps": Case(ORGANIZERS | {"other_organizer": ALLOW}),
    "PUT /units/<code:str>/team-gap": Case(ORGANIZERS, lambda _: {"reason": "正在筹建"}),
    "POST /teams": Case(
        ORGANIZERS, lambda _: {"unit_code": OWN, "name": "医疗队", "level": "company", "trade": "medical"}
    ),
    "PATCH /teams/<team_id:uuid>": Case(ORGANIZERS, lambda _: {"trade": "medical"}, ids={"team_id": "draft_team_id"}),
    "POST /teams/<team_id:uuid>/submission": Case(ORGANIZERS, ids={"team_id": "draft_team_id"}),
    # The own unit does not approve what it founds.
    "POST /teams/<team_id:uuid>/decision": Case(
        ORGANIZERS | {"organizer": "NotYourUnit"}, lambda _: {"decision": "active"}, ids={"team_id": "submitted_id"}
    ),
    "PUT /teams/<team_id:uuid>/flag": Case(ORGANIZERS, lambda _: {"given_on": "2019-05-30", "given_by": "市科协"}),
    "POST /teams/<team_id:uuid>/merger": Case(
        ORGANIZERS,
        lambda world: {"successor_id": world["goal_id"], "reason": "两队合并"},
        ids={"team_id": "merging_id"},
    ),
    "POST /teams/<team_id:uuid>/dissolution": Case(
        ORGANIZERS, lambda _: {"reason": "任务完成"}, ids={"team_id": "ending_id"}
    ),
    "GET /me/memberships": Case(SIGNED_IN),
    "POST /me/memberships": Case(VOLUNTEERS, lambda world: {"invitation": world["team_code"]}),
    "POST /teams/<team_id:uuid>/memberships": Case(VOLUNTEERS, ids={"team_id": "goal_id"}),
    "GET /teams/<team_id:uuid>/memberships": Case(TEAM_LEADERS),
    "POST /teams/<team_id:uuid>/invitees": Case(
        TEAM_LEADERS, lambda world: {"volunteer_no": world["volunteer_no"]}, ids={"team_id": "goal_id"}
    ),
    "POST /teams/<team_id:uuid>/invitations": Case(TEAM_LEADERS, lambda _: {"days": 7}),
    "GET /teams/<team_id:uuid>/invitations": Case(TEAM_LEADERS),
    "DELETE /team-invitations/<team_invitation_id:uuid>": Case(TEAM_LEADERS),
    "DELETE /memberships/<membership_id:uuid>": Case(everybody_gets("NoSuchMembership", owner=ALLOW)),
    "POST /memberships/<membership_id:uuid>/acceptance": Case(
        everybody_gets("NoSuchMembership", owner=ALLOW), ids={"membership_id": "invited_id"}
    ),
    "POST /memberships/<membership_id:uuid>/decision": Case(
        TEAM_LEADERS, lambda _: {"decision": "active"}, ids={"membership_id": "applied_id"}
    ),
    "POST /memberships/<membership_id:uuid>/removal": Case(
        TEAM_LEADERS, lambda _: {"reason": "长期不参加"}, ids={"membership_id": "member_id"}
    ),
    "POST /memberships/<membership_id:uuid>/transfer": Case(
        TEAM_LEADERS,
        lambda world: {"team_id": world["goal_id"], "reason": "工作调动"},
        ids={"membership_id": "moving_id"},
    ),
    "PUT /memberships/<membership_id:uuid>/role": Case(
        TEAM_LEADERS, lambda _: {"role": "deputy"}, ids={"membership_id": "member_id"}
    ),
    "GET /events": Case(PUBLIC),
    "GET /events/<event_id:uuid>": Case(PUBLIC),
    "GET /staff/events": Case(SIGNED_IN),
    "POST /events": Case(
        ORGANIZERS, lambda _: {"unit_code": OWN, "title": "义诊", "category": "volunteer", "shifts": [SHIFT]}
    ),
    "PATCH /events/<event_id:uuid>": Case(ORGANIZERS, lambda _: {"place": "新华社区"}),
    "POST /events/<event_id:uuid>/shifts": Case(ORGANIZERS, lambda _: SHIFT),
    "POST /events/<event_id:uuid>/publication": Case(ORGANIZERS, ids={"event_id": "draft_id"}),
    "POST /events/<event_id:uuid>/cancellation": Case(ORGANIZERS, lambda _: {"reason": "天气原因"}),
    "POST /events/<event_id:uuid>/closure": Case(ORGANIZERS),
    "GET /events/<event_id:uuid>/roster": Case(AT_THE_DOOR),
    "GET /events/<event_id:uuid>/enrolments": Case(AT_THE_DOOR),
    "GET /events/<event_id:uuid>/counts": Case(AT_THE_DOOR),
    "POST /events/<event_id:uuid>/staff-links": Case(ORGANIZERS, lambda _: {"label": "东门"}),
    "GET /events/<event_id:uuid>/staff-phones": Case(ORGANIZERS),
    "DELETE /staff-phones/<staff_phone_id:uuid>": Case(ORGANIZERS),
    "POST /staff/sessions": Case(PUBLIC, lambda world: {"secret": next(world["staff_links"]), "device": "phone-1"}),
    "PUT /staff/devices/<device:str>": Case(
        AT_THE_DOOR, lambda world: {"event_id": world["event_id"], "sent_at": "2019-05-30T08:50:00+08:00"}
    ),
    "GET /events/<event_id:uuid>/devices": Case(AT_THE_DOOR),
    "GET /events/<event_id:uuid>/test-code.svg": Case(AT_THE_DOOR),
    "POST /shifts/<shift_id:uuid>/enrolments": Case(
        everybody_gets("RegistrationNotApproved", volunteer=ALLOW, owner=ALLOW), ids={"shift_id": "free_shift_id"}
    ),
    "GET /me/enrolments": Case(SIGNED_IN),
    "DELETE /enrolments/<enrolment_id:uuid>": Case(OWNER_OF_ENROLMENT, ids={"enrolment_id": "offered_id"}),
    "POST /enrolments/<enrolment_id:uuid>/acceptance": Case(OWNER_OF_ENROLMENT, ids={"enrolment_id": "offered_id"}),
    "GET /enrolments/<enrolment_id:uuid>/code": Case(OWNER_OF_ENROLMENT),
    "DELETE /enrolments/<enrolment_id:uuid>/code": Case(OWNER_OF_ENROLMENT),
    "GET /events/<event_id:uuid>/live": Case(AT_THE_DOOR_AND_ITS_SCREENS),
    "GET /points/<point_id:uuid>/screen": Case(AT_THE_DOOR_AND_ITS_SCREENS),
    "POST /points/<point_id:uuid>/screen-links": Case(ORGANIZERS, lambda _: {"shows_wall": True}),
    "GET /events/<event_id:uuid>/screens": Case(ORGANIZERS),
    "DELETE /screens/<screen_id:uuid>": Case(ORGANIZERS),
    "POST /staff/screen-sessions": Case(
        PUBLIC,
        lambda world: {
            "point_id": world["point_id"],
            "secret": next(world["screen_links"]),
            "device": "screen-1",
        },
    ),
    "GET /points/<point_id:uuid>/code": Case(AT_THE_DOOR),
    "GET /points/<point_id:uuid>/code.png": Case(AT_THE_DOOR),
    "GET /points/<point_id:uuid>/code.svg": Case(AT_THE_DOOR),
    "GET /points/<point_id:uuid>/poster.pdf": Case(AT_THE_DOOR),
    "POST /check-ins": Case(
        everybody_gets("NotEnrolled", owner=ALLOW),
        lambda world: {"code": world["venue_code"], "nonce": world["fresh"]()},
        writes=("scan",),
    ),
    "POST /scans": Case(
        AT_THE_DOOR,
        lambda world: {"point_id": world["point_id"], "code": world["personal_code"], "nonce": world["fresh"]()},
    ),
    "GET /events/<event_id:uuid>/messages": Case(ORGANIZERS | {"auditor": ALLOW}),
    "GET /me/messages": Case(SIGNED_IN),
    "POST /me/messages/<message_id:uuid>/reading": Case(everybody_gets("NoSuchMessage", owner=ALLOW)),
    "POST /me/messages/reading": Case(SIGNED_IN, lambda world: {"up_to": world["message_id"]}),
    "GET /me/reminders": Case(SIGNED_IN),
    "POST /me/reminders": Case(SIGNED_IN, lambda _: {"accepted": ["event"], "rejected": ["hours"]}),
    # Who is not on duty is told so for each scan, and none of them is logged.
    "POST /scans/batch": Case(
        SIGNED_IN | {"phone": ALLOW, "other_phone": ALLOW},
        lambda world: {
            "device_id": "phone-1",
            "sent_at": "2019-05-30T08:50:00+08:00",
            "scans": [
                {
                    "point_id": world["point_id"],
                    "code": world["personal_code"],
                    "nonce": world["fresh"](),
                    "scanned_at": "2019-05-30T08:49:00+08:00",
                }
            ],
        },
    ),
    "POST /scans/<scan_id:uuid>/annulment": Case(AT_THE_DOOR, lambda _: {"reason": "扫错了人"}),
    "GET /events/<event_id:uuid>/conflicts": Case(PEOPLE_AT_THE_DOOR),
    "POST /conflicts/<conflict_id:uuid>/decision": Case(PEOPLE_AT_THE_DOOR, lambda _: {"reason": "已核对本人"}),
    "POST /uploads": Case(CONSENTED, files=lambda _: {"file": jpeg((8, 8))}),
    "GET /me/uploads": Case(SIGNED_IN),
    "DELETE /uploads/<upload_id:uuid>": Case(everybody_gets("NoSuchUpload", owner=ALLOW)),
    "GET /events/<event_id:uuid>/desk": Case(PEOPLE_AT_THE_DOOR, query={"q": "呼格"}),
    # At the screen's code everybody who is registered may walk in; who is enrolled is checked in.
    "POST /events/<event_id:uuid>/walk-ins": Case(
        everybody_gets("NotYourEvent", staff=ALLOW, organizer=ALLOW, city_admin=ALLOW),
        lambda world: {
            "shift_id": world["shift_id"],
            "volunteer_no": world["volunteer_no"],
            "point_id": world["point_id"],
            "nonce": world["fresh"](),
        },
    ),
    "POST /scans/manual": Case(
        PEOPLE_AT_THE_DOOR,
        lambda world: {
            "point_id": world["point_id"],
            "enrolment_id": world["guest_enrolment_id"],
            "nonce": world["fresh"](),
            "reason": "手机没电",
        },
    ),
    "GET /events/<event_id:uuid>/signals": Case(PEOPLE_AT_THE_DOOR),
    "POST /events/<event_id:uuid>/points": Case(ORGANIZERS, lambda world: {"name": world["fresh"]()}),
    "PATCH /points/<point_id:uuid>": Case(ORGANIZERS, lambda _: {"policy": "daily"}),
    "GET /greetings": Case(PUBLIC),
    "POST /greetings": Case(CONSENTED, lambda _: WORDS),
    "GET /me/greetings": Case(SIGNED_IN),
    "PUT /greetings/<greeting_id:uuid>": Case(OWNER_OF_GREETING, lambda _: WORDS),
    "DELETE /greetings/<greeting_id:uuid>": Case(OWNER_OF_GREETING),
    "GET /greetings/<greeting_id:uuid>/copies": Case(OWNER_OF_GREETING),
    "GET /channels": Case(PUBLIC),
    "PUT /greetings/<greeting_id:uuid>/channels": Case(
        OWNER_OF_GREETING, lambda _: {"channels": [{"channel": "tv"}]}, ids={"greeting_id": "showable_id"}
    ),
    "GET /channels/<channel:str>/greetings": Case(CITY),
    "POST /greetings/<greeting_id:uuid>/selection": Case(
        CITY, lambda _: {"channel": "tv"}, ids={"greeting_id": "showable_id"}
    ),
    "POST /greetings/<greeting_id:uuid>/deselection": Case(
        CITY, lambda _: {"channel": "tv"}, ids={"greeting_id": "showable_id"}
    ),
    "POST /placements": Case(
        CITY,
        lambda world: {
            "greeting_ids": [world["selected_id"]],
            "channel": "tv",
            "outlet": "电视台",
            "title": "祝福",
            "published_on": "2019-05-30",
        },
    ),
    "GET /placements": Case(ANY_ORGANIZER),
    "GET /take-downs": Case(ANY_ORGANIZER),
    "POST /take-downs/<take_down_id:uuid>/outcome": Case(
        ANY_ORGANIZER, lambda _: {"state": "done", "how": "已电话通知"}
    ),
    "POST /greetings/<greeting_id:uuid>/appeal": Case(
        OWNER_OF_GREETING, lambda _: {"words": "请再看一看"}, ids={"greeting_id": "refused_id"}
    ),
    "GET /listed-words": Case(CITY),
    "POST /listed-words": Case(CITY, lambda world: {"words": [f"词{world['fresh']()}"]}),
    "PATCH /listed-words/<word_id:uuid>": Case(CITY, lambda _: {"action": "review"}),
    "DELETE /listed-words/<word_id:uuid>": Case(CITY),
    # The desk and the units: whose list is whose stands in the tests of the capability.
    "GET /suggestions": Case(DESK_AND_UNITS),
    "GET /suggestions/overdue": Case(DESK_AND_UNITS),
    "POST /suggestions": Case(
        ANY_ORGANIZER,
        lambda _: {
            "source": "seminar",
            "topic": "events",
            "text": "多办科普活动",
            "occasion": "座谈会",
            "heard_on": "2019-05-29",
        },
    ),
    "GET /suggestions/<suggestion_id:uuid>": Case(OF_THE_SUGGESTION | {"moderator": ALLOW}),
    "POST /suggestions/<suggestion_id:uuid>/acceptance": Case(
        MODERATORS, lambda _: {"decision": "accepted"}, ids={"suggestion_id": "new_suggestion_id"}
    ),
    "POST /suggestions/<suggestion_id:uuid>/routing": Case(
        MODERATORS,
        lambda _: {"unit_code": OWN, "reason": "由该学会办理"},
        ids={"suggestion_id": "accepted_suggestion_id"},
    ),
    "POST /suggestions/<suggestion_id:uuid>/merger": Case(
        MODERATORS,
        lambda world: {"into": world["accepted_suggestion_id"]},
        ids={"suggestion_id": "merged_suggestion_id"},
    ),
    "POST /suggestions/<suggestion_id:uuid>/start": Case(OF_THE_SUGGESTION, lambda _: {}),
    "POST /suggestions/<suggestion_id:uuid>/extension": Case(OF_THE_SUGGESTION, lambda _: {"reason": "需要会商"}),
    "POST /suggestions/<suggestion_id:uuid>/reply": Case(
        OF_THE_SUGGESTION,
        lambda _: {"text": "已采纳", "result": "adopted"},
        ids={"suggestion_id": "started_suggestion_id"},
    ),
    "GET /me/suggestions": Case(SIGNED_IN),
    "POST /me/suggestions/<suggestion_id:uuid>/rating": Case(
        OWNER_OF_SUGGESTION, lambda _: {"rating": 1}, ids={"suggestion_id": "replied_suggestion_id"}
    ),
    "POST /me/suggestions/<suggestion_id:uuid>/reopening": Case(
        OWNER_OF_SUGGESTION, lambda _: {"reason": "没有解决"}, ids={"suggestion_id": "rated_suggestion_id"}
    ),
    "GET /moderation": Case(MODERATORS),
    "GET /moderation/holds": Case(MODERATORS),
    "POST /moderation/holds": Case(MODERATORS, lambda _: {"count": 1}),
    "DELETE /moderation/holds": Case(MODERATORS),
    "DELETE /moderation/holds/<greeting_id:uuid>": Case(MODERATORS),
    "POST /moderation/decisions": Case(
        MODERATORS, lambda world: {"decision": "accepted", "items": [{"id": world["greeting_id"], "version": 1}]}
    ),
    "GET /moderation/log": Case(OPERATORS),
    "POST /greetings/<greeting_id:uuid>/reopening": Case(
        MODERATORS, lambda _: {"reason_code": "facts"}, ids={"greeting_id": "accepted_id"}
    ),
    "POST /greetings/<greeting_id:uuid>/decision": Case(MODERATORS, lambda _: {"decision": "accepted"}),
    "GET /jobs": Case(OPERATORS),
    "GET /jobs/counts": Case(OPERATORS),
    "POST /jobs/<job_id:uuid>/repetition": Case(everybody_gets("RoleNeeded", city_admin=ALLOW)),
}


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


ROUTES = miniapp_api.door.routes
WITH_ID = [route for route in ROUTES if ":uuid>" in route.path]


@pytest.fixture
async def people(cast: Cast, world: World) -> dict[str, Someone | None]:
    own_event, other_event = world["event"], world["other_event"]
    return {
        "nobody": None,
        "visitor": await cast.visitor(),
        "rejected": await rejected(cast),
        "volunteer": await cast.volunteer(),
        "other_staff": await cast.staff(other_event),
        "other_organizer": await cast.organizer(OTHER),
        "moderator": await cast.moderator(),
        "auditor": await cast.with_role(RoleName.AUDITOR),
        "owner": world["owner"],
        "staff": await cast.staff(own_event),
        "organizer": await cast.organizer(OWN),
        "city_admin": await cast.city_admin(),
        "phone": await cast.phone(own_event),
        "other_phone": await cast.phone(other_event),
        "screen": await cast.screen(door_of(own_event)),
        "other_screen": await cast.screen(door_of(other_event)),
    }


async def rejected(cast: Cast) -> Someone:
    """Somebody whose registration the city refused."""
    someone = await cast.volunteer()
    await Volunteer.filter(person_id=someone.id).update(status=VolunteerStatus.REJECTED, volunteer_no=None)
    return someone


async def waiting_claim(cast: Cast) -> World:
    """On a registration of the unit OWN, and the form by which others may claim it too."""
    holder, someone = await cast.volunteer(CANARY_NAME, unit_code=OWN), await cast.scientist()
    number = (await Volunteer.get(person_id=holder.id)).id_number
    form = FILLED | {"id_type": "99", "id_number": number, "unit_code": OWN}
    made = await claim.make(cast.office, await someone.caller(), ClaimForm(**form, statement="换了微信号"))
    body = form | {"birth_date": "1980-01-01", "statement": "这是我本人的登记"}
    return {"claim_id": str(made.id), "claim_form": body}


async def waiting_correction(cast: Cast) -> UUID:
    someone = await cast.volunteer(CANARY_NAME, unit_code=OWN)
    asked = await correction.ask(cast.office, await someone.caller(), CorrectionForm(sex="2", reason="登记有误"))
    assert asked.correction is not None
    return asked.correction.id


async def suspended(cast: Cast) -> UUID:
    someone = await cast.volunteer()
    until = cast.office.now() + timedelta(days=30)
    await Volunteer.filter(person_id=someone.id).update(status=VolunteerStatus.SUSPENDED, suspended_until=until)
    return (await Volunteer.get(person_id=someone.id)).id


@pytest.fixture
async def world(office: Office, cast: Cast) -> World:
    """An event of the unit OWN that has begun, one of tomorrow, a draft; and what the owner has in them."""
    event = await published(unit_code=OWN, seats=(5,), starts_at=NINE - timedelta(minutes=30), allows_walk_ins=True)
    later = await published(unit_code=OWN, seats=(1, 5), starts_at=NINE + timedelta(days=1), title="明天的讲座")
    draft = await published(unit_code=OWN, title="未发布的讲座", status=EventStatus.DRAFT, published_at=None)
    owner = await cast.volunteer(CANARY_NAME, unit_code=OWN)
    await Volunteer.filter(person_id=owner.id).update(phone=CANARY_PHONE, id_number=CANARY_ID_NUMBER)
    who = await owner.caller()
    enrolment = (await enrol(office, who, shift_of(event).id)).enrolment
    words = NewGreeting(topic="motherland", text="祝福", byline=Byline.ANONYMOUS, is_over_14=True)
    return {
        "event": event,
        "other_event": await published(unit_code=OTHER, title="另一单位的讲座"),
        "owner": owner,
        "event_id": str(event.id),
        "draft_id": str(draft.id),
        "shift_id": str(shift_of(event).id),
        "free_shift_id": str(shift_of(await published(unit_code=OWN, seats=(5,), title="还有名额的讲座")).id),
        "point_id": str(door_of(event).id),
        "enrolment_id": str(enrolment.id),
        "offered_id": str((await offered(office, owner, shift_of(later).id)).id),
        "greeting_id": str((await leave(office, who, words)).id),
        "message_id": str(await told(office, owner)),
        "refused_id": str((await leave(office, who, structs.replace(words, text="RISKY"))).id),
        "word_id": str((await listed_word(cast)).id),
        "accepted_id": str((await accepted(cast, await leave(office, who, words))).id),
        "upload_id": str((await stored(office, owner.id)).id),
        **await waiting_claim(cast),
        "correction_id": str(await waiting_correction(cast)),
        "approved_id": str((await Volunteer.get(person_id=(await cast.volunteer()).id)).id),
        "suspended_id": str(await suspended(cast)),
        "registration_id": str((await waiting_registration(cast)).id),
        "invitation": (await write_invitation(office.now(), RoleName.AUDITOR)).code,
        "venue_code": venue_code(office, door_of(event), office.now()).text,
        "personal_code": (await my_ticket(office, who, enrolment.id)).code,
        **await let_in_by_two(office, cast, event),
        "volunteer_no": (await Volunteer.get(person_id=owner.id)).volunteer_no,
        "job_id": str((await failed_job(office)).id),
        **await ways_out(office, cast, owner),
        **await suggestions(office, cast, owner),
        "name": "sex",
        "device": "phone-1",
        **await staff_links(cast, event),
        **await rows_for_doors(cast, owner, OWN),
        "link_code": (await link_of(office, LinkKind.EVENT, str(draft.id))).code,
        "channel": "tv",
        "scope": "id_number",
        "fresh": lambda: secrets.token_hex(8),
        "fresh_digits": lambda: f"{secrets.randbelow(10**8):08}",
    }


async def staff_links(cast: Cast, event: Event) -> dict[str, Any]:
    """One for everybody who may use one, and one that somebody may take back."""
    who = await (await cast.city_admin()).caller()
    made = [await make_link(cast.office, who, event.id, "东门") for _ in range(len(ROLES) + 1)]
    secrets_ = [each.url.partition("#")[2] for each in made[1:]]
    point = door_of(await Event.get(id=event.id).prefetch_related("points"))
    screens = [
        await make_screen_link(cast.office, who, point.id, label="", shows_wall=False) for _ in range(len(ROLES) + 1)
    ]
    return {
        "staff_phone_id": str(made[0].row.id),
        "staff_links": iter(secrets_),
        "screen_id": str(screens[0].row.id),
        "screen_links": iter([each.url.partition("#")[2] for each in screens[1:]]),
    }


async def told(office: Office, owner: Someone) -> Any:
    await tell(office, owner.id, MessageKind.APPEAL_DECIDED, about={"outcome": "未支持"}, key="appeal:1")
    return (await Message.get(person_id=owner.id)).id


async def ways_out(office: Office, cast: Cast, owner: Someone) -> dict[str, str]:
    """Greetings of the owner, each a step further: accepted, chosen, and one whose copy must go."""
    city = await cast.city_admin()
    rows = [await let_out(office, cast, owner) for _ in range(3)]
    await select(office, await city.caller(), rows[1].id, Channel.TV)
    await placed(office, city, rows[2])
    await withdraw(office, await owner.caller(), rows[2].id)
    tasks = {"take_down_id": str((await TakeDown.get()).id)}
    return {"showable_id": str(rows[0].id), "selected_id": str(rows[1].id)} | tasks


async def suggestions(office: Office, cast: Cast, owner: Someone) -> dict[str, str]:
    """Suggestions of the owner's at every stage that somebody may lead on from, handled by the unit OWN."""
    story = Stages(office, owner, await cast.moderator(), await cast.organizer(OWN))
    names = {
        "suggestion_id": CaseStatus.ROUTED,
        "new_suggestion_id": CaseStatus.RECEIVED,
        "accepted_suggestion_id": CaseStatus.ACCEPTED,
        "merged_suggestion_id": CaseStatus.ACCEPTED,
        "started_suggestion_id": CaseStatus.IN_PROGRESS,
        "replied_suggestion_id": CaseStatus.REPLIED,
        "rated_suggestion_id": CaseStatus.RATED,
    }
    return {name: str((await story.at(status)).id) for name, status in names.items()}


async def offered(office: Office, owner: Someone, shift_id: Any) -> Enrolment:
    enrolment = (await enrol(office, await owner.caller(), shift_id)).enrolment
    ends = office.now() + timedelta(hours=1)
    await Enrolment.filter(id=enrolment.id).update(status=EnrolmentStatus.OFFERED, offer_expires_at=ends)
    return enrolment


async def listed_word(cast: Cast) -> ListedWord:
    admin = await (await cast.city_admin()).caller()
    (row,) = await word_list.add(cast.office, admin, ["加微信"], WordAction.REVIEW, "")
    return row


async def accepted(cast: Cast, greeting: Greeting) -> Greeting:
    moderator = await (await cast.moderator()).caller()
    await moderation.decide(cast.office, moderator, greeting.id, Decision(GreetingStatus.ACCEPTED), version=None)
    return greeting


async def let_in_by_two(office: Office, cast: Cast, event: Event) -> dict[str, str]:
    """Somebody else's scan at the event, and a conflict about it."""
    guest = await cast.volunteer("呼格吉勒")
    enrolment = (await enrol(office, await guest.caller(), shift_of(event).id)).enrolment
    late = await (await cast.volunteer("乌日娜")).caller()
    expected, now = (await enrol(office, late, shift_of(event).id)).enrolment, office.now()
    scan = await Scan.create(
        event_id=event.id,
        point_id=door_of(event).id,
        enrolment_id=enrolment.id,
        scanned_by_id=guest.id,
        way=ScanWay.VENUE_CODE,
        direction=Direction.IN,
        nonce="a-nonce-of-the-guest",
        code_digest="",
        scanned_at=now,
        received_at=now,
        verdict=Verdict.CHECKED_IN.value,
    )
    found = await Conflict.create(
        event_id=event.id, enrolment_id=enrolment.id, kind=ConflictKind.TWO_DEVICES, found_at=now
    )
    return {"scan_id": str(scan.id), "conflict_id": str(found.id), "guest_enrolment_id": str(expected.id)}


async def failed_job(office: Office) -> Job:
    now = office.now()
    return await Job.create(
        work="planted.fail", about={}, status=JobStatus.FAILED, run_at=now, tries=1, ordered_at=now, ended_at=now
    )


async def waiting_registration(cast: Cast) -> Volunteer:
    """Somebody else's, handed in to the unit OWN."""
    someone = await cast.scientist()
    return await Volunteer.create(
        person=someone.person,
        status=VolunteerStatus.SUBMITTED,
        unit=await Unit.get(code=OWN),
        name=CANARY_NAME,
        phone=CANARY_PHONE,
        id_type="99",
        id_number=CANARY_ID_NUMBER,
        id_number_index=blind(CANARY_ID_NUMBER, kind="id-number"),
        division_code="150102",
        changed_at=cast.office.now(),
    )


async def ask(route: Route, world: World, who: Someone | None, base_url: str, case: Case) -> httpx.Response:
    path = re.sub(r"<(\w+):\w+>", lambda part: world[case.ids.get(part[1], part[1])], route.path)
    async with client_of(base_url, who.headers if who else {}) as client:
        sent = {"params": case.query, "json": case.body(world), "files": case.files(world)}
        async with client.stream(route.method, path, **sent) as answer:
            # What is pushed has no end; that it begins is the answer.
            if answer.headers.get("content-type") != EVENTS:
                await answer.aread()
        return answer


class TestMatrix:
    def test_names_every_route_and_no_other(self) -> None:
        """A new route needs a line here before anybody can call it."""
        assert set(CASES) == {name_of(route) for route in ROUTES}

    @pytest.mark.parametrize("route", ROUTES, ids=name_of)
    def test_lets_nobody_in_but_on_public_routes(self, route: Route) -> None:
        assert (CASES[name_of(route)].outcomes["nobody"] == ALLOW) == route.is_public

    @pytest.mark.parametrize("route", ROUTES, ids=name_of)
    async def test_allows_and_refuses_as_the_table_says(
        self, route: Route, world: World, people: dict[str, Someone | None], base_url: str
    ) -> None:
        case = CASES[name_of(route)]
        refused = [role for role in ROLES if case.outcomes[role] != ALLOW]
        before = await everything(but=case.writes)
        for role in refused:
            answer = await ask(route, world, people[role], base_url, case)
            assert (role, answer.json().get("code")) == (role, case.outcomes[role])
            assert answer.status_code in {401, 403, 404, 409}
            assert await everything(but=case.writes) == before, role
            for canary in (CANARY_NAME, CANARY_PHONE, CANARY_ID_NUMBER):
                assert canary not in answer.text
        statuses = {}
        for role in ROLES:
            if role not in refused:
                answer = await ask(route, world, people[role], base_url, case)
                statuses[role] = answer.status_code
        assert {
            role: status for role, status in statuses.items() if status >= 300 and status not in MET_THE_FIRST
        } == {}
        assert any(status < 300 for status in statuses.values())

    async def test_shows_another_unit_nothing_of_this_ones_registrations(
        self, people: dict[str, Someone | None], base_url: str
    ) -> None:
        """The list itself is allowed to every organizer, so its content is looked at here."""
        of_own_unit = await Volunteer.filter(unit__code=OWN, status__not=VolunteerStatus.DRAFT).count()
        assert of_own_unit >= 2
        for role, count in (("other_organizer", 0), ("organizer", of_own_unit)):
            someone = people[role]
            assert someone is not None
            async with someone.client(base_url) as client:
                answer = await client.get("/registrations")
            assert len(answer.json()["items"]) == count
            for canary in (CANARY_NAME, CANARY_PHONE, CANARY_ID_NUMBER):
                assert canary not in answer.text


class TestIds:
    """Asked by somebody who may do everything: an approved volunteer who is the city's admin."""

    @pytest.fixture
    async def almighty(self, cast: Cast) -> Someone:
        someone = await cast.volunteer()
        for role in (RoleName.CITY_ADMIN, RoleName.MODERATOR):
            await Role.create(person=someone.person, name=role, given_at=cast.office.now())
        return someone

    async def test_that_do_not_exist_are_404(
        self, world: World, almighty: Someone, base_url: str, subtests: pytest.Subtests
    ) -> None:
        before = await everything()
        missing = {**world, **{name: str(uuid4()) for name in world if name.endswith("_id")}}
        for route in WITH_ID:
            with subtests.test(name_of(route)):
                answer = await ask(route, missing, almighty, base_url, CASES[name_of(route)])
                assert (answer.status_code, answer.json()["status"]) == (404, 404)
                assert answer.json()["code"].startswith("NoSuch")
                assert await everything() == before

    @pytest.mark.parametrize("name", ["POST /scans"])
    async def test_in_a_body_that_do_not_exist_are_404(
        self, name: str, world: World, almighty: Someone, base_url: str
    ) -> None:
        (route,) = [route for route in ROUTES if name_of(route) == name]
        answer = await ask(route, {**world, "point_id": str(uuid4())}, almighty, base_url, CASES[name])
        assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchPoint")

    async def test_that_are_malformed_are_404(self, world: World, almighty: Someone, base_url: str) -> None:
        malformed = ["0", "x", "-1", "null", "%00", "%2e%2e", "💥", f"{uuid4()}0", str(uuid4())[:-1] + "g", "' OR 1=1"]
        before = await everything()
        for route in WITH_ID:
            for text in malformed:
                broken = {**world, **{name: text for name in world if name.endswith("_id")}}
                case = CASES[name_of(route)]
                whole = replace(case, body=lambda _, case=case: case.body(world))
                answer = await ask(route, broken, almighty, base_url, whole)
                assert (name_of(route), text, answer.status_code) == (name_of(route), text, 404)
                assert answer.json()["code"] == "NotFound"
        assert await everything() == before

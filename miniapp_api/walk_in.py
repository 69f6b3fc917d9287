"""Walk in: enrol and check in at the door."""

from uuid import UUID

from capabilities import walk_in
from capabilities.caller import Caller, NotYourEvent
from capabilities.check_in import REFUSALS
from capabilities.enrolment import EnrolmentClosed, NoSeatLeft, NoSuchShift, TooYoung, WalkInsNotAllowed
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.registration import RegistrationNotApproved, RegistrationSuspended
from capabilities.sign_in_code import NoSuchPoint
from capabilities.walk_in import NoSuchVolunteer, WalkIn, WalkInIncomplete
from miniapp_api.check_in import ScanAnswer
from miniapp_api.door import door

SEATING = (
    RegistrationNotApproved, RegistrationSuspended, NoSuchShift, EnrolmentClosed, TooYoung, WalkInsNotAllowed,
    NoSeatLeft,
)  # fmt: skip
STAFFING = (NoSuchEvent, NotYourEvent, NoSuchPoint, NoSuchVolunteer, WalkInIncomplete)


@door.post(
    "/events/<event_id:uuid>/walk-ins", status=201, limit=4096, refusals=(*STAFFING, *SEATING, *REFUSALS.values())
)
async def enter(who: Caller, office: Office, event_id: UUID, what: WalkIn) -> ScanAnswer:
    """现场报名并签到（活动允许且有名额时）"""
    return ScanAnswer.of(await walk_in.walk_in(office, who, event_id, what))

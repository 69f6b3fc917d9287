"""Somebody who has done everything that can be done here, and so has left a trace in every place."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from capabilities import greeting
from capabilities.check_in import MyScan, check_in
from capabilities.enrolment import enrol
from capabilities.message import Answers, note_answers, tell
from capabilities.office import Office
from capabilities.sign_in_code import my_ticket, venue_code
from models.answered import Answered, AnswerState
from models.claim import Claim, ClaimStatus
from models.conflict import Conflict, ConflictKind, Device
from models.consent import Consent, ConsentScope
from models.correction import Correction, CorrectionStatus
from models.enrolment import Enrolment
from models.event import Event
from models.fields import blind
from models.greeting import Byline, Greeting
from models.media_check import MediaCheck, MediaCheckState, MediaPieceKind
from models.message import MessageKind, ReminderKind
from models.person import Person
from models.role import Role, RoleName
from models.scan import Direction
from models.session import Login, Session
from models.upload import UploadStatus
from models.volunteer import Volunteer
from tests.cast import Cast, Someone
from tests.greetings import suggestion
from tests.published import accepted, placed, words
from tests.stage import NINE, door_of, published, shift_of
from tests.teams import standing
from tests.uploads import stored

# Each stands for one kind of thing that must not be found after an erasure.
CANARIES = (
    "乌兰图雅其其格", "13912345678", "CANARY19800101", "金丝雀气象局", "署名金丝雀", "祝福金丝雀飞翔", "openid-canary",
    "队长说的金丝雀",
)  # fmt: skip
NAME, PHONE, NUMBER, WORKPLACE, BYLINE, WORDS, OPENID, REASON = CANARIES
SUGGESTED = "多设几个停车位"


@dataclass
class Life:
    someone: Someone
    event: Event
    ahead: Event
    came: Enrolment
    waits: Enrolment
    greeting: Greeting
    suggestion: Greeting

    @property
    def office(self) -> Office:
        return self.someone.office


async def full_life(office: Office, cast: Cast) -> Life:
    """Came to an event, waits in a queue, leads a team, wrote, sent, scanned for others."""
    someone = await cast.volunteer(NAME, unit_code="150105")
    await Person.filter(id=someone.id).update(
        openid=OPENID, openid_index=blind(OPENID, kind="openid"), phone=PHONE, phone_verified_at=office.now()
    )
    about = {"phone": PHONE, "id_number": NUMBER, "workplace": WORKPLACE, "return_reason": REASON}
    await Volunteer.filter(person_id=someone.id).update(**about)
    who = await someone.caller()
    event, ahead = await published(seats=(3,)), await published(starts_at=NINE + timedelta(days=1), title="参观")
    came = (await enrol(office, who, shift_of(event).id)).enrolment
    await enrol(office, await (await cast.volunteer()).caller(), shift_of(ahead).id)
    waits = (await enrol(office, who, shift_of(ahead).id)).enrolment
    await my_ticket(office, who, came.id)
    code = venue_code(office, door_of(event), office.now()).text
    await check_in(office, who, MyScan(code, "nonce-of-the-life", Direction.IN))
    await Conflict.create(event=event, enrolment_id=came.id, kind=ConflictKind.CLOCK_OFF, found_at=office.now())
    await standing(cast, leader=someone)
    written = await accepted(office, cast, someone, words(WORDS, byline=Byline.NICKNAME, byline_name=BYLINE))
    await placed(office, await cast.city_admin(), written)
    asked = await greeting.leave(office, who, suggestion())
    await _traces(office, someone, event)
    return Life(someone, event, ahead, came, waits, written, asked)


async def _traces(office: Office, someone: Someone, event: Event) -> None:
    now = office.now()
    for status in (UploadStatus.STORED, UploadStatus.REMOVED):
        gone = {"removed_at": now} if status is UploadStatus.REMOVED else {}
        upload = await stored(office, someone.id, status=status, **gone)
    await MediaCheck.create(
        subject="greeting", subject_id=upload.id, version=1, upload_id=upload.id, piece="picture",
        kind=MediaPieceKind.IMAGE, person=someone.person, state=MediaCheckState.TO_ASK, ordered_at=now,
    )  # fmt: skip
    registration = await Volunteer.get(person_id=someone.id)
    changes = {"name": NAME, "id_number": NUMBER}
    await Claim.create(
        person_id=someone.id, volunteer=registration, unit_id=registration.unit_id, id_number_index="-", attempt=1,
        status=ClaimStatus.OPEN, statement="是我本人", made_at=now,
    )  # fmt: skip
    await Correction.create(
        volunteer=registration, status=CorrectionStatus.OPEN, after=msgspec.json.encode(changes).decode(),
        reason=REASON, asked_at=now,
    )  # fmt: skip
    await note_answers(office, await someone.caller(), Answers(accepted=[ReminderKind.EVENT]))
    await tell(office, someone.id, MessageKind.REGISTRATION_RETURNED, about={"reason": REASON}, key="life")
    await Consent.create(person=someone.person, scope=ConsentScope.LOCATION, policy_version="1", given_at=now)
    await Role.create(person=someone.person, name=RoleName.EVENT_STAFF, event=event, given_at=now)
    await Device.create(event=event, person_id=someone.id, code="phone-1", heard_at=now)
    session = await Session.filter(person_id=someone.id).first()
    await Login.create(code_index="code-of-the-life", caller_index="phone", at=now, session=session)
    await Answered.create(
        person=someone.person, key_index="key", request_index="request", state=AnswerState.DONE, at=now, status=200,
        content_type="application/json", body=NAME,
    )  # fmt: skip

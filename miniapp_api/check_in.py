"""Sign in and out: I scan the venue's code, or staff scan mine."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import check_in
from capabilities.caller import Caller, NotYourEvent
from capabilities.check_in import (
    REFUSALS,
    ConflictDecided,
    Judged,
    LateAnswer,
    LateScans,
    MyScan,
    NoSuchConflict,
    NoSuchScan,
    NothingToAnnul,
    OpenConflict,
    ReasonForChangeNeeded,
    StaffScan,
)
from capabilities.event import NoSuchEvent
from capabilities.judging import Verdict
from capabilities.office import Office
from capabilities.sign_in_code import NoSuchPoint
from kit.pace import Pace
from miniapp_api.door import door
from models.conflict import ConflictKind
from models.scan import Direction, Scan


class ScanAnswer(msgspec.Struct, omit_defaults=True):
    """The same nonce gets the same answer again. `name` is there for staff only."""

    verdict: Verdict
    scan_id: UUID
    direction: Direction
    checked_in_at: str | None = None
    checked_in_at_point: str | None = None
    checked_out_at: str | None = None
    point_name: str | None = None
    event_title: str | None = None
    name: str | None = None

    @classmethod
    def of(cls, judged: Judged) -> "ScanAnswer":
        scan = judged.scan
        facts: dict[str, Any] = scan.facts
        return cls(Verdict(scan.verdict), scan.id, scan.direction, name=judged.name, **facts)


class LateAnswered(msgspec.Struct, omit_defaults=True):
    """One scan's answer: its verdict, or in `code` why it is not in the log. A refused one is logged all the same."""

    nonce: str
    verdict: Verdict | None = None
    scan_id: UUID | None = None
    checked_in_at: str | None = None
    checked_in_at_point: str | None = None
    checked_out_at: str | None = None
    point_name: str | None = None
    event_title: str | None = None
    name: str | None = None
    code: str | None = None
    detail: str | None = None

    @classmethod
    def of(cls, answer: LateAnswer) -> "LateAnswered":
        if answer.scan is None:
            refusal = answer.refusal
            return cls(answer.nonce, code=refusal.code if refusal else None, detail=refusal.detail if refusal else None)
        verdict = Verdict(answer.scan.verdict)
        words = None if verdict.is_accepted else REFUSALS[verdict].words
        return cls(answer.nonce, verdict, answer.scan.id, name=answer.name, detail=words, **answer.scan.facts)


class LateUploaded(msgspec.Struct):
    """In the order in which the scans were given. `clock_error_s`: by how many seconds the phone is ahead."""

    answers: list[LateAnswered]
    clock_error_s: int


class Reason(msgspec.Struct, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=300)]


class Annulled(msgspec.Struct):
    scan_id: UUID


class Side(msgspec.Struct):
    """One scan of a conflict: when by the corrected clock, what the device said, what it showed, what we judged."""

    scan_id: UUID
    direction: Direction
    happened_at: datetime
    scanned_at: datetime
    received_at: datetime
    verdict: str
    seen: str | None
    is_late: bool
    device: str | None
    gate: str | None
    clock_error_s: int | None
    is_annulled: bool

    @classmethod
    def of(cls, scan: Scan, annulled: set[UUID]) -> "Side":
        same = {name: getattr(scan, name) for name in cls.__struct_fields__ if hasattr(scan, name)}
        return cls(**same | {"scan_id": scan.id, "happened_at": scan.at, "is_annulled": scan.id in annulled})


class ConflictShown(msgspec.Struct):
    id: UUID
    enrolment_id: UUID
    kind: ConflictKind
    found_at: datetime
    decided_at: datetime | None
    reason: str | None
    sides: list[Side]

    @classmethod
    def of(cls, found: OpenConflict) -> "ConflictShown":
        row = found.conflict
        sides = [Side.of(scan, found.annulled) for scan in found.sides]
        return cls(row.id, row.enrolment_id, row.kind, row.found_at, row.decided_at, row.reason, sides)


class ConflictSearch(msgspec.Struct, forbid_unknown_fields=True):
    is_open: bool | None = None


class ConflictDecision(msgspec.Struct, forbid_unknown_fields=True):
    """`annul_scans` are those that were wrong; none where the earliest corrected time is right."""

    reason: Annotated[str, Meta(min_length=1, max_length=300)]
    annul_scans: Annotated[list[UUID], Meta(max_length=50)] = []


# Six digits are a million: ten wrong ones in five minutes are enough for anybody's thumb.
WRONG_DIGITS = Pace(10, 300, name="digits", only=(REFUSALS[Verdict.UNKNOWN_CODE],))


@door.post("/check-ins", limit=4096, refusals=tuple(REFUSALS.values()), pace=WRONG_DIGITS)
async def check_in_here(who: Caller, office: Office, what: MyScan) -> ScanAnswer:
    """扫描现场签到码签到或签退"""
    return ScanAnswer.of(await check_in.check_in(office, who, what))


@door.post("/scans", limit=4096, refusals=(NoSuchPoint, NotYourEvent, *REFUSALS.values()), takes_bound=True)
async def scan_person(who: Caller, office: Office, what: StaffScan) -> ScanAnswer:
    """工作人员扫描个人签到码"""
    return ScanAnswer.of(await check_in.scan_person(office, who, what))


# 500 scans of some 300 bytes.
@door.post("/scans/batch", limit=512 * 1024, refusals=(), takes_bound=True)
async def upload_late(who: Caller, office: Office, what: LateScans) -> LateUploaded:
    """补传断网期间的扫码，逐条给出结果"""
    answers = await check_in.upload(office, who, what)
    error = check_in.clock_error(what.sent_at, office.now())
    return LateUploaded([LateAnswered.of(each) for each in answers], int(error.total_seconds()))


@door.post(
    "/scans/<scan_id:uuid>/annulment",
    limit=4096,
    refusals=(NoSuchScan, NotYourEvent, NothingToAnnul, ReasonForChangeNeeded),
    takes_bound=True,
)
async def annul(who: Caller, office: Office, scan_id: UUID, what: Reason) -> Annulled:
    """作废一次扫码（须写明理由）"""
    return Annulled((await check_in.annul(office, who, scan_id, what.reason)).id)


@door.get("/events/<event_id:uuid>/conflicts", refusals=(NoSuchEvent, NotYourEvent))
async def list_conflicts(who: Caller, event_id: UUID, asked: ConflictSearch) -> list[ConflictShown]:
    """签到冲突（两台设备、时钟不准、现场放行而系统不认）"""
    return [ConflictShown.of(each) for each in await check_in.conflicts(who, event_id, is_open=asked.is_open)]


@door.post(
    "/conflicts/<conflict_id:uuid>/decision",
    status=204,
    limit=4096,
    refusals=(NoSuchConflict, NotYourEvent, ConflictDecided, NoSuchScan, NothingToAnnul, ReasonForChangeNeeded),
)
async def decide_conflict(who: Caller, office: Office, conflict_id: UUID, what: ConflictDecision) -> None:
    """处理签到冲突（须写明理由）"""
    await check_in.decide(office, who, conflict_id, annul_scans=what.annul_scans, reason=what.reason)

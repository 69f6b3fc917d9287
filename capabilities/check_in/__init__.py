"""Check in (签到) and out (签退): what was scanned is judged and logged, and attendance follows from it.

The person scans the venue's code, or staff scan the person's. Every scan, refused or not, is one line of the log. The
same nonce from the same scanner gets the same answer, whatever has changed since.
"""

from capabilities.check_in.annul import (
    ConflictDecided,
    Difference,
    NoSuchConflict,
    NoSuchScan,
    NothingToAnnul,
    OpenConflict,
    ReasonForChangeNeeded,
    annul,
    conflicts,
    decide,
    rederived,
)
from capabilities.check_in.batch import judge_all
from capabilities.check_in.late import LateAnswer, LateScan, LateScans, clock_error, upload
from capabilities.check_in.refusals import (
    REFUSALS,
    AlreadyCheckedIn,
    AlreadyCheckedOut,
    CodeExpired,
    EnrolmentCancelled,
    EventCancelled,
    NotCheckedIn,
    NotEnrolled,
    OutOfArea,
    ScanRefused,
    TicketRevoked,
    TooEarly,
    TooLate,
    UnknownCode,
    Waitlisted,
    WrongEvent,
)
from capabilities.check_in.scanning import Judged, MyScan, StaffScan, check_in, scan_person
from capabilities.check_in.table import Presentation

__all__ = [
    "REFUSALS",
    "AlreadyCheckedIn",
    "AlreadyCheckedOut",
    "CodeExpired",
    "ConflictDecided",
    "Difference",
    "EnrolmentCancelled",
    "EventCancelled",
    "Judged",
    "LateAnswer",
    "LateScan",
    "LateScans",
    "MyScan",
    "NoSuchConflict",
    "NoSuchScan",
    "NotCheckedIn",
    "NotEnrolled",
    "NothingToAnnul",
    "OpenConflict",
    "OutOfArea",
    "Presentation",
    "ReasonForChangeNeeded",
    "ScanRefused",
    "StaffScan",
    "TicketRevoked",
    "TooEarly",
    "TooLate",
    "UnknownCode",
    "Waitlisted",
    "WrongEvent",
    "annul",
    "check_in",
    "clock_error",
    "conflicts",
    "decide",
    "judge_all",
    "rederived",
    "scan_person",
    "upload",
]

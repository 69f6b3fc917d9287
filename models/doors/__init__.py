"""The door's own rows: what a crowd's scans are judged by and what is written of them, many in one statement.

Hand-written SQL, because a model for each row would cost more than everything else of a sign-in together.
"""

from models.doors.reading import Asked, read
from models.doors.rows import EarlierScan, EnrolmentRow, EventRow, Found, LoggedScan, PointRow, ShiftRow
from models.doors.writing import UNMARKED, Entry, Mark, at_the_desk, write

__all__ = [
    "UNMARKED",
    "Asked",
    "EarlierScan",
    "EnrolmentRow",
    "Entry",
    "EventRow",
    "Found",
    "LoggedScan",
    "Mark",
    "PointRow",
    "ShiftRow",
    "at_the_desk",
    "read",
    "write",
]

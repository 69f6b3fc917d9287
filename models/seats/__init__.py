"""A rush for seats: what a crowd's applications are decided by, and what is written of them, many in one statement.

Hand-written SQL, because a model for each row would cost more than everything else of an enrolment together.
"""

from models.seats.counter import Counter, at_the_counter
from models.seats.rows import EnrolmentLine, EventRow, Held, HeldShift, Registration

__all__ = [
    "Counter",
    "EnrolmentLine",
    "EventRow",
    "Held",
    "HeldShift",
    "Registration",
    "at_the_counter",
]

"""Who is calling and what they may do: a session, its person, and the roles in force at this moment."""

from capabilities.caller.known import caller_anew, caller_with, found_with, rights_changed
from capabilities.caller.look_up import (
    PHONE_TOKEN,
    STAFF_OVERTIME,
    Found,
    SessionEnded,
    end_of,
    end_of_pass,
    look_up_again,
)
from capabilities.caller.who import (
    Caller,
    Grant,
    NotForScreens,
    NotForStaffPhones,
    NotYourEvent,
    NotYourUnit,
    RoleNeeded,
)

__all__ = [
    "PHONE_TOKEN",
    "STAFF_OVERTIME",
    "Caller",
    "Found",
    "Grant",
    "NotForScreens",
    "NotForStaffPhones",
    "NotYourEvent",
    "NotYourUnit",
    "RoleNeeded",
    "SessionEnded",
    "caller_anew",
    "caller_with",
    "end_of",
    "end_of_pass",
    "found_with",
    "look_up_again",
    "rights_changed",
]

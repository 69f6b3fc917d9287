"""Registration (注册): a person fills in the eight legal fields, a unit reviews, a number is given."""

from capabilities.registration.form import RegistrationForm
from capabilities.registration.refusals import (
    AlreadyDecided,
    IdNumberTaken,
    NoSuchRegistration,
    ReasonNeeded,
    RegistrationIncomplete,
    RegistrationLocked,
    RegistrationNotApproved,
)
from capabilities.registration.register import mine, names_of, require_approved, save
from capabilities.registration.review import decide, one_to_review, to_review

__all__ = [
    "AlreadyDecided",
    "IdNumberTaken",
    "NoSuchRegistration",
    "ReasonNeeded",
    "RegistrationForm",
    "RegistrationIncomplete",
    "RegistrationLocked",
    "RegistrationNotApproved",
    "decide",
    "mine",
    "names_of",
    "one_to_review",
    "require_approved",
    "save",
    "to_review",
]

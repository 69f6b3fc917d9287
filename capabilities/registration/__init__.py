"""Registration (注册): a person fills in the eight legal fields, a unit reviews, a number is given."""

from capabilities.registration.appeal import appeal
from capabilities.registration.form import RegistrationForm, age_on, is_phone
from capabilities.registration.refusals import (
    AlreadyDecided,
    AppealUsedUp,
    CityDecides,
    IdNumberTaken,
    NoSuchRegistration,
    NothingToAppeal,
    NotYourOwn,
    ReasonNeeded,
    RegistrationIncomplete,
    RegistrationLocked,
    RegistrationNotApproved,
    RegistrationSuspended,
)
from capabilities.registration.register import mine, phone_index, save
from capabilities.registration.review import decide, due_on, one_to_review, to_review
from capabilities.registration.standing import names_of, require_approved, standing_refusal

__all__ = [
    "AlreadyDecided",
    "AppealUsedUp",
    "CityDecides",
    "IdNumberTaken",
    "NoSuchRegistration",
    "NotYourOwn",
    "NothingToAppeal",
    "ReasonNeeded",
    "RegistrationForm",
    "RegistrationIncomplete",
    "RegistrationLocked",
    "RegistrationNotApproved",
    "RegistrationSuspended",
    "age_on",
    "appeal",
    "decide",
    "due_on",
    "is_phone",
    "mine",
    "names_of",
    "one_to_review",
    "phone_index",
    "require_approved",
    "save",
    "standing_refusal",
    "to_review",
]

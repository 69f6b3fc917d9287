"""Registration (注册): a person fills in the eight legal fields, a unit reviews, a number is given."""

from capabilities.registration.appeal import appeal
from capabilities.registration.form import (
    RegistrationFields,
    RegistrationForm,
    age_on,
    faults_in,
    is_phone,
    missing_fields,
)
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
from capabilities.registration.register import (
    SAVED_ELSEWHERE,
    fill,
    forget_other_phone,
    id_number_index,
    mine,
    phone_index,
    save,
    scopes_for,
)
from capabilities.registration.review import decide, due_on, one_to_review, to_review
from capabilities.registration.standing import names_of, require_approved, standing_refusal

__all__ = [
    "SAVED_ELSEWHERE",
    "AlreadyDecided",
    "AppealUsedUp",
    "CityDecides",
    "IdNumberTaken",
    "NoSuchRegistration",
    "NotYourOwn",
    "NothingToAppeal",
    "ReasonNeeded",
    "RegistrationFields",
    "RegistrationForm",
    "RegistrationIncomplete",
    "RegistrationLocked",
    "RegistrationNotApproved",
    "RegistrationSuspended",
    "age_on",
    "appeal",
    "decide",
    "due_on",
    "faults_in",
    "fill",
    "forget_other_phone",
    "id_number_index",
    "is_phone",
    "mine",
    "missing_fields",
    "names_of",
    "one_to_review",
    "phone_index",
    "require_approved",
    "save",
    "scopes_for",
    "standing_refusal",
    "to_review",
]

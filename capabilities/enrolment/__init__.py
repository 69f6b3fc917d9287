"""Enrol (报名): take a seat or a place in the queue, give it back, and let the next one in, strictly in order."""

from capabilities.enrolment.deciding import Application, Standing, age_refusal, decide_all, refusal_of
from capabilities.enrolment.enrol import enrol, enrol_all, lock_shifts, place
from capabilities.enrolment.find import (
    mine,
)
from capabilities.enrolment.give_up import give_up_all, hand_over_enrolments, hold_shifts_of
from capabilities.enrolment.queue import (
    Moves,
    accept,
    cancel,
    next_moves,
    pass_on_lapsed_offers,
)
from capabilities.enrolment.refusals import (
    AlreadyEnrolled,
    AlreadyThere,
    EnrolmentClosed,
    EnrolmentNotLive,
    NoOffer,
    NoSeatLeft,
    NoSuchEnrolment,
    NoSuchShift,
    OfferExpired,
    TooLateToCancel,
    TooYoung,
    WalkInsNotAllowed,
)

__all__ = [
    "AlreadyEnrolled",
    "AlreadyThere",
    "Application",
    "EnrolmentClosed",
    "EnrolmentNotLive",
    "Moves",
    "NoOffer",
    "NoSeatLeft",
    "NoSuchEnrolment",
    "NoSuchShift",
    "OfferExpired",
    "Standing",
    "TooLateToCancel",
    "TooYoung",
    "WalkInsNotAllowed",
    "accept",
    "age_refusal",
    "cancel",
    "decide_all",
    "enrol",
    "enrol_all",
    "give_up_all",
    "hand_over_enrolments",
    "hold_shifts_of",
    "lock_shifts",
    "mine",
    "next_moves",
    "pass_on_lapsed_offers",
    "place",
    "refusal_of",
]

"""Claim (认领): who finds the own ID number taken is never at a dead end."""

from capabilities.claim.decide import Decision, decide
from capabilities.claim.ending import end_claims_on, forget_number_in_claims_on, hold_claims_of, take_back_claims
from capabilities.claim.make import ClaimForm, make, may_ask_again, mine
from capabilities.claim.refusals import (
    ClaimantRegistered,
    ClaimDecided,
    ClaimOpen,
    ClaimReasonNeeded,
    ClaimsUsedUp,
    HoldsLastCityAdmin,
    NoSuchClaim,
    NothingToClaim,
)
from capabilities.claim.review import Sides, one_to_review, to_review

__all__ = [
    "ClaimDecided",
    "ClaimForm",
    "ClaimOpen",
    "ClaimReasonNeeded",
    "ClaimantRegistered",
    "ClaimsUsedUp",
    "Decision",
    "HoldsLastCityAdmin",
    "NoSuchClaim",
    "NothingToClaim",
    "Sides",
    "decide",
    "end_claims_on",
    "forget_number_in_claims_on",
    "hold_claims_of",
    "make",
    "may_ask_again",
    "mine",
    "one_to_review",
    "take_back_claims",
    "to_review",
]

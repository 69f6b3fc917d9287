"""Moderate (审核): a person accepts, sends back or refuses what people wrote. No machine accepts anything."""

from capabilities.moderation.decide import DECISIONS, Decision, Outcome, decide, decide_many, reopen
from capabilities.moderation.hold import HOLD, MOST_AT_ONCE, MOST_HELD, held, hold, release
from capabilities.moderation.log import decisions
from capabilities.moderation.queue import Queue, Waiting, one, waiting
from capabilities.moderation.refusals import (
    AlreadyModerated,
    HeldByAnother,
    NotAccepted,
    OwnRefusalAppealed,
    ReasonCodeNeeded,
)

__all__ = [
    "DECISIONS",
    "HOLD",
    "MOST_AT_ONCE",
    "MOST_HELD",
    "AlreadyModerated",
    "Decision",
    "HeldByAnother",
    "NotAccepted",
    "Outcome",
    "OwnRefusalAppealed",
    "Queue",
    "ReasonCodeNeeded",
    "Waiting",
    "decide",
    "decide_many",
    "decisions",
    "held",
    "hold",
    "one",
    "release",
    "reopen",
    "waiting",
]

"""Suggestions (建议) on their way: taken in, accepted, given to a unit, replied to in time, rated by their sender."""

from capabilities.suggestion.clocks import ACCEPT_WITHIN, CLOSES_AFTER, EXTENDED_BY, REPLY_WITHIN
from capabilities.suggestion.desk import POINTERS, accept, decide, merge, refuse, route
from capabilities.suggestion.find import is_desk, listed, one, overdue
from capabilities.suggestion.handle import extend, reply, start
from capabilities.suggestion.intake import (
    HeardSuggestion,
    enter,
    follow,
    open_case,
    open_missing_cases,
    take_over_topic,
)
from capabilities.suggestion.refusals import (
    AlreadyExtended,
    AlreadyReopened,
    NoSuchSuggestion,
    NotAtThisStage,
    OwnRefusal,
    RatedWell,
    SuggestionChanged,
    SuggestionInvalid,
)
from capabilities.suggestion.sender import MAY_REOPEN_UP_TO, close_replied, mine, rate, reopen, withdraw
from capabilities.suggestion.steps import FROM, Step

__all__ = [
    "ACCEPT_WITHIN",
    "CLOSES_AFTER",
    "EXTENDED_BY",
    "FROM",
    "MAY_REOPEN_UP_TO",
    "POINTERS",
    "REPLY_WITHIN",
    "AlreadyExtended",
    "AlreadyReopened",
    "HeardSuggestion",
    "NoSuchSuggestion",
    "NotAtThisStage",
    "OwnRefusal",
    "RatedWell",
    "Step",
    "SuggestionChanged",
    "SuggestionInvalid",
    "accept",
    "close_replied",
    "decide",
    "enter",
    "extend",
    "follow",
    "is_desk",
    "listed",
    "merge",
    "mine",
    "one",
    "open_case",
    "open_missing_cases",
    "overdue",
    "rate",
    "refuse",
    "reopen",
    "reply",
    "route",
    "start",
    "take_over_topic",
    "withdraw",
]

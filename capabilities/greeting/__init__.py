"""Leave a greeting (祝福) or a suggestion (建议), follow it, change it, withdraw it; and the wall of accepted ones."""

from capabilities.greeting.appeal import LONGEST_APPEAL, appeal
from capabilities.greeting.change import CHANGEABLE, change, withdraw, withdraw_all_of
from capabilities.greeting.channels import choose_channels
from capabilities.greeting.check import CHECK_GIVEN_UP, SETTLE, STRANDED, SUBJECT, give_up_checks, settle
from capabilities.greeting.find import mine, places, wall
from capabilities.greeting.leave import leave
from capabilities.greeting.news import tell_decision
from capabilities.greeting.refusals import (
    AlreadyAppealed,
    GreetingInvalid,
    GreetingNotChangeable,
    GuardianNeeded,
    NoSuchGreeting,
    NotRefused,
    WordingRefused,
)
from capabilities.greeting.words import (
    ANONYMOUS,
    LONGEST,
    GreetingWords,
    NewGreeting,
    byline_of,
    faults_in,
    hits_in,
)
from capabilities.guardian import Guardian

__all__ = [
    "ANONYMOUS",
    "CHANGEABLE",
    "CHECK_GIVEN_UP",
    "LONGEST",
    "LONGEST_APPEAL",
    "SETTLE",
    "STRANDED",
    "SUBJECT",
    "AlreadyAppealed",
    "GreetingInvalid",
    "GreetingNotChangeable",
    "GreetingWords",
    "Guardian",
    "GuardianNeeded",
    "NewGreeting",
    "NoSuchGreeting",
    "NotRefused",
    "WordingRefused",
    "appeal",
    "byline_of",
    "change",
    "choose_channels",
    "faults_in",
    "give_up_checks",
    "hits_in",
    "leave",
    "mine",
    "places",
    "settle",
    "tell_decision",
    "wall",
    "withdraw",
    "withdraw_all_of",
]

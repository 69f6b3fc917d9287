"""Leave a greeting (祝福) or a suggestion (建议), follow it, change it, withdraw it; and the wall of accepted ones."""

from capabilities.greeting.change import CHANGEABLE, change, withdraw, withdraw_all_of
from capabilities.greeting.channels import choose_channels
from capabilities.greeting.check import CHECK_GIVEN_UP, SETTLE, STRANDED, SUBJECT, give_up_checks, settle
from capabilities.greeting.find import mine, places, wall
from capabilities.greeting.leave import leave
from capabilities.greeting.refusals import (
    GreetingInvalid,
    GreetingNotChangeable,
    GuardianNeeded,
    NoSuchGreeting,
)
from capabilities.greeting.words import (
    ANONYMOUS,
    LONGEST,
    GreetingWords,
    NewGreeting,
    byline_of,
    faults_in,
)
from capabilities.guardian import Guardian

__all__ = [
    "ANONYMOUS",
    "CHANGEABLE",
    "CHECK_GIVEN_UP",
    "LONGEST",
    "SETTLE",
    "STRANDED",
    "SUBJECT",
    "GreetingInvalid",
    "GreetingNotChangeable",
    "GreetingWords",
    "Guardian",
    "GuardianNeeded",
    "NewGreeting",
    "NoSuchGreeting",
    "byline_of",
    "change",
    "choose_channels",
    "faults_in",
    "give_up_checks",
    "leave",
    "mine",
    "places",
    "settle",
    "wall",
    "withdraw",
    "withdraw_all_of",
]

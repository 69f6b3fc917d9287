"""Retention (到期清理): what is kept for how long, what goes when its time is over, and the proof that it went."""

from capabilities.retention.daily import RETAIN, order_retention, retain_daily
from capabilities.retention.retain import Left, Outcome, due, left, retain
from capabilities.retention.rules import RULES, Rule

__all__ = [
    "RETAIN",
    "RULES",
    "Left",
    "Outcome",
    "Rule",
    "due",
    "left",
    "order_retention",
    "retain",
    "retain_daily",
]

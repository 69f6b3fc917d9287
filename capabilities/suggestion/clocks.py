"""The clocks of a suggestion in working days: accept within 3, reply within 15, once 15 more."""

from datetime import date, datetime, timedelta

from kit.clock import LOCAL
from kit.working_days import add_working_days

ACCEPT_WITHIN = 3
REPLY_WITHIN = 15
EXTENDED_BY = 15
# A reply that nobody rates, or takes up again, for so long is closed.
CLOSES_AFTER = timedelta(days=15)


def local_day(now: datetime) -> date:
    return now.astimezone(LOCAL).date()


def accept_by(received_at: datetime) -> date:
    return add_working_days(local_day(received_at), ACCEPT_WITHIN)


def reply_by(begun_at: datetime) -> date:
    return add_working_days(local_day(begun_at), REPLY_WITHIN)


def extended(last_day: date) -> date:
    return add_working_days(last_day, EXTENDED_BY)

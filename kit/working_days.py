"""Working days (工作日) of the mainland: the State Council's holidays and make-up days, as far as published."""

from datetime import date, timedelta

import chinese_calendar

A_DAY = timedelta(days=1)


def add_working_days(start: date, days: int) -> date:
    """The `days`-th working day after `start`, which itself never counts. Ask `is_certain` how far to trust it."""
    day = start
    while days > 0:
        day += A_DAY
        days -= is_working_day(day)
    return day


def is_working_day(day: date) -> bool:
    """By the published calendar; in a year that has none yet, Monday to Friday."""
    return bool(chinese_calendar.is_workday(day)) if _is_published(day.year) else day.weekday() < 5


def is_certain(until: date) -> bool:
    """Whether the holidays up to this day are published; where not, a deadline may still move by a holiday."""
    return _is_published(until.year)


def _is_published(year: int) -> bool:
    # The State Council publishes one year at a time, in the November before; the library brings what it knew.
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True

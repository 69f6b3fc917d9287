"""Quiet hours (免打扰): when a reminder may ring."""

from datetime import datetime, time, timedelta

from kit.clock import LOCAL

# What cannot wait (an offered place, a changed or cancelled event) has a shorter night, and none of its own: an offer
# that lapses before seven in the morning stands in the inbox and wakes nobody.
URGENT_FROM, URGENT_UNTIL = time(22), time(7)


def next_waking(moment: datetime, quiet_from: time, quiet_until: time, *, is_urgent: bool = False) -> datetime:
    """`moment` itself by day, else the end of the night that it lies in; times of day are Asia/Shanghai's."""
    waking = _after_night(moment, quiet_from, quiet_until)
    return min(waking, _after_night(moment, URGENT_FROM, URGENT_UNTIL)) if is_urgent else waking


def _after_night(moment: datetime, begins: time, ends: time) -> datetime:
    local = moment.astimezone(LOCAL)
    of_day, is_over_midnight = local.time(), begins > ends
    is_evening = of_day >= begins and (is_over_midnight or of_day < ends)
    is_morning = is_over_midnight and of_day < ends
    if not is_evening and not is_morning:
        return moment
    waking = local.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    return waking + timedelta(days=1) if is_evening and is_over_midnight else waking

"""Deadlines in working days, over holidays, make-up Saturdays and years that nobody has published."""

from datetime import date

import pytest

from kit.working_days import add_working_days, is_certain, is_working_day


class TestAddWorkingDays:
    @pytest.mark.parametrize(
        ("start", "days", "end"),
        [
            # 端午节, 7 June 2019, lies between (`domain.md` §8.1).
            (date(2019, 5, 30), 10, date(2019, 6, 14)),
            (date(2019, 5, 30), 5, date(2019, 6, 6)),
            (date(2019, 5, 30), 0, date(2019, 5, 30)),
            # From a Saturday the first working day is Monday.
            (date(2019, 6, 1), 1, date(2019, 6, 3)),
            # 国庆: a week off, and the Saturday after it is worked.
            (date(2019, 9, 30), 1, date(2019, 10, 8)),
            (date(2019, 10, 11), 1, date(2019, 10, 12)),
        ],
    )
    def test_follows_the_calendar_and_not_the_weekday(self, start: date, days: int, end: date) -> None:
        assert add_working_days(start, days) == end

    def test_falls_back_to_weekends_where_nothing_is_published(self) -> None:
        assert add_working_days(date(2100, 9, 30), 1) == date(2100, 10, 1)
        assert add_working_days(date(2100, 10, 1), 1) == date(2100, 10, 4)


class TestIsCertain:
    def test_says_whether_holidays_may_still_move_it(self) -> None:
        assert is_certain(date(2019, 6, 14))
        assert not is_certain(date(2100, 10, 1))


class TestIsWorkingDay:
    def test_knows_holidays_and_make_up_days(self) -> None:
        assert not is_working_day(date(2019, 6, 7))
        assert is_working_day(date(2019, 9, 29))
        assert not is_working_day(date(2019, 6, 8))

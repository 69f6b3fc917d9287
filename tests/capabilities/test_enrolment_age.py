"""Who is old enough for which event, on the day of the shift and not before."""

from datetime import UTC, date, datetime, timedelta

import pytest

from capabilities.enrolment import TooYoung, age_refusal, enrol
from capabilities.event import EventChanges, change
from capabilities.office import Office
from models.volunteer import Volunteer
from tests.cast import Cast, Someone
from tests.stage import NINE, published, refused, shift_of

THE_DAY = date(2019, 5, 30)


async def born(cast: Cast, day: date) -> Someone:
    """An approved volunteer who was born on that day."""
    someone = await cast.volunteer()
    await Volunteer.filter(person_id=someone.id).update(birth_date=day.isoformat(), birth_year=day.year)
    return someone


class TestAgeRefusal:
    @pytest.mark.parametrize(
        ("birth", "min_age", "is_refused"),
        [
            (date(2001, 5, 30), 18, False),
            (date(2001, 5, 31), 18, True),
            (date(2005, 5, 30), 14, False),
            (date(2005, 5, 31), 14, True),
            (date(1989, 5, 30), 30, False),
            (date(1989, 5, 31), 30, True),
            # 29 February is reached on 1 March.
            (date(2000, 2, 29), 19, False),
        ],
    )
    def test_counts_full_years_on_the_day(self, birth: date, min_age: int, is_refused: bool) -> None:
        assert (age_refusal(birth, THE_DAY, min_age) is not None) is is_refused

    def test_lets_nobody_in_whose_age_is_not_known(self) -> None:
        refusal = age_refusal(None, THE_DAY, 14)
        assert refusal is not None
        assert (refusal.facts, "14" in refusal.detail) == ({"min_age": 14}, True)


class TestEnrol:
    async def test_is_for_adults_unless_the_event_allows_younger(self, office: Office, cast: Cast) -> None:
        young = await born(cast, date(2003, 6, 1))
        refusal = await refused(TooYoung, enrol(office, await young.caller(), shift_of(await published()).id))
        assert refusal.facts == {"min_age": 18}
        open_to_them = await published(min_age=14)
        assert (await enrol(office, await young.caller(), shift_of(open_to_them).id)).place is None

    async def test_takes_who_comes_of_age_before_the_day(self, office: Office, cast: Cast) -> None:
        almost = await born(cast, date(2001, 6, 1))
        today, next_week = await published(), await published(starts_at=NINE + timedelta(days=7))
        await refused(TooYoung, enrol(office, await almost.caller(), shift_of(today).id))
        assert (await enrol(office, await almost.caller(), shift_of(next_week).id)).place is None

    async def test_takes_the_day_as_it_is_here(self, office: Office, cast: Cast) -> None:
        """Five in the afternoon of the 30th in London is the 31st in Hohhot."""
        someone = await born(cast, date(2001, 5, 31))
        tonight = await published(starts_at=datetime(2019, 5, 30, 17, 0, tzinfo=UTC))
        assert (await enrol(office, await someone.caller(), shift_of(tonight).id)).place is None

    async def test_keeps_to_an_age_that_was_changed_after_publication(self, office: Office, cast: Cast) -> None:
        found = await published(seats=(5,), min_age=14)
        who = await (await cast.organizer("1501X1")).caller()
        await change(office, who, found.id, EventChanges(min_age=60))
        await refused(TooYoung, enrol(office, await (await cast.volunteer()).caller(), shift_of(found).id))

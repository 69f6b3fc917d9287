"""Events from the draft to the end, and how they are found."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from capabilities import event
from capabilities.caller import NotYourUnit, RoleNeeded
from capabilities.enrolment import enrol
from capabilities.event import (
    EventChangedMeanwhile,
    EventChanges,
    EventIncomplete,
    EventInvalid,
    EventNotOpenToChange,
    EventSearch,
    NewEvent,
    NewShift,
    NoCampaign,
    NoSuchEvent,
    require_complete,
    span,
)
from capabilities.office import Office
from kit.clock import StandingClock
from kit.paging import BadCursor, after
from models.campaign import Campaign
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event, EventStatus
from models.shift import Shift
from models.transition import Transition
from tests.cast import Cast, Someone
from tests.stage import MINUTE, NINE, published, refused, shift_of
from tests.statements import counted

HOUR = timedelta(hours=1)


def a_shift(starts_at: datetime = NINE, length: timedelta = 3 * HOUR, seats: int = 10) -> NewShift:
    return NewShift(role="讲解", starts_at=starts_at, ends_at=starts_at + length, seats=seats)


def a_draft(**changes: Any) -> NewEvent:
    complete: dict[str, Any] = {
        "unit_code": "150105",
        "title": "科普大讲堂",
        "category": "popular_science",
        "place": "赛罕区图书馆",
        "content": "讲解天气预报",
        "person_in_charge": "王国文",
        "risk_note": "无特殊风险",
        "shifts": [a_shift()],
    }
    return NewEvent(**complete | changes)


@dataclass
class House:
    """An organizer of one district, one of another, and the city."""

    organizer: Someone
    neighbour: Someone
    city: Someone


@pytest.fixture
async def house(cast: Cast) -> House:
    return House(await cast.organizer("150105"), await cast.organizer("150104"), await cast.city_admin())


async def drafted(office: Office, who: Someone, **changes: Any) -> Event:
    return await event.create(office, await who.caller(), a_draft(**changes))


async def lines_of(found: Event) -> list[tuple[str | None, str, str | None]]:
    rows = await Transition.filter(subject="event", subject_id=found.id).order_by("at", "id")
    return [(row.before, row.after, row.reason) for row in rows]


class TestCreate:
    async def test_makes_a_draft_with_its_shifts_and_doors(self, office: Office, house: House) -> None:
        made = await drafted(office, house.organizer, points=["东门", "西门", "东门"])
        assert (made.status, made.unit.code, made.published_at) == (EventStatus.DRAFT, "150105", None)
        assert [(shift.role, shift.seats, shift.taken) for shift in made.shifts] == [("讲解", 10, 0)]
        assert sorted(point.name for point in made.points) == ["东门", "西门"]
        assert await lines_of(made) == [(None, "draft", None)]

    async def test_gives_a_draft_without_doors_the_main_one(self, office: Office, house: House) -> None:
        assert [point.name for point in (await drafted(office, house.organizer)).points] == [event.MAIN_DOOR]

    async def test_is_for_the_own_unit_only(self, office: Office, house: House) -> None:
        await refused(NotYourUnit, event.create(office, await house.neighbour.caller(), a_draft()))

    async def test_is_not_for_volunteers(self, office: Office, cast: Cast) -> None:
        who = await (await cast.volunteer()).caller()
        await refused(RoleNeeded, event.create(office, who, a_draft()))
        await refused(RoleNeeded, event.create(office, who, a_draft(unit_code="no-such-unit")))

    async def test_lets_the_city_make_one_for_any_unit(self, office: Office, house: House) -> None:
        assert (await drafted(office, house.city, unit_code="1501X3")).unit.code == "1501X3"

    async def test_needs_a_campaign(self, office: Office, cast: Cast, house: House) -> None:
        await Event.all().prefetch_related("shifts")
        for found in await Event.all().prefetch_related("shifts", "points"):
            for part in (*found.shifts, *found.points):
                await part.delete()
            await found.delete()
        await Campaign.all().delete()
        await refused(NoCampaign, event.create(office, await house.organizer.caller(), a_draft()))

    async def test_names_every_wrong_field_at_once(self, office: Office, house: House) -> None:
        wrong = a_draft(
            title="  ", category="party", mode="astral", batch="B9", risk_level="none", recording_unit_code="nowhere"
        )
        refusal = await refused(EventInvalid, event.create(office, await house.organizer.caller(), wrong))
        assert set(refusal.fields) == {"title", "category", "mode", "batch", "risk_level", "recording_unit_code"}

    async def test_knows_the_unit(self, office: Office, house: House) -> None:
        doing = event.create(office, await house.city.caller(), a_draft(unit_code="nowhere"))
        assert set((await refused(EventInvalid, doing)).fields) == {"unit_code"}

    @pytest.mark.parametrize("category", ["ceremony", "seminar", "study", "visit", "exhibition"])
    async def test_counts_no_hours_for_what_is_no_volunteering(
        self, office: Office, house: House, category: str
    ) -> None:
        """民政部令第67号 第十九条."""
        draft = a_draft(category=category, counts_service_hours=True)
        refusal = await refused(EventInvalid, event.create(office, await house.organizer.caller(), draft))
        assert set(refusal.fields) == {"counts_service_hours"}

    @pytest.mark.parametrize("length", [timedelta(0), -HOUR, 48 * HOUR + timedelta(seconds=1)])
    async def test_refuses_a_shift_of_no_sensible_length(self, office: Office, house: House, length: timedelta) -> None:
        draft = a_draft(shifts=[a_shift(), a_shift(length=length)])
        refusal = await refused(EventInvalid, event.create(office, await house.organizer.caller(), draft))
        assert set(refusal.fields) == {"shifts"}

    async def test_takes_a_shift_of_two_days(self, office: Office, house: House) -> None:
        made = await drafted(office, house.organizer, shifts=[a_shift(length=48 * HOUR)])
        assert made.ends_at == NINE + 48 * HOUR

    async def test_marks_what_lies_outside_the_window(self, office: Office, house: House) -> None:
        last_day = datetime(2019, 6, 10, 15, 59, tzinfo=UTC)
        inside = await drafted(office, house.organizer, shifts=[a_shift(last_day - HOUR, HOUR)])
        outside = await drafted(office, house.organizer, shifts=[a_shift(last_day - HOUR, HOUR + MINUTE)])
        assert (inside.is_outside_window, outside.is_outside_window) == (False, True)


def an_event(**values: Any) -> Event:
    complete = {"place": "馆", "content": "讲座", "person_in_charge": "王", "risk_note": "无", "risk_level": "low"}
    return Event(**complete | values)


class TestRequireComplete:
    def test_is_content_with_what_is_complete(self) -> None:
        require_complete(an_event(), [Shift()])
        require_complete(an_event(risk_level="high", insurance_no="PICC-1"), [Shift()])

    def test_names_everything_that_is_missing_at_once(self) -> None:
        bare = an_event(place="", content="", person_in_charge="", risk_note="", risk_level="high")
        with pytest.raises(EventIncomplete) as caught:
            require_complete(bare, [])
        assert set(caught.value.fields) == {
            "place", "content", "person_in_charge", "risk_note", "shifts", "insurance_no",
        }  # fmt: skip

    @pytest.mark.parametrize("field", ["place", "content", "person_in_charge", "risk_note"])
    def test_names_the_one_field_that_is_missing(self, field: str) -> None:
        with pytest.raises(EventIncomplete) as caught:
            require_complete(an_event(**{field: ""}), [Shift()])
        assert set(caught.value.fields) == {field}

    def test_wants_insurance_before_high_risk(self) -> None:
        """志愿服务条例 第十七条."""
        with pytest.raises(EventIncomplete) as caught:
            require_complete(an_event(risk_level="high"), [Shift()])
        assert set(caught.value.fields) == {"insurance_no"}

    @pytest.mark.parametrize("risk_level", ["low", "medium"])
    def test_wants_no_insurance_below(self, risk_level: str) -> None:
        require_complete(an_event(risk_level=risk_level), [Shift()])


class TestSpan:
    window = Campaign(starts_on=date(2019, 5, 11), ends_on=date(2019, 6, 10))

    def spanned(self, *times: tuple[datetime, datetime]) -> Event:
        found = Event()
        span(found, [Shift(starts_at=starts, ends_at=ends) for starts, ends in times], self.window)
        return found

    def test_runs_from_the_first_start_to_the_last_end(self) -> None:
        found = self.spanned((NINE, NINE + 5 * HOUR), (NINE + HOUR, NINE + 2 * HOUR), (NINE - HOUR, NINE))
        assert (found.starts_at, found.ends_at) == (NINE - HOUR, NINE + 5 * HOUR)

    def test_leaves_an_event_without_shifts_without_time(self) -> None:
        assert self.spanned().starts_at is None

    @pytest.mark.parametrize(
        ("starts_at", "ends_at", "is_outside"),
        [
            ("2019-05-11T00:00+08:00", "2019-05-11T01:00+08:00", False),
            ("2019-05-10T23:59+08:00", "2019-05-11T01:00+08:00", True),
            ("2019-06-10T22:00+08:00", "2019-06-10T23:59+08:00", False),
            ("2019-06-10T22:00+08:00", "2019-06-11T00:00+08:00", True),
            # In UTC this is still the tenth of May; people here live on the eleventh.
            ("2019-05-10T16:30+00:00", "2019-05-10T18:00+00:00", False),
        ],
    )
    def test_counts_days_as_people_here_do(self, starts_at: str, ends_at: str, is_outside: bool) -> None:
        found = self.spanned((datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)))
        assert found.is_outside_window is is_outside


class TestNeedsReview:
    @pytest.mark.parametrize(
        ("counts", "risk_level", "expected"),
        [(False, "low", False), (True, "low", True), (False, "medium", True), (False, "high", True)],
    )
    def test_looks_at_hours_and_risks(self, counts: bool, risk_level: str, expected: bool) -> None:
        assert event.needs_review(an_event(counts_service_hours=counts, risk_level=risk_level)) is expected


class TestChange:
    async def test_changes_what_is_given_and_nothing_else(self, office: Office, house: House) -> None:
        made, who = await drafted(office, house.organizer), await house.organizer.caller()
        changed = await event.change(office, who, made.id, EventChanges(place="  操场 ", version=made.version))
        assert (changed.place, changed.title, changed.version) == ("操场", made.title, made.version + 1)

    async def test_refuses_who_read_an_older_version(self, office: Office, house: House) -> None:
        made, who = await drafted(office, house.organizer), await house.organizer.caller()
        await event.change(office, who, made.id, EventChanges(place="操场", version=made.version))
        older = EventChanges(place="广场", version=made.version)
        await refused(EventChangedMeanwhile, event.change(office, who, made.id, older))

    async def test_lets_one_of_two_at_once_win(self, office: Office, house: House) -> None:
        made, who = await drafted(office, house.organizer), await house.organizer.caller()
        both = [EventChanges(place=place, version=made.version) for place in ("操场", "广场")]
        answers = await asyncio.gather(
            *(event.change(office, who, made.id, each) for each in both), return_exceptions=True
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["Event", "EventChangedMeanwhile"]
        assert (await Event.get(id=made.id)).version == made.version + 1

    async def test_is_for_the_own_unit_only(self, office: Office, house: House, cast: Cast) -> None:
        made, changes = await drafted(office, house.organizer), EventChanges(place="操场")
        volunteer = await (await cast.volunteer()).caller()
        await refused(NotYourUnit, event.change(office, await house.neighbour.caller(), made.id, changes))
        await refused(RoleNeeded, event.change(office, volunteer, made.id, changes))

    async def test_does_not_know_what_is_not_there(self, office: Office, house: House) -> None:
        await refused(NoSuchEvent, event.change(office, await house.city.caller(), uuid4(), EventChanges()))

    async def test_keeps_a_published_event_complete(self, office: Office, house: House) -> None:
        made, who = await drafted(office, house.organizer), await house.organizer.caller()
        await event.publish(office, who, made.id)
        bare = EventChanges(place=" ", risk_note="")
        refusal = await refused(EventIncomplete, event.change(office, who, made.id, bare))
        assert set(refusal.fields) == {"place", "risk_note"}

    @pytest.mark.parametrize("changes", [{"counts_service_hours": True}, {"risk_level": "medium"}])
    async def test_takes_no_way_around_the_review(self, office: Office, house: House, changes: dict[str, Any]) -> None:
        """What would have gone to the city before publication cannot be slipped in after it."""
        made, who = await drafted(office, house.organizer), await house.organizer.caller()
        await event.publish(office, who, made.id)
        await refused(RoleNeeded, event.change(office, who, made.id, EventChanges(**changes)))
        by_city = await event.change(office, await house.city.caller(), made.id, EventChanges(**changes))
        assert {name: getattr(by_city, name) for name in changes} == changes

    async def test_leaves_reviewed_events_to_their_organizer(self, office: Office, house: House) -> None:
        made = await drafted(office, house.organizer, counts_service_hours=True)
        await event.publish(office, await house.city.caller(), made.id)
        who = await house.organizer.caller()
        assert (await event.change(office, who, made.id, EventChanges(place="操场"))).place == "操场"

    @pytest.mark.parametrize("status", [EventStatus.CANCELLED, EventStatus.ENDED])
    async def test_leaves_what_is_over_as_it_was(self, office: Office, house: House, status: EventStatus) -> None:
        made = await drafted(office, house.organizer)
        await Event.filter(id=made.id).update(status=status)
        who = await house.organizer.caller()
        await refused(EventNotOpenToChange, event.change(office, who, made.id, EventChanges(place="操场")))
        await refused(EventNotOpenToChange, event.add_shift(office, who, made.id, a_shift()))


class TestAddShift:
    async def test_stretches_the_events_time(self, office: Office, house: House) -> None:
        made, who = await drafted(office, house.organizer), await house.organizer.caller()
        longer = await event.add_shift(office, who, made.id, a_shift(NINE + 4 * HOUR))
        assert (len(longer.shifts), longer.starts_at, longer.ends_at) == (2, NINE, NINE + 7 * HOUR)

    async def test_spans_both_of_two_that_are_added_at_once(self, office: Office, house: House) -> None:
        who, both = await house.organizer.caller(), (a_shift(NINE - 4 * HOUR), a_shift(NINE + 4 * HOUR))
        for _ in range(8):
            made = await drafted(office, house.organizer)
            await asyncio.gather(*(event.add_shift(office, who, made.id, each) for each in both))
            found = await Event.get(id=made.id)
            assert (found.starts_at, found.ends_at) == (NINE - 4 * HOUR, NINE + 7 * HOUR)

    async def test_is_for_the_own_unit_only(self, office: Office, house: House) -> None:
        made = await drafted(office, house.organizer)
        await refused(NotYourUnit, event.add_shift(office, await house.neighbour.caller(), made.id, a_shift()))

    async def test_refuses_a_shift_that_ends_before_it_begins(self, office: Office, house: House) -> None:
        made, who = await drafted(office, house.organizer), await house.organizer.caller()
        await refused(EventInvalid, event.add_shift(office, who, made.id, a_shift(length=-HOUR)))


class TestPublish:
    async def test_shows_a_simple_event_at_once(self, office: Office, house: House) -> None:
        made = await drafted(office, house.organizer)
        shown = await event.publish(office, await house.organizer.caller(), made.id)
        assert (shown.status, shown.published_at) == (EventStatus.PUBLISHED, office.now())
        assert await lines_of(made) == [(None, "draft", None), ("draft", "published", None)]

    @pytest.mark.parametrize(
        "changes",
        [{"counts_service_hours": True}, {"risk_level": "medium"}, {"risk_level": "high", "insurance_no": "1"}],
    )
    async def test_sends_hours_and_risks_to_the_city(
        self, office: Office, house: House, changes: dict[str, Any]
    ) -> None:
        made = await drafted(office, house.organizer, **changes)
        handed_in = await event.publish(office, await house.organizer.caller(), made.id)
        assert (handed_in.status, handed_in.published_at) == (EventStatus.PENDING_REVIEW, None)
        shown = await event.publish(office, await house.city.caller(), made.id)
        assert shown.status is EventStatus.PUBLISHED

    async def test_is_not_the_organizers_second_try(self, office: Office, house: House) -> None:
        made, who = await drafted(office, house.organizer, counts_service_hours=True), await house.organizer.caller()
        await event.publish(office, who, made.id)
        await refused(EventNotOpenToChange, event.publish(office, who, made.id))

    async def test_refuses_what_is_incomplete(self, office: Office, house: House) -> None:
        made = await drafted(office, house.organizer, content="", risk_level="high", shifts=[])
        doing = event.publish(office, await house.organizer.caller(), made.id)
        assert set((await refused(EventIncomplete, doing)).fields) == {"content", "shifts", "insurance_no"}

    async def test_happens_once(self, office: Office, house: House) -> None:
        made, who = await drafted(office, house.organizer), await house.organizer.caller()
        answers = await asyncio.gather(*(event.publish(office, who, made.id) for _ in range(2)), return_exceptions=True)
        assert sum(isinstance(answer, Event) for answer in answers) == 1
        assert len(await lines_of(made)) == 2
        await refused(EventNotOpenToChange, event.publish(office, who, made.id))

    async def test_publishes_what_was_read(self, office: Office, house: House) -> None:
        """Somebody empties the place between the look at what is there and the publication."""
        who, answers = await house.organizer.caller(), set()

        async def publish_after(milliseconds: float, event_id: UUID) -> None:
            await asyncio.sleep(milliseconds / 1000)
            await event.publish(office, who, event_id)

        for turn in range(20):
            made = await drafted(office, house.organizer)
            emptied = event.change(office, who, made.id, EventChanges(place="", version=made.version))
            both = await asyncio.gather(emptied, publish_after(turn / 2, made.id), return_exceptions=True)
            answers |= {type(answer).__name__ for answer in both if isinstance(answer, Exception)}
            found = await Event.get(id=made.id)
            assert found.place or found.status is EventStatus.DRAFT
        assert answers <= {"EventChangedMeanwhile", "EventIncomplete"}

    async def test_is_for_the_own_unit_only(self, office: Office, house: House) -> None:
        made = await drafted(office, house.organizer)
        await refused(NotYourUnit, event.publish(office, await house.neighbour.caller(), made.id))


class TestCancel:
    async def test_cancels_every_live_enrolment_with_it(self, office: Office, cast: Cast, house: House) -> None:
        going = await published(seats=[1], unit_code="150105")
        for _ in range(2):
            await enrol(office, await (await cast.volunteer()).caller(), shift_of(going).id)
        off = await event.cancel(office, await house.organizer.caller(), going.id, "大风预警")
        assert (off.status, off.cancel_reason) == (EventStatus.CANCELLED, "大风预警")
        statuses = {row.status for row in await Enrolment.filter(event_id=going.id)}
        assert statuses == {EnrolmentStatus.CANCELLED_BY_ORGANIZER}
        assert [shift.taken for shift in off.shifts] == [0]
        assert await lines_of(going) == [("published", "cancelled", "大风预警")]

    async def test_leaves_other_events_alone(self, office: Office, cast: Cast, house: House) -> None:
        off, on = await published(unit_code="150105"), await published(unit_code="150105")
        standing = await enrol(office, await (await cast.volunteer()).caller(), shift_of(on).id)
        await event.cancel(office, await house.organizer.caller(), off.id, "大风预警")
        assert (await Enrolment.get(id=standing.enrolment.id)).status is EnrolmentStatus.CONFIRMED

    @pytest.mark.parametrize(
        "status", [EventStatus.DRAFT, EventStatus.PENDING_REVIEW, EventStatus.CANCELLED, EventStatus.ENDED]
    )
    async def test_is_for_published_events(self, office: Office, house: House, status: EventStatus) -> None:
        found = await published(unit_code="150105", status=status)
        doing = event.cancel(office, await house.organizer.caller(), found.id, "大风预警")
        await refused(EventNotOpenToChange, doing)

    async def test_is_for_the_own_unit_only(self, office: Office, house: House) -> None:
        found = await published(unit_code="150105")
        await refused(NotYourUnit, event.cancel(office, await house.neighbour.caller(), found.id, "大风预警"))


class TestClose:
    async def test_ends_what_has_begun(self, office: Office, house: House, clock: StandingClock) -> None:
        found = await published(unit_code="150105")
        clock.set(NINE)
        over = await event.close(office, await house.organizer.caller(), found.id)
        assert over.status is EventStatus.ENDED
        assert await lines_of(found) == [("published", "ended", None)]

    async def test_waits_for_the_beginning(self, office: Office, house: House, clock: StandingClock) -> None:
        found = await published(unit_code="150105")
        clock.set(NINE - timedelta(microseconds=1))
        await refused(EventNotOpenToChange, event.close(office, await house.organizer.caller(), found.id))

    @pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.CANCELLED, EventStatus.ENDED])
    async def test_is_for_published_events(
        self, office: Office, house: House, clock: StandingClock, status: EventStatus
    ) -> None:
        found = await published(unit_code="150105", status=status)
        clock.set(NINE)
        await refused(EventNotOpenToChange, event.close(office, await house.organizer.caller(), found.id))

    async def test_is_for_the_own_unit_only(self, office: Office, house: House, clock: StandingClock) -> None:
        found = await published(unit_code="150105")
        clock.set(NINE)
        await refused(NotYourUnit, event.close(office, await house.neighbour.caller(), found.id))


class TestForEveryone:
    @pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.PENDING_REVIEW])
    async def test_hides_what_is_not_published(self, office: Office, campaign: Campaign, status: EventStatus) -> None:
        hidden = await published(status=status, published_at=None)
        await refused(NoSuchEvent, event.for_everyone(office, hidden.id))

    @pytest.mark.parametrize("status", [EventStatus.PUBLISHED, EventStatus.CANCELLED, EventStatus.ENDED])
    async def test_shows_what_was_published_once(self, office: Office, campaign: Campaign, status: EventStatus) -> None:
        shown = await published(status=status)
        assert (await event.for_everyone(office, shown.id)).status is status


async def titles(office: Office, **asked: Any) -> list[str]:
    return [found.title for found in await event.search(office, EventSearch(**asked))]


class TestSearch:
    async def test_lists_the_published_by_time(self, office: Office, campaign: Campaign) -> None:
        await published(status=EventStatus.DRAFT, published_at=None, title="草稿")
        await published(status=EventStatus.CANCELLED, title="取消")
        found = await event.search(office, EventSearch())
        assert len(found) == 12
        assert [each.starts_at for each in found] == sorted(each.starts_at for each in found)

    async def test_bounds_the_time_on_both_sides(self, office: Office, campaign: Campaign) -> None:
        await Event.all().update(status=EventStatus.DRAFT)
        await published(title="上午", starts_at=NINE, length=3 * HOUR)
        await published(title="下午", starts_at=NINE + 5 * HOUR, length=3 * HOUR)
        moment = timedelta(microseconds=1)
        assert await titles(office, from_=NINE + 3 * HOUR) == ["上午", "下午"]
        assert await titles(office, from_=NINE + 3 * HOUR + moment) == ["下午"]
        assert await titles(office, to=NINE + 5 * HOUR) == ["上午"]
        assert await titles(office, to=NINE + 5 * HOUR + moment) == ["上午", "下午"]
        assert await titles(office, from_=NINE + 4 * HOUR, to=NINE + 5 * HOUR) == []

    async def test_knows_the_same_moment_in_another_zone(self, office: Office, campaign: Campaign) -> None:
        start = datetime.fromisoformat("2019-05-31T00:00+08:00")
        assert (
            await titles(office, from_=start)
            == await titles(office, from_=start.astimezone(UTC))
            != await titles(office)
        )

    async def test_means_a_unit_with_those_below(self, office: Office, campaign: Campaign) -> None:
        assert len(await titles(office, unit="150100")) == 12
        assert await titles(office, unit="1501X1") == ["专家义诊进社区"]

    @pytest.mark.parametrize("unit", ["1501", "nowhere", "%"])
    async def test_finds_nothing_of_a_unit_that_is_not_there(
        self, office: Office, campaign: Campaign, unit: str
    ) -> None:
        assert await titles(office, unit=unit) == []

    async def test_selects_a_category(self, office: Office, campaign: Campaign) -> None:
        assert sorted(await titles(office, category="popular_science")) == ["科普大篷车进校园", "食品安全科普咨询"]
        assert await titles(office, category="contest") == []

    @pytest.mark.parametrize(
        ("q", "expected"),
        [
            ("义诊", ["专家义诊进社区"]),
            ("科普", ["科普大篷车进校园", "食品安全科普咨询"]),
            ("大召", ["老年人智能手机使用辅导"]),
            ("音乐", []),
            ("%", []),
            ("_", []),
            ("'", []),
        ],
    )
    async def test_finds_words_of_two_characters_in_title_and_place(
        self, office: Office, campaign: Campaign, q: str, expected: list[str]
    ) -> None:
        assert sorted(await titles(office, q=q)) == expected

    async def test_joins_its_conditions(self, office: Office, campaign: Campaign) -> None:
        assert await titles(office, q="科普", unit="150104") == ["食品安全科普咨询"]

    @pytest.mark.parametrize("limit", [1, 2, 5])
    async def test_pages_without_gaps_or_doubles_while_events_are_added(
        self, office: Office, campaign: Campaign, limit: int
    ) -> None:
        """Several begin at nine; between two pages one is added at the front, at the same time, and at the end."""
        before = [found.id for found in await event.search(office, EventSearch())]
        seen, cursor, turns = [], None, 0
        while True:
            found = await event.search(office, EventSearch(cursor=cursor, limit=limit))
            seen += [each.id for each in found[:limit]]
            if len(found) <= limit:
                break
            cursor, turns = after(found[limit - 1].id), turns + 1
            if turns <= 3:
                for starts_at in (NINE - timedelta(days=20), NINE, NINE + timedelta(days=20)):
                    await published(starts_at=starts_at)
        assert len(seen) == len(set(seen))
        assert [each for each in seen if each in set(before)] == before

    @pytest.mark.parametrize("cursor", ["x", "AAAA", after(uuid4())], ids=["no cursor", "too short", "no row"])
    async def test_refuses_a_cursor_that_leads_nowhere(self, office: Office, campaign: Campaign, cursor: str) -> None:
        await refused(BadCursor, event.search(office, EventSearch(cursor=cursor)))


class TestTogether:
    """What several ask in one moment is read together, and each is told their own."""

    async def test_gives_each_the_event_they_opened(self, office: Office, campaign: Campaign) -> None:
        shown = [await published(title=f"讲座 {n}") for n in range(3)]
        hidden = await published(status=EventStatus.DRAFT, published_at=None)
        asked = [shown[0].id, hidden.id, shown[2].id, uuid4(), shown[1].id, shown[0].id]
        told = await asyncio.gather(*(event.for_everyone(office, id_) for id_ in asked), return_exceptions=True)
        titles = [getattr(each, "title", type(each).__name__) for each in told]
        assert titles == ["讲座 0", "NoSuchEvent", "讲座 2", "NoSuchEvent", "讲座 1", "讲座 0"]

    async def test_gives_each_what_they_searched(self, office: Office, campaign: Campaign) -> None:
        asked = [
            EventSearch(),
            EventSearch(q="义诊"),
            EventSearch(cursor="x"),
            EventSearch(unit="150100"),
            EventSearch(),
        ]
        told = await asyncio.gather(*(event.search(office, each) for each in asked), return_exceptions=True)
        counts = [type(each).__name__ if isinstance(each, BaseException) else len(each) for each in told]
        assert counts == [12, 1, "BadCursor", 12, 12]

    async def test_asks_the_database_as_often_for_many_as_for_few(
        self, office: Office, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        few = await event.search(office, EventSearch(limit=2))
        for n in range(30):
            await published(title=f"讲座 {n}", seats=[1, 2, 3])
        with counted(monkeypatch) as asked:
            many = await event.search(office, EventSearch())
        assert (len(few), len(many), len(asked)) == (3, 42, 1)
        with counted(monkeypatch) as asked:
            await asyncio.gather(*(event.search(office, EventSearch()) for _ in range(40)))
            await asyncio.gather(*(event.for_everyone(office, each.id) for each in many))
        assert len(asked) <= 2 * office.lanes

    async def test_tells_who_asks_afterwards_what_was_committed_before(self, cast: Cast) -> None:
        """While one reads, the seats go: whoever comes after that knows."""
        office, found = cast.office, await published(seats=[40])
        for taken in range(1, 6):
            reading = [asyncio.create_task(event.for_everyone(office, found.id)) for _ in range(20)]
            await asyncio.sleep(0)
            await enrol(office, await (await cast.volunteer()).caller(), shift_of(found).id)
            (shift,) = (await event.for_everyone(office, found.id)).shifts
            assert (shift.seats, shift.seats_left) == (40, 40 - taken)
            await asyncio.gather(*reading)


class TestOfStaff:
    async def test_lists_the_events_of_ones_duty(self, cast: Cast) -> None:
        mine, _ = await published(title="我的"), await published(title="别人的")
        who = await (await cast.staff(mine)).caller()
        assert [found.title for found in await event.of_staff(who)] == ["我的"]

    async def test_lists_an_organizers_own(self, cast: Cast) -> None:
        who = await (await cast.organizer("150105")).caller()
        assert [found.title for found in await event.of_staff(who)] == ["科普大篷车进校园"]

    async def test_lists_nothing_for_who_has_no_duty(self, cast: Cast) -> None:
        assert await event.of_staff(await (await cast.volunteer()).caller()) == []

    async def test_leaves_out_what_is_called_off(self, cast: Cast) -> None:
        off = await published(status=EventStatus.CANCELLED)
        assert await event.of_staff(await (await cast.staff(off)).caller()) == []

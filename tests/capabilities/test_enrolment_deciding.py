"""Who of a batch gets a seat, waits or is refused: by what is held, without a database."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from capabilities.enrolment import (
    AlreadyEnrolled,
    Application,
    EnrolmentClosed,
    NoSeatLeft,
    NoSuchShift,
    Standing,
    TooYoung,
    WalkInsNotAllowed,
    decide_all,
)
from capabilities.registration import RegistrationNotApproved, RegistrationSuspended
from kit.encryption import KeyRing, UnreadableCiphertext
from models.enrolment import EnrolmentStatus
from models.event import EventStatus
from models.fields import SealedTextField
from models.seats import EventRow, Held, HeldShift, Registration
from models.volunteer import Volunteer, VolunteerStatus
from tests.stage import NINE

DAY = timedelta(days=1)
CONFIRMED, WAITLISTED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.WAITLISTED
ADULT, CHILD = "1980-01-01", "2010-01-01"


def a_shift(
    *,
    seats: int = 2,
    taken: int = 0,
    waiting: int = 0,
    status: EventStatus = EventStatus.PUBLISHED,
    walk_ins: bool = True,
) -> HeldShift:
    event = EventRow(uuid4(), status, 18, None, NINE, walk_ins)
    return HeldShift(uuid4(), event, NINE + DAY, NINE + 2 * DAY, seats, taken, taken + waiting, waiting)


def sealed(born: str | None) -> bytes | None:
    field = Volunteer._meta.fields_map["birth_date"]
    written: bytes | None = field.to_db_value(born, Volunteer)
    return written


def registered(
    status: VolunteerStatus = VolunteerStatus.APPROVED, *, until: timedelta | None = None, born: str | None = ADULT
) -> Registration:
    return Registration(status, None if until is None else NINE + until, sealed(born))


def told(answers: Sequence[Standing | BaseException]) -> list[tuple[EnrolmentStatus, int | None] | type]:
    """Of who stands the state and the place, of all others the refusal."""
    return [(each.enrolment.status, each.place) if isinstance(each, Standing) else type(each) for each in answers]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SealedTextField, "_keys", KeyRing(b"d" * 40, index_secret=b"i" * 40))


class Hall:
    """A shift or more and whoever comes."""

    def __init__(self, *shifts: HeldShift) -> None:
        self.held = Held(shifts={shift.id: shift for shift in shifts})
        self.shift = shifts[0] if shifts else a_shift()

    def come(
        self, registration: Registration | None = None, *, to: HeldShift | None = None, **more: bool
    ) -> Application:
        """One more person, an approved adult unless the story says otherwise, a second before nine."""
        who = uuid4()
        self.held.registrations[who] = registration or registered()
        return Application(who, (to or self.shift).id, NINE - timedelta(seconds=1), **more)

    def decide(self, *applications: Application) -> list[tuple[EnrolmentStatus, int | None] | type]:
        return told(decide_all(applications, self.held))


class TestDecideAll:
    def test_gives_the_seats_in_the_order_of_arrival_and_then_the_queue(self) -> None:
        hall = Hall(a_shift(seats=2))
        answers = decide_all([hall.come() for _ in range(4)], hall.held)
        assert told(answers) == [(CONFIRMED, None), (CONFIRMED, None), (WAITLISTED, 1), (WAITLISTED, 2)]
        assert [each.enrolment.queue_no for each in answers if isinstance(each, Standing)] == [1, 2, 3, 4]
        assert (hall.shift.taken, hall.shift.queue_tail, hall.shift.waiting) == (2, 4, 2)

    def test_gives_no_seat_while_somebody_waits(self) -> None:
        hall = Hall(a_shift(seats=2, taken=1, waiting=3))
        assert hall.decide(hall.come()) == [(WAITLISTED, 4)]

    def test_leaves_no_gap_where_somebody_is_refused(self) -> None:
        hall = Hall(a_shift(seats=1))
        suspended = registered(VolunteerStatus.SUSPENDED, until=DAY)
        answers = decide_all([hall.come(), hall.come(suspended), hall.come()], hall.held)
        assert told(answers) == [(CONFIRMED, None), RegistrationSuspended, (WAITLISTED, 1)]
        assert hall.shift.queue_tail == 2

    def test_lets_nobody_press_twice(self) -> None:
        hall = Hall(a_shift())
        once = hall.come()
        assert hall.decide(once, once) == [(CONFIRMED, None), AlreadyEnrolled]
        assert hall.shift.taken == 1

    def test_lets_nobody_into_two_shifts_of_an_event(self) -> None:
        first = a_shift()
        second = HeldShift(uuid4(), first.event, first.starts_at, first.ends_at, 5, 0, 0, 0)
        hall = Hall(first, second)
        once = hall.come()
        assert hall.decide(once, once._replace(shift_id=second.id)) == [(CONFIRMED, None), AlreadyEnrolled]
        assert second.queue_tail == 0

    def test_names_the_enrolment_that_stands(self) -> None:
        hall, standing_id = Hall(a_shift()), uuid4()
        application = hall.come()
        hall.held.live[hall.shift.event_id, application.person_id] = standing_id
        (refusal,) = decide_all([application], hall.held)
        assert isinstance(refusal, AlreadyEnrolled)
        assert refusal.facts == {"enrolment_id": str(standing_id)}

    @pytest.mark.parametrize(
        ("taken", "waiting", "is_let_in"), [(0, 0, True), (1, 0, True), (2, 0, False), (1, 1, False)]
    )
    def test_gives_a_walk_in_a_free_seat_or_nothing(self, taken: int, waiting: int, is_let_in: bool) -> None:
        hall = Hall(a_shift(seats=2, taken=taken, waiting=waiting))
        assert hall.decide(hall.come(is_walk_in=True)) == [(CONFIRMED, None) if is_let_in else NoSeatLeft]

    def test_sends_a_walk_in_away_once_the_same_batch_has_begun_a_queue(self) -> None:
        hall = Hall(a_shift(seats=1))
        answers = hall.decide(hall.come(), hall.come(), hall.come(is_walk_in=True), hall.come())
        assert answers == [(CONFIRMED, None), (WAITLISTED, 1), NoSeatLeft, (WAITLISTED, 2)]

    @pytest.mark.parametrize(
        "status", sorted(set(VolunteerStatus) - {VolunteerStatus.APPROVED, VolunteerStatus.SUSPENDED})
    )
    def test_is_for_approved_registrations(self, status: VolunteerStatus) -> None:
        hall = Hall(a_shift())
        assert hall.decide(hall.come(registered(status))) == [RegistrationNotApproved]

    def test_bars_nobody_whose_suspension_is_over(self) -> None:
        hall = Hall(a_shift())
        over = registered(VolunteerStatus.SUSPENDED, until=-timedelta(seconds=1))
        assert hall.decide(hall.come(over)) == [(CONFIRMED, None)]

    def test_refuses_strangers_and_unknown_shifts(self) -> None:
        hall = Hall(a_shift())
        stranger = Application(uuid4(), hall.shift.id, NINE)
        lost = hall.come()._replace(shift_id=UUID(int=1))
        assert hall.decide(stranger, lost) == [RegistrationNotApproved, NoSuchShift]

    def test_keeps_to_what_the_event_says(self) -> None:
        closed, no_walk_ins = a_shift(status=EventStatus.CANCELLED), a_shift(walk_ins=False)
        hall = Hall(closed, no_walk_ins)
        late = hall.come(to=no_walk_ins)._replace(at=NINE)
        answers = hall.decide(hall.come(), hall.come(to=no_walk_ins, is_walk_in=True), late)
        assert answers == [EnrolmentClosed, WalkInsNotAllowed, EnrolmentClosed]

    def test_asks_for_the_age_on_the_day(self) -> None:
        hall = Hall(a_shift())
        answers = hall.decide(hall.come(registered(born=CHILD)), hall.come(registered(born=None)), hall.come())
        assert answers == [TooYoung, TooYoung, (CONFIRMED, None)]

    def test_opens_no_date_of_birth_of_who_is_refused_anyway(self) -> None:
        hall = Hall(a_shift(status=EventStatus.ENDED))
        unreadable = Registration(VolunteerStatus.APPROVED, None, b"\x01nobody can read this")
        assert hall.decide(hall.come(unreadable)) == [EnrolmentClosed]

    def test_lets_an_unreadable_registration_fail_alone(self) -> None:
        hall = Hall(a_shift(seats=1))
        unreadable = Registration(VolunteerStatus.APPROVED, None, b"\x01nobody can read this")
        answers = hall.decide(hall.come(unreadable), hall.come(), hall.come())
        assert answers == [UnreadableCiphertext, (CONFIRMED, None), (WAITLISTED, 1)]

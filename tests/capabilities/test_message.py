"""Telling people something: once, in the inbox always, in the outbox where they allow it; and reading it."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from capabilities import event, message
from capabilities.enrolment import cancel as give_back_seat
from capabilities.enrolment import enrol
from capabilities.event import EventChanges, reminders_of
from capabilities.message import News, NoSuchMessage, tell_all, tell_each
from capabilities.office import Office
from capabilities.registration import decide
from kit.clock import StandingClock
from models.database import connection, transaction
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event
from models.fields import blind
from models.job import Job
from models.message import Delivery, Message, MessageKind, ReminderKind
from models.person import Person
from models.role import RoleName
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import Cast, Someone
from tests.reminders import ABOUT, RESULT, TEMPLATES, allow, run, tell
from tests.stage import NINE, published, refused, shift_of


@pytest.fixture(autouse=True)
def templates(office: Office) -> None:
    office.templates = TEMPLATES


@pytest.fixture
async def someone(cast: Cast) -> Someone:
    return await cast.volunteer()


class TestTell:
    async def test_waits_for_its_sending_where_it_is_allowed(self, someone: Someone) -> None:
        await allow(someone)
        told = await tell(someone)
        assert (told.delivery, told.title, told.words) == (Delivery.WAITING, "您的申诉有结果", "您的申诉已支持。")
        job = await Job.get()
        assert (job.work, job.about, job.run_at) == (
            "message.send",
            {"message_id": str(told.id)},
            someone.office.now(),
        )

    async def test_stays_in_the_inbox_without_a_consent(self, someone: Someone) -> None:
        assert (await tell(someone)).delivery is Delivery.INBOX_ONLY
        assert not await Job.exists()

    async def test_stays_in_the_inbox_with_a_consent_to_something_else(self, someone: Someone) -> None:
        await allow(someone, ReminderKind.HOURS)
        assert (await tell(someone)).delivery is Delivery.INBOX_ONLY

    async def test_stays_in_the_inbox_without_a_template(self, someone: Someone) -> None:
        someone.office.templates = {}
        await allow(someone)
        assert (await tell(someone)).delivery is Delivery.INBOX_ONLY

    async def test_tells_the_same_once(self, someone: Someone) -> None:
        await allow(someone, times=2)
        first = await tell(someone, "one")
        await tell(someone, "one")
        assert [each.id for each in await Message.all()] == [first.id]
        assert await Job.all().count() == 1

    async def test_tells_the_same_once_where_two_tell_at_the_same_moment(self, someone: Someone) -> None:
        await allow(someone, times=2)

        async def tell_in_a_transaction() -> None:
            async with transaction():
                await tell(someone, "one")

        await asyncio.gather(*(tell_in_a_transaction() for _ in range(5)))
        assert (await Message.all().count(), await Job.all().count()) == (1, 1)

    async def test_tells_one_key_to_each_person(self, cast: Cast, someone: Someone) -> None:
        other = await cast.volunteer()
        await tell_all(cast.office, [someone.id, other.id], RESULT, about=ABOUT, key="one")
        assert await Message.all().count() == 2

    async def test_is_gone_with_the_change_that_is_undone(self, someone: Someone) -> None:
        await allow(someone)

        async def change_and_fail() -> None:
            async with transaction():
                await tell(someone)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await change_and_fail()
        assert not await Message.exists()
        assert not await Job.exists()

    async def test_keeps_what_was_said_sealed(self, someone: Someone) -> None:
        await message.tell(someone.office, someone.id, RESULT, about={"outcome": "未支持", "reason": "canary"}, key="1")
        row = (await connection().execute_query_dict("SELECT * FROM message"))[0]
        assert "canary" in (await Message.get()).words
        assert b"canary" not in bytes(row["words"]) + bytes(row["values"])

    async def test_waits_for_the_morning(self, someone: Someone, clock: StandingClock) -> None:
        clock.advance(timedelta(hours=12, minutes=10))
        await allow(someone)
        told = await tell(someone)
        assert told.send_after == NINE + timedelta(hours=23)
        assert (await Job.get()).run_at == told.send_after

    async def test_stays_in_the_inbox_where_its_time_is_over_by_the_morning(
        self, someone: Someone, clock: StandingClock
    ) -> None:
        clock.advance(timedelta(hours=14))
        await allow(someone, ReminderKind.PLACE)
        soon = clock.now() + timedelta(hours=2)
        await message.tell(someone.office, someone.id, MessageKind.PLACE_OFFERED, about=ABOUT, key="1", not_after=soon)
        assert (await Message.get()).delivery is Delivery.INBOX_ONLY

    async def test_tells_different_people_different_things_at_once(self, cast: Cast, someone: Someone) -> None:
        other = await cast.volunteer()
        await allow(other)
        news = [News(each.id, RESULT, ABOUT | {"outcome": word}, word) for each, word in ((someone, "a"), (other, "b"))]
        await tell_each(cast.office, news)
        told = {each.person_id: (each.words, each.delivery) for each in await Message.all()}
        assert told[someone.id] == ("您的申诉a。", Delivery.INBOX_ONLY)
        assert told[other.id] == ("您的申诉b。", Delivery.WAITING)


async def many_enrolled(office: Office, what: Event, people: int) -> None:
    """Enrolled rows beside the queue's rules: only that they are many matters."""
    now, shift = office.now(), shift_of(what)
    openids = [uuid4().hex for _ in range(people)]
    made = [Person(openid=each, openid_index=blind(each, kind="openid"), joined_at=now) for each in openids]
    await Person.bulk_create(made)
    await Enrolment.bulk_create(
        Enrolment(
            event_id=what.id,
            shift_id=shift.id,
            person_id=each.id,
            status=EnrolmentStatus.CONFIRMED,
            queue_no=number,
            enrolled_at=now,
            changed_at=now,
        )
        for number, each in enumerate(made, 1)
    )


class TestWired:
    async def test_a_cancelled_event_is_told_to_all_who_are_enrolled(self, cast: Cast) -> None:
        what = await published(seats=(1,), starts_at=NINE + timedelta(days=1))
        people = [await cast.volunteer() for _ in range(3)]
        for each in people:
            await enrol(cast.office, await each.caller(), shift_of(what).id)
        await give_back_seat(cast.office, await people[2].caller(), (await Enrolment.get(person_id=people[2].id)).id)
        await allow(people[0], ReminderKind.EVENT)
        organizer = await cast.organizer(what.unit.code)
        await event.cancel(cast.office, await organizer.caller(), what.id, "大风预警")
        await run(cast.office)
        told = await Message.filter(kind=MessageKind.EVENT_CANCELLED)
        assert {each.person_id for each in told} == {people[0].id, people[1].id}
        assert told[0].words.splitlines() == [
            "您报名的「科普讲座」已取消，请不要前往，感谢您的支持。",
            "原定时间：2019年5月31日 09:00",
            "说明：大风预警",
        ]
        assert {each.delivery for each in told} == {Delivery.SENT, Delivery.INBOX_ONLY}

    async def test_a_cancelled_event_of_many_is_told_in_few_statements(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        what = await published(seats=(700,), starts_at=NINE + timedelta(days=1))
        await many_enrolled(cast.office, what, 650)
        organizer = await cast.organizer(what.unit.code)
        inserted = []
        original = Message.bulk_create

        def counting(objects: object, **options: object) -> object:
            inserted.append(len(list(objects)))  # type: ignore[call-overload]
            return original(objects, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(Message, "bulk_create", counting)
        await event.cancel(cast.office, await organizer.caller(), what.id, "大风预警")
        assert await Job.all().count() == 1
        await run(cast.office)
        assert inserted == [200, 200, 200, 50]
        assert await Message.all().count() == 650

    async def test_a_cancelled_event_is_told_once_where_the_telling_is_done_again(
        self, cast: Cast, someone: Someone
    ) -> None:
        """Its process was killed after some were told."""
        what = await published(starts_at=NINE + timedelta(days=1))
        await enrol(cast.office, await someone.caller(), shift_of(what).id)
        await allow(someone, ReminderKind.EVENT, times=2)
        organizer = await cast.organizer(what.unit.code)
        await event.cancel(cast.office, await organizer.caller(), what.id, "大风预警")
        ordered = await Job.get()
        for _ in range(2):
            await event.tell_enrolled(cast.office, ordered.about)
        assert (await Message.all().count(), await Job.filter(work="message.send").count()) == (1, 1)

    async def test_a_changed_place_is_told_and_a_changed_text_is_not(self, cast: Cast, someone: Someone) -> None:
        what = await published(starts_at=NINE + timedelta(days=1))
        await enrol(cast.office, await someone.caller(), shift_of(what).id)
        who = await (await cast.organizer(what.unit.code)).caller()
        await event.change(cast.office, who, what.id, EventChanges(content="另一个讲座"))
        await run(cast.office)
        assert not await Message.exists()
        await event.change(cast.office, who, what.id, EventChanges(place="新华社区"))
        await run(cast.office)
        told = await Message.get()
        assert (told.kind, told.event_id) == (MessageKind.EVENT_CHANGED, what.id)
        assert "地点：新华社区" in told.words
        assert told.page == f"pages/event/show?id={what.id}"

    async def test_an_offered_place_is_told_to_the_next_in_the_queue(self, cast: Cast, someone: Someone) -> None:
        what = await published(seats=(1,), starts_at=NINE + timedelta(days=1))
        first = await cast.volunteer()
        held = await enrol(cast.office, await first.caller(), shift_of(what).id)
        await enrol(cast.office, await someone.caller(), shift_of(what).id)
        await allow(someone, ReminderKind.PLACE)
        await give_back_seat(cast.office, await first.caller(), held.enrolment.id)
        told = await Message.get()
        assert (told.person_id, told.kind, told.delivery) == (
            someone.id,
            MessageKind.PLACE_OFFERED,
            Delivery.WAITING,
        )
        assert told.send_until == (await Enrolment.get(person_id=someone.id)).offer_expires_at
        assert "请在 2019年5月30日 10:50 前确认" in told.words

    @pytest.mark.parametrize(
        ("decision", "kind", "line"),
        [
            (VolunteerStatus.APPROVED, MessageKind.REGISTRATION_APPROVED, "志愿者编号：V"),
            (VolunteerStatus.RETURNED, MessageKind.REGISTRATION_RETURNED, "说明：请补充单位"),
            (VolunteerStatus.REJECTED, MessageKind.REGISTRATION_REJECTED, "说明：请补充单位"),
        ],
    )
    async def test_a_decided_registration_is_told(
        self, cast: Cast, someone: Someone, decision: VolunteerStatus, kind: MessageKind, line: str
    ) -> None:
        await Volunteer.filter(person_id=someone.id).update(status=VolunteerStatus.SUBMITTED)
        registration = await Volunteer.get(person_id=someone.id)
        who = await (await cast.city_admin()).caller()
        await decide(cast.office, who, registration.id, decision, "请补充单位")
        told = await Message.get(person_id=someone.id)
        assert told.kind is kind
        assert line in told.words

    async def test_counts_what_became_of_an_events_messages(self, cast: Cast, someone: Someone) -> None:
        what = await published()
        await allow(someone, ReminderKind.EVENT)
        await tell(someone, "1", MessageKind.EVENT_CANCELLED, what.id)
        await tell(await cast.volunteer(), "1", MessageKind.EVENT_CANCELLED, what.id)
        auditor = await (await cast.with_role(RoleName.AUDITOR)).caller()
        assert await reminders_of(auditor, what.id) == {
            (MessageKind.EVENT_CANCELLED, Delivery.WAITING): 1,
            (MessageKind.EVENT_CANCELLED, Delivery.INBOX_ONLY): 1,
        }


class TestInbox:
    async def test_shows_the_own_messages_newest_first(self, cast: Cast, someone: Someone) -> None:
        for key in ("1", "2", "3"):
            await tell(someone, key)
        await tell(await cast.volunteer(), "4")
        who = await someone.caller()
        assert [each.key for each in await message.mine(who, cursor=None, limit=2)] == ["3", "2", "1"]
        assert await message.unread(who) == 3

    async def test_marks_one_as_read_at_the_first_time(self, someone: Someone, clock: StandingClock) -> None:
        told, who = await tell(someone), await someone.caller()
        read_at = clock.now()
        assert await message.read(someone.office, who, told.id) == 0
        clock.advance(timedelta(hours=1))
        await message.read(someone.office, who, told.id)
        assert (await Message.get()).read_at == read_at

    async def test_is_closed_to_others(self, cast: Cast, someone: Someone) -> None:
        told = await tell(someone)
        stranger = await (await cast.volunteer()).caller()
        await refused(NoSuchMessage, message.read(cast.office, stranger, told.id))
        await message.read_all(cast.office, stranger, up_to=told.id)
        assert (await Message.get()).read_at is None

    async def test_leaves_unread_what_came_after_the_newest_on_the_screen(self, someone: Someone) -> None:
        await tell(someone, "1")
        seen = await tell(someone, "2")
        await tell(someone, "3")
        assert await message.read_all(someone.office, await someone.caller(), up_to=seen.id) == 1

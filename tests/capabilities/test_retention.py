"""Retention: what is past its time goes, with proof; what has a reason to stay stays, and the reason is said."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from capabilities.job import run_due
from capabilities.office import Office
from capabilities.own_data import PLACES
from capabilities.retention import RULES, Outcome, due, left, order_retention, retain
from kit.clock import StandingClock
from models.attendance import Attendance
from models.conflict import Device
from models.enrolment import Enrolment, EnrolmentStatus
from models.greeting import Greeting, GreetingStatus, GreetingText
from models.job import Job, JobStatus
from models.media_check import MediaCheck, MediaCheckState, MediaPieceKind
from models.message import Credit, Message, MessageKind, ReminderKind
from models.removal import Removal, RemovedBy
from models.scan import Direction, Scan, ScanWay
from models.session import Login, Session
from models.upload import Upload, UploadStatus
from models.volunteer import Volunteer, VolunteerStatus
from server.works import WORKS
from tests.cast import Cast
from tests.leaving import full_life
from tests.stage import NINE, everything, published, shift_of
from tests.uploads import stored

DAY = timedelta(days=1)
Plant = Callable[[Office, Cast, timedelta], Awaitable[None]]


def counts(outcomes: list[Outcome]) -> dict[str, int]:
    return {each.rule.name: each.count for each in outcomes if each.count}


async def an_enrolment(office: Office, cast: Cast, age: timedelta, **more: Any) -> Enrolment:
    """At an event that ended so long ago."""
    someone = await cast.volunteer()
    found = await published(starts_at=office.now() - age - timedelta(hours=3))
    return await Enrolment.create(
        event=found, shift=shift_of(found), person=someone.person, status=EnrolmentStatus.CONFIRMED, queue_no=1,
        enrolled_at=office.now(), changed_at=office.now(), **more,
    )  # fmt: skip


async def plant_enrolment(office: Office, cast: Cast, age: timedelta) -> None:
    await an_enrolment(office, cast, age)


async def plant_scan(office: Office, cast: Cast, age: timedelta) -> None:
    at = office.now() - age
    await Scan.create(
        event_id=(await published()).id, scanned_by_id=(await cast.scientist()).id, way=ScanWay.MANUAL,
        direction=Direction.IN, nonce="nonce", code_digest="", scanned_at=at, received_at=at, verdict="CheckedIn",
        device="phone-1", gate="gate-1", clock_error_s=3,
    )  # fmt: skip


async def plant_device(office: Office, cast: Cast, age: timedelta) -> None:
    someone = await cast.scientist()
    await Device.create(event=await published(), person_id=someone.id, code="p", heard_at=office.now() - age)


async def a_greeting(office: Office, cast: Cast, age: timedelta, status: GreetingStatus) -> Greeting:
    at, someone = office.now() - age, await cast.scientist()
    row = await Greeting.create(
        campaign_id=(await published()).campaign_id, person=someone.person, kind="greeting", status=status,
        topic="motherland", text="祝福", byline="anonymous", is_over_14=True, submitted_at=at,
        withdrawn_at=at if status is GreetingStatus.WITHDRAWN else None,
    )  # fmt: skip
    await GreetingText.create(greeting=row, version=1, text="祝福", written_at=at)
    return row


async def plant_rejected(office: Office, cast: Cast, age: timedelta) -> None:
    await a_greeting(office, cast, age, GreetingStatus.REJECTED)


async def plant_withdrawn(office: Office, cast: Cast, age: timedelta) -> None:
    await a_greeting(office, cast, age, GreetingStatus.WITHDRAWN)


async def plant_upload(office: Office, cast: Cast, age: timedelta) -> None:
    at, someone = office.now() - age, await cast.scientist()
    await stored(office, someone.id, status=UploadStatus.REMOVED, removed_at=at, purged_at=at)


async def plant_draft(office: Office, cast: Cast, age: timedelta) -> None:
    someone = await cast.scientist()
    await Volunteer.create(person=someone.person, status=VolunteerStatus.DRAFT, changed_at=office.now() - age)


async def plant_login(office: Office, cast: Cast, age: timedelta) -> None:
    await Login.create(code_index=uuid4().hex, caller_index="caller", at=office.now() - age)


async def plant_session(office: Office, cast: Cast, age: timedelta) -> None:
    someone, ended = await cast.visitor(), office.now() - age
    session = await Session.create(
        person=someone.person,
        token_hash=uuid4().hex,
        opened_at=ended - DAY,
        expires_at=ended,
    )
    await Login.create(code_index=uuid4().hex, caller_index="caller", at=office.now(), session=session)


async def plant_message(office: Office, cast: Cast, age: timedelta) -> None:
    someone = await cast.scientist()
    await Message.create(
        person=someone.person, kind=MessageKind.SUSPENDED, key="1", title="暂停", words="暂停", page="", values="{}",
        at=office.now() - age, delivery="inbox_only", reminder="result",
    )  # fmt: skip


async def a_media_check(office: Office, person_id: UUID, greeting_id: UUID, age: timedelta) -> None:
    at = office.now() - age
    await MediaCheck.create(
        subject="greeting", subject_id=greeting_id, version=1, upload_id=uuid4(), piece="picture",
        kind=MediaPieceKind.IMAGE, person_id=person_id, state=MediaCheckState.UNANSWERED, ordered_at=at,
    )  # fmt: skip


async def plant_media_check(office: Office, cast: Cast, age: timedelta) -> None:
    await a_media_check(office, (await cast.scientist()).id, uuid4(), age)


async def plant_credit(office: Office, cast: Cast, age: timedelta) -> None:
    someone, at = await cast.scientist(), office.now() - age
    await Credit.create(
        person=someone.person, reminder=ReminderKind.EVENT, is_accepted=True, given_at=at, withdrawn_at=at
    )


PLANTED: dict[str, Plant] = {
    "enrolment_without_attendance": plant_enrolment,
    "scan_device": plant_scan,
    "device": plant_device,
    "rejected_greeting": plant_rejected,
    "withdrawn_greeting": plant_withdrawn,
    "removed_upload": plant_upload,
    "media_check": plant_media_check,
    "draft_registration": plant_draft,
    "login": plant_login,
    "expired_session": plant_session,
    "message": plant_message,
    "credit": plant_credit,
}
TERMS = {rule.name: rule.keep_for for rule in RULES}


class TestDue:
    async def test_counts_of_every_rule_what_the_real_run_takes(self, office: Office, cast: Cast) -> None:
        """Numbers of their own, so that no rule is counted by another's, and what is young is counted by none."""
        assert set(PLANTED) == set(TERMS)
        for number, (rule, plant) in enumerate(PLANTED.items(), 2):
            for _ in range(number):
                await plant(office, cast, TERMS[rule] + DAY)
            await plant(office, cast, TERMS[rule] - DAY)
        said = await due(office.now())
        assert counts(said) == {rule: number for number, rule in enumerate(PLANTED, 2)}
        assert counts(await retain(office.now(), RemovedBy.COMMAND)) == counts(said)
        assert counts(await due(office.now())) == {}

    async def test_counts_once_what_goes_along_with_something_else(self, office: Office, cast: Cast) -> None:
        """A greeting takes its uploads and checks along; those past their own time are counted there, in both runs."""
        for _ in range(2):
            row = await a_greeting(office, cast, 200 * DAY, GreetingStatus.REJECTED)
            long_ago = office.now() - 199 * DAY
            await stored(
                office, row.person_id, status=UploadStatus.REMOVED, greeting_id=row.id, removed_at=long_ago,
                purged_at=long_ago,
            )  # fmt: skip
            await a_media_check(office, row.person_id, row.id, 200 * DAY)
        said = counts(await due(office.now()))
        assert said["rejected_greeting"] == 2
        assert counts(await retain(office.now(), RemovedBy.COMMAND)) == said

    async def test_counts_no_greeting_whose_files_are_still_there(self, office: Office, cast: Cast) -> None:
        rows = [await a_greeting(office, cast, 61 * DAY, GreetingStatus.REJECTED) for _ in range(3)]
        for _ in range(2):
            await stored(office, rows[0].person_id, status=UploadStatus.ATTACHED, greeting_id=rows[0].id)
        said = counts(await due(office.now()))
        assert said == {"rejected_greeting": 2}
        assert counts(await retain(office.now(), RemovedBy.COMMAND)) == said

    async def test_says_from_when_to_when(self, office: Office, cast: Cast) -> None:
        ages = [TERMS["enrolment_without_attendance"] + days * DAY for days in (1, 5, 3)]
        for age in ages:
            await an_enrolment(office, cast, age)
        (found,) = [each for each in await due(office.now()) if each.count]
        assert (found.oldest, found.newest) == (office.now() - max(ages), office.now() - min(ages))


class TestRetain:
    @pytest.mark.parametrize("rule", PLANTED)
    async def test_takes_what_is_past_its_time_with_proof(self, office: Office, cast: Cast, rule: str) -> None:
        await PLANTED[rule](office, cast, TERMS[rule] + DAY)
        assert counts(await due(office.now())) == {rule: 1}
        assert counts(await retain(office.now(), RemovedBy.COMMAND)) == {rule: 1}
        proof = await Removal.get()
        assert (proof.rule, proof.count, proof.by, proof.at) == (rule, 1, RemovedBy.COMMAND, office.now())
        assert proof.oldest == proof.newest
        assert proof.oldest is not None
        assert proof.oldest < office.now() - TERMS[rule]
        assert counts(await due(office.now())) == {}

    @pytest.mark.parametrize("rule", PLANTED)
    async def test_leaves_what_is_younger_by_a_day(self, office: Office, cast: Cast, rule: str) -> None:
        await PLANTED[rule](office, cast, TERMS[rule] - DAY)
        before = await everything()
        assert counts(await retain(office.now(), RemovedBy.COMMAND)) == {}
        assert await everything() == before

    async def test_touches_nothing_of_a_life_of_today(self, office: Office, cast: Cast) -> None:
        await full_life(office, cast)
        before = await everything()
        assert counts(await retain(office.now(), RemovedBy.ROUND)) == {}
        assert await everything() == before

    async def test_keeps_for_ever_who_came(self, office: Office, cast: Cast) -> None:
        row = await an_enrolment(office, cast, 400 * DAY)
        await Attendance.create(
            event_id=row.event_id, enrolment_id=row.id, way=ScanWay.MANUAL, point_id=row.id, check_in_scan_id=row.id,
            checked_in_at=NINE,
        )  # fmt: skip
        assert counts(await retain(office.now(), RemovedBy.ROUND)) == {}

    async def test_empties_the_device_and_keeps_the_scan(self, office: Office, cast: Cast) -> None:
        await plant_scan(office, cast, 91 * DAY)
        before = await Scan.get()
        await retain(office.now(), RemovedBy.ROUND)
        after = await Scan.get()
        assert (after.device, after.gate, after.clock_error_s) == (None, None, None)
        assert (after.id, after.verdict, after.scanned_at, after.nonce) == (
            before.id, before.verdict, before.scanned_at, before.nonce,
        )  # fmt: skip

    async def test_waits_for_the_files_of_a_greeting(self, office: Office, cast: Cast) -> None:
        row = await a_greeting(office, cast, 61 * DAY, GreetingStatus.REJECTED)
        await stored(office, row.person_id, status=UploadStatus.ATTACHED, greeting_id=row.id)
        assert counts(await retain(office.now(), RemovedBy.ROUND)) == {}
        assert (await Upload.get()).status is UploadStatus.REMOVED
        await Upload.all().update(purged_at=office.now())
        assert counts(await retain(office.now(), RemovedBy.ROUND)) == {"rejected_greeting": 1}

    async def test_goes_on_where_it_was_stopped(self, office: Office, cast: Cast) -> None:
        await Login.bulk_create(
            Login(code_index=f"code-{number}", caller_index="c", at=office.now() - 200 * DAY) for number in range(5)
        )
        turns = iter([False, False, True])
        rule = [each for each in RULES if each.name == "login"]
        done = await retain(office.now(), RemovedBy.ROUND, is_time_up=lambda: next(turns, True), rules=rule, at_once=2)
        assert (counts(done), await Login.all().count()) == ({"login": 4}, 1)
        assert counts(await retain(office.now(), RemovedBy.ROUND)) == {"login": 1}
        assert [row.count for row in await Removal.all().order_by("id")] == [2, 2, 1]


class TestDaily:
    async def test_runs_once_a_day_after_three(self, office: Office, cast: Cast, clock: StandingClock) -> None:
        await plant_login(office, cast, 200 * DAY)
        assert [await order_retention(office) for _ in range(3)] == [1, 0, 0]
        while await run_due(office, WORKS):
            pass
        assert (await Job.get(work="retention.retain")).status is JobStatus.DONE
        assert await Login.all().count() == 0
        clock.advance(DAY)
        assert await order_retention(office) == 1


class TestLeft:
    async def test_says_of_every_place_how_much_and_why(self, office: Office, cast: Cast) -> None:
        await full_life(office, cast)
        said = {each.place: each for each in await left()}
        assert {place.table for place in PLACES} <= set(said)
        assert said["attendance"].count == 1
        assert "第67号" in said["attendance"].why

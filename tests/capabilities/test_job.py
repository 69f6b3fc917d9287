"""Ordering background work, doing it, and what becomes of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from capabilities import job
from capabilities.caller import RoleNeeded
from capabilities.job import JobNotOver, NoSuchJob, Ordered, OutcomeUnknown, pause_after, put, put_all, run_due
from capabilities.office import Office
from kit.clock import StandingClock
from kit.errors import Conflict, TooMany, Unavailable
from kit.ids import uuid7
from models.database import transaction
from models.job import Job, JobStatus
from models.role import RoleName
from models.transition import Transition
from tests.cast import Cast
from tests.stage import refused

WORK = "bell.ring"


@dataclass
class Bell:
    """Rings, or fails as it is told to."""

    faults: list[BaseException] = field(default_factory=list)
    rung: list[Any] = field(default_factory=list)

    async def ring(self, _: Office, about: Mapping[str, Any]) -> None:
        self.rung.append(about["n"])
        if self.faults:
            raise self.faults.pop(0)


@pytest.fixture
def bell() -> Bell:
    return Bell()


async def run(office: Office, bell: Bell) -> int:
    return await run_due(office, {WORK: bell.ring})


class TestPut:
    async def test_leaves_nothing_where_the_change_is_undone(self, office: Office) -> None:
        async def change_and_fail() -> None:
            async with transaction():
                await put(office, WORK, {"n": 1})
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await change_and_fail()
        assert not await Job.all().exists()

    async def test_under_one_key_is_one_job(self, office: Office, bell: Bell) -> None:
        for n in (1, 2):
            async with transaction():
                await put(office, WORK, {"n": n}, once="bell:first")
        assert await run(office, bell) == 1
        async with transaction():
            await put(office, WORK, {"n": 3}, once="bell:first")
        assert await run(office, bell) == 0
        assert bell.rung == [1]

    async def test_all_writes_each_once_and_none_is_lost(self, office: Office, bell: Bell) -> None:
        orders = [Ordered(WORK, {"n": n}, once=f"bell:{n % 600}") for n in range(1200)]
        await put_all(office, orders)
        assert await Job.all().count() == 600

    async def test_waits_until_its_time(self, office: Office, bell: Bell, clock: StandingClock) -> None:
        await put(office, WORK, {"n": 1}, not_before=clock.now() + timedelta(hours=1))
        assert await run(office, bell) == 0
        clock.advance(timedelta(hours=1))
        assert await run(office, bell) == 1


class TestRunDue:
    async def test_does_each_job_once(self, office: Office, bell: Bell) -> None:
        await put_all(office, [Ordered(WORK, {"n": n}) for n in range(10)])
        while await run(office, bell):
            pass
        assert sorted(bell.rung) == list(range(10))
        assert await Job.filter(status=JobStatus.DONE, ended_at__isnull=False).count() == 10

    async def test_leaves_work_that_it_does_not_know_to_others(self, office: Office, bell: Bell) -> None:
        await put(office, "later.release", {})
        assert await run(office, bell) == 0
        assert (await Job.get()).status is JobStatus.WAITING

    async def test_by_two_workers_takes_a_job_once(self, office: Office) -> None:
        await put_all(office, [Ordered(WORK, {"n": n}) for n in range(20)])
        rung: list[int] = []

        async def ring(_: Office, about: Mapping[str, Any]) -> None:
            await asyncio.sleep(0.001)
            rung.append(about["n"])

        async def worker() -> None:
            for _ in range(10):
                await run_due(office, {WORK: ring})

        await asyncio.gather(*(worker() for _ in range(4)))
        assert sorted(rung) == list(range(20))

    @pytest.mark.parametrize("fault", [Unavailable(), TooMany(), ValueError("planted")])
    async def test_tries_again_after_a_pause(
        self, office: Office, bell: Bell, clock: StandingClock, fault: Exception
    ) -> None:
        bell.faults = [fault]
        await put(office, WORK, {"n": 1})
        await run(office, bell)
        assert await run(office, bell) == 0
        clock.advance(timedelta(seconds=6))
        await run(office, bell)
        assert bell.rung == [1, 1]
        done = await Job.get()
        assert (done.status, done.tries, done.fault) == (JobStatus.DONE, 2, None)

    async def test_comes_back_when_the_other_side_said(self, office: Office, bell: Bell, clock: StandingClock) -> None:
        bell.faults = [Unavailable(retry_after=600)]
        await put(office, WORK, {"n": 1})
        await run(office, bell)
        clock.advance(timedelta(seconds=599))
        assert await run(office, bell) == 0
        clock.advance(timedelta(seconds=1))
        assert await run(office, bell) == 1

    async def test_never_repeats_a_final_refusal(self, office: Office, bell: Bell, clock: StandingClock) -> None:
        bell.faults = [Conflict()]
        await put(office, WORK, {"n": 1})
        await run(office, bell)
        clock.advance(timedelta(days=30))
        assert await run(office, bell) == 0
        failed = await Job.get()
        assert (failed.status, failed.fault) == (JobStatus.FAILED, "Conflict")

    async def test_never_repeats_what_may_have_happened(self, office: Office, bell: Bell, clock: StandingClock) -> None:
        bell.faults = [OutcomeUnknown()]
        await put(office, WORK, {"n": 1})
        await run(office, bell)
        clock.advance(timedelta(days=30))
        assert await run(office, bell) == 0
        assert (await Job.get()).status is JobStatus.UNKNOWN

    async def test_gives_up_at_last(self, office: Office, bell: Bell, clock: StandingClock) -> None:
        bell.faults = [Unavailable() for _ in range(50)]
        await put(office, WORK, {"n": 1})
        for _ in range(50):
            await run(office, bell)
            clock.advance(timedelta(hours=1))
        assert len(bell.rung) == job.MOST_TRIES
        assert (await Job.get()).status is JobStatus.FAILED

    async def test_takes_up_what_a_killed_process_left(self, office: Office, bell: Bell, clock: StandingClock) -> None:
        await put(office, WORK, {"n": 1})
        await Job.all().update(status=JobStatus.RUNNING, held_until=clock.now() + job.HOLD, tries=1)
        assert await run(office, bell) == 0
        clock.advance(job.HOLD)
        assert await run(office, bell) == 1
        assert bell.rung == [1]

    async def test_that_is_stopped_leaves_the_job_to_the_next(self, office: Office, bell: Bell) -> None:
        began = asyncio.Event()

        async def hang(_: Office, __: Mapping[str, Any]) -> None:
            began.set()
            await asyncio.sleep(60)

        await put(office, WORK, {"n": 1})
        running = asyncio.create_task(run_due(office, {WORK: hang}))
        await began.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await run(office, bell) == 1
        assert bell.rung == [1]

    async def test_that_was_overtaken_does_not_write_over_the_other(self, office: Office, clock: StandingClock) -> None:
        """A process that slept through its hold finds that another ended the job, and leaves that standing."""

        async def sleep_long(_: Office, __: Mapping[str, Any]) -> None:
            await Job.all().update(status=JobStatus.FAILED, tries=2, fault="Other")
            raise Unavailable

        await put(office, WORK, {"n": 1})
        await run_due(office, {WORK: sleep_long})
        assert (await Job.get()).fault == "Other"


class TestPauseAfter:
    def test_doubles_up_to_an_hour_and_scatters_by_half(self) -> None:
        assert {timedelta(seconds=2.5) <= pause_after(1) <= timedelta(seconds=5) for _ in range(100)} == {True}
        assert {timedelta(minutes=30) <= pause_after(12) <= timedelta(hours=1) for _ in range(100)} == {True}
        assert len({pause_after(5) for _ in range(20)}) > 10


async def failed(office: Office, status: JobStatus = JobStatus.FAILED) -> Job:
    now = office.now()
    return await Job.create(work=WORK, about={"n": 1}, status=status, run_at=now, tries=12, ordered_at=now)


class TestRepeat:
    @pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.UNKNOWN])
    async def test_gives_a_job_all_its_tries_again(
        self, office: Office, cast: Cast, bell: Bell, status: JobStatus
    ) -> None:
        who = await (await cast.city_admin()).caller()
        again = await job.repeat(office, who, (await failed(office, status)).id)
        assert (again.status, again.tries) == (JobStatus.WAITING, 0)
        assert await run(office, bell) == 1
        assert await Transition.filter(subject="job", actor_id=who.person_id, before=status.value).count() == 1

    async def test_refuses_what_is_not_over(self, office: Office, cast: Cast) -> None:
        who = await (await cast.city_admin()).caller()
        done = await failed(office, JobStatus.DONE)
        await refused(JobNotOver, job.repeat(office, who, done.id))
        await refused(NoSuchJob, job.repeat(office, who, uuid7()))

    async def test_is_for_the_city(self, office: Office, cast: Cast) -> None:
        who = await (await cast.with_role(RoleName.AUDITOR)).caller()
        await refused(RoleNeeded, job.repeat(office, who, (await failed(office)).id))


class TestListed:
    async def test_shows_newest_first_by_state(self, office: Office, cast: Cast) -> None:
        who = await (await cast.with_role(RoleName.AUDITOR)).caller()
        first, second = await failed(office), await failed(office)
        await failed(office, JobStatus.DONE)
        rows = await job.listed(who, status=JobStatus.FAILED, work=None, cursor=None, limit=None)
        assert [row.id for row in rows] == [second.id, first.id]
        assert sorted(await job.counted(who)) == [(WORK, JobStatus.DONE, 1), (WORK, JobStatus.FAILED, 2)]


class TestForgetDone:
    async def test_keeps_what_failed_and_what_is_fresh(self, office: Office, clock: StandingClock) -> None:
        await failed(office)
        old = await failed(office, JobStatus.DONE)
        await Job.filter(id=old.id).update(ended_at=clock.now())
        assert await job.forget_done(office) == 0
        clock.advance(job.DONE_KEPT_FOR + timedelta(seconds=1))
        assert await job.forget_done(office) == 1
        assert [row.status for row in await Job.all()] == [JobStatus.FAILED]

"""What a slow or dead WeChat may cost: a deadline, a number of waiters, and five failures before a rest."""

import asyncio

import pytest

from wechat.circuit import FAILURES, Circuit
from wechat.errors import LoginCodeRefused, WeChatUnavailable


def circuit(**options):
    return Circuit("test", **{"rest_seconds": 0.2, "room": 3, "deadline_seconds": 0.5, **options})


async def fail():
    raise WeChatUnavailable


async def refuse():
    raise LoginCodeRefused


async def answer():
    return "answer"


async def stall():
    await asyncio.sleep(60)


async def exhaust(subject, times=FAILURES):
    for _ in range(times):
        with pytest.raises(WeChatUnavailable):
            await subject.run(fail)


class Counted:
    def __init__(self, ask):
        self.ask = ask
        self.times = 0

    async def __call__(self):
        self.times += 1
        return await self.ask()


class TestRun:
    async def test_gives_the_answer(self):
        assert await circuit().run(answer) == "answer"

    async def test_fails_at_once_after_five_failures_and_says_when_to_come_back(self):
        subject, counted = circuit(rest_seconds=15), Counted(answer)
        await exhaust(subject)
        with pytest.raises(WeChatUnavailable) as refusal:
            await subject.run(counted)
        assert (counted.times, refusal.value.retry_after) == (0, 15)

    async def test_counts_only_failures_on_end(self):
        subject = circuit()
        await exhaust(subject, FAILURES - 1)
        await subject.run(answer)
        await exhaust(subject, FAILURES - 1)
        assert not subject.is_resting

    async def test_takes_a_refusal_for_a_sign_of_life(self):
        subject = circuit()
        await exhaust(subject, FAILURES - 1)
        with pytest.raises(LoginCodeRefused):
            await subject.run(refuse)
        await exhaust(subject, FAILURES - 1)
        assert not subject.is_resting

    async def test_tries_one_question_after_the_rest_and_goes_on(self):
        subject = circuit()
        await exhaust(subject)
        await asyncio.sleep(0.25)
        assert await subject.run(answer) == "answer"
        await exhaust(subject, FAILURES - 1)
        assert not subject.is_resting

    async def test_rests_again_when_the_trial_fails(self):
        subject = circuit()
        await exhaust(subject)
        await asyncio.sleep(0.25)
        await exhaust(subject, 1)
        assert subject.is_resting

    async def test_lets_only_one_try_while_the_others_are_refused(self):
        subject, counted = circuit(), Counted(lambda: asyncio.sleep(0.05))
        await exhaust(subject)
        await asyncio.sleep(0.25)
        answers = await asyncio.gather(*(subject.run(counted) for _ in range(3)), return_exceptions=True)
        assert counted.times == 1
        assert [type(each) for each in answers] == [type(None), WeChatUnavailable, WeChatUnavailable]

    async def test_tries_another_when_the_one_who_tried_went_away(self):
        subject = circuit()
        await exhaust(subject)
        await asyncio.sleep(0.25)
        task = asyncio.create_task(subject.run(stall))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await subject.run(answer) == "answer"

    async def test_does_not_count_callers_who_go_away(self):
        subject = circuit()
        for _ in range(FAILURES + 1):
            task = asyncio.create_task(subject.run(stall))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await subject.run(answer) == "answer"

    async def test_refuses_who_finds_no_room(self):
        subject = circuit()
        inside = [asyncio.create_task(subject.run(stall)) for _ in range(3)]
        await asyncio.sleep(0.01)
        with pytest.raises(WeChatUnavailable):
            await asyncio.wait_for(subject.run(answer), timeout=0.1)
        await asyncio.gather(*inside, return_exceptions=True)
        assert await subject.run(answer) == "answer"

    async def test_ends_at_the_deadline_and_counts_it(self):
        subject = circuit(deadline_seconds=0.02)
        for _ in range(FAILURES):
            with pytest.raises(WeChatUnavailable):
                await subject.run(stall)
        assert subject.is_resting

    async def test_says_its_turns_in_the_log(self, events):
        subject = circuit()
        await exhaust(subject)
        await asyncio.sleep(0.25)
        await subject.run(answer)
        states = [event["state"] for event in events if event["event"] == "wechat_circuit"]
        assert states == ["opened", "half-opened", "closed"]

    async def test_gathers_no_frames_while_it_refuses(self):
        subject = circuit(rest_seconds=15)
        await exhaust(subject)
        for _ in range(50):
            with pytest.raises(WeChatUnavailable) as refusal:
                await subject.run(answer)
        assert refusal.value.__context__.__traceback__ is None

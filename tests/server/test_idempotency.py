"""A write that comes twice with one key: done once, answered twice; and what is left when something breaks midway."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sanic import Sanic

from capabilities.office import Office
from kit.clock import StandingClock
from kit.errors import Unavailable
from models.answered import Answered, AnswerState
from models.database import connection
from models.event import Event
from models.greeting import Greeting
from server import idempotency
from server.idempotency import GIVEN_UP, KEPT, FirstAnswers, forget_answers
from tests.cast import Cast, Someone
from tests.doubles import FakeWeChat
from tests.stage import code_of, shift_of

WORDS = {"topic": "motherland", "text": "祝福祖国", "byline": "anonymous", "is_over_14": True}


def with_key(key: str = "k") -> dict[str, str]:
    return {"Idempotency-Key": key}


async def greet(someone: Someone, base_url: str, key: str = "k", **more: Any) -> httpx.Response:
    async with someone.client(base_url) as client:
        return await client.post("/greetings", json=WORDS | more, headers=with_key(key))


def is_replayed(answer: httpx.Response) -> bool:
    return answer.headers.get("idempotent-replayed") == "true"


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


class TestSameKey:
    async def test_gets_the_first_answer_again(self, writer: Someone, base_url: str) -> None:
        first, second = [await greet(writer, base_url) for _ in range(2)]
        assert (first.status_code, is_replayed(first)) == (201, False)
        assert (second.status_code, is_replayed(second)) == (201, True)
        assert second.content == first.content
        assert second.headers["content-type"] == first.headers["content-type"]
        assert await Greeting.all().count() == 1

    async def test_gets_a_refusal_again(self, cast: Cast, base_url: str, event: Event) -> None:
        """Also when it would not be refused any more: the same question has the same answer."""
        visitor = await cast.visitor()
        async with visitor.client(base_url) as client:
            path, key = f"/shifts/{shift_of(event).id}/enrolments", with_key()
            first, second = [await client.post(path, headers=key) for _ in range(2)]
        assert code_of(first) == (first.status_code, "RegistrationNotApproved")
        assert (second.status_code, second.content, is_replayed(second)) == (first.status_code, first.content, True)
        assert second.headers["content-type"].startswith("application/problem+json")

    async def test_gets_a_complaint_about_the_body_again(self, writer: Someone, base_url: str) -> None:
        first, second = [await greet(writer, base_url, topic=7) for _ in range(2)]
        assert code_of(first) == (422, "InvalidMessage")
        assert (second.status_code, second.content) == (422, first.content)

    async def test_gets_the_empty_answer_again(self, cast: Cast, base_url: str, event: Event) -> None:
        volunteer = await cast.volunteer()
        async with volunteer.client(base_url) as client:
            enrolled = (await client.post(f"/shifts/{shift_of(event).id}/enrolments")).json()
            path = f"/enrolments/{enrolled['id']}/code"
            first, second = [await client.delete(path, headers=with_key("d")) for _ in range(2)]
        assert [(each.status_code, each.content, is_replayed(each)) for each in (first, second)] == [
            (204, b"", False),
            (204, b"", True),
        ]

    async def test_of_another_person_is_another_key(self, cast: Cast, writer: Someone, base_url: str) -> None:
        other = await cast.scientist()
        first, second = await greet(writer, base_url), await greet(other, base_url)
        assert not is_replayed(second)
        assert first.json()["id"] != second.json()["id"]

    async def test_of_somebody_who_logged_out_gets_nothing(self, writer: Someone, base_url: str) -> None:
        await greet(writer, base_url)
        async with writer.client(base_url) as client:
            await client.delete("/sessions/current")
        assert code_of(await greet(writer, base_url)) == (401, "SessionEnded")

    async def test_with_another_body_or_path_is_refused(self, writer: Someone, base_url: str) -> None:
        left = (await greet(writer, base_url)).json()
        assert code_of(await greet(writer, base_url, text="别的祝福")) == (422, "IdempotencyKeyReused")
        async with writer.client(base_url) as client:
            for method, path in (
                ("PUT", f"/greetings/{left['id']}"),
                ("POST", "/me/consents"),
                ("POST", "/greetings?x"),
            ):
                answer = await client.request(method, path, json=WORDS, headers=with_key())
                assert code_of(answer) == (422, "IdempotencyKeyReused"), path
        assert await Greeting.all().count() == 1
        assert is_replayed(await greet(writer, base_url))

    async def test_that_comes_while_the_first_is_in_flight_is_sent_away_for_a_moment(
        self, writer: Someone, base_url: str, wechat: FakeWeChat
    ) -> None:
        came, may_go = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            came.set()
            await may_go.wait()

        wechat.before_verdict = wait
        first = asyncio.create_task(greet(writer, base_url))
        await came.wait()
        second = await greet(writer, base_url)
        assert code_of(second) == (409, "IdempotencyKeyInFlight")
        assert int(second.headers["retry-after"]) >= 1
        may_go.set()
        assert (await first).status_code == 201
        assert is_replayed(await greet(writer, base_url))
        assert await Greeting.all().count() == 1


class TestNoKey:
    async def test_leaves_no_row(self, writer: Someone, base_url: str) -> None:
        async with writer.client(base_url) as client:
            for _ in range(2):
                assert (await client.post("/greetings", json=WORDS)).status_code == 201
        assert (await Answered.all().count(), await Greeting.all().count()) == (0, 2)


class TestLostConnection:
    async def test_does_not_stop_the_write_nor_lose_its_answer(
        self, writer: Someone, base_url: str, wechat: FakeWeChat, app: Sanic[Any, Any]
    ) -> None:
        came, may_go = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            came.set()
            await may_go.wait()

        wechat.before_verdict = wait
        first = asyncio.create_task(greet(writer, base_url))
        await came.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        # Long enough for the server to see that nobody listens any more.
        await asyncio.sleep(0.2)
        may_go.set()
        await app.ctx.porter.finish()
        second = await greet(writer, base_url)
        assert (second.status_code, is_replayed(second)) == (201, True)
        assert await Greeting.all().count() == 1


class TestFailure:
    async def test_is_not_kept(self, writer: Someone, base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A 5xx says that the same request may succeed later, so later it is tried."""
        for error, status in ((Unavailable(retry_after=3), 503), (RuntimeError("planted"), 500)):
            with monkeypatch.context() as patched:

                async def fail(*_: Any, error: Exception = error) -> None:
                    raise error

                patched.setattr("capabilities.greeting.leave", fail)
                assert (await greet(writer, base_url)).status_code == status
            assert await Answered.all().count() == 0
        assert (await greet(writer, base_url)).status_code == 201

    async def test_to_keep_the_answer_does_not_take_it_from_the_caller(
        self, writer: Someone, base_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:

            class Lost:
                async def update(self, **_: Any) -> int:
                    raise ConnectionError("planted")

            patched.setattr(idempotency, "_ours", lambda _: Lost())
            assert (await greet(writer, base_url)).status_code == 201
        assert code_of(await greet(writer, base_url)) == (409, "IdempotencyKeyInFlight")


class TestRowLeftInFlight:
    """As a process leaves it that is killed between the claim and the answer."""

    @pytest.fixture
    async def left(self, writer: Someone, base_url: str) -> Answered:
        await greet(writer, base_url)
        await Answered.all().update(state=AnswerState.IN_FLIGHT, status=None, body=None)
        return await Answered.get()

    async def test_is_respected_for_a_while(self, writer: Someone, base_url: str, left: Answered) -> None:
        assert code_of(await greet(writer, base_url)) == (409, "IdempotencyKeyInFlight")

    async def test_is_taken_over_then(
        self, writer: Someone, base_url: str, left: Answered, clock: StandingClock
    ) -> None:
        clock.advance(GIVEN_UP)
        first, second = await greet(writer, base_url), await greet(writer, base_url)
        assert (first.status_code, is_replayed(first), is_replayed(second)) == (201, False, True)
        assert second.content == first.content

    async def test_is_taken_over_by_one(
        self, writer: Someone, base_url: str, left: Answered, clock: StandingClock
    ) -> None:
        clock.advance(GIVEN_UP)
        answers = await asyncio.gather(*(greet(writer, base_url) for _ in range(8)))
        done = [each for each in answers if each.status_code == 201 and not is_replayed(each)]
        assert len(done) == 1
        assert {each.status_code for each in answers} <= {201, 409}
        # The one of the fixture, whose process was killed, and that of who took over.
        assert await Greeting.all().count() == 2

    async def test_is_still_refused_for_another_request(
        self, writer: Someone, base_url: str, left: Answered, clock: StandingClock
    ) -> None:
        clock.advance(GIVEN_UP)
        assert code_of(await greet(writer, base_url, text="别的")) == (422, "IdempotencyKeyReused")

    async def test_that_was_taken_over_is_not_answered_by_who_lost_it(
        self, writer: Someone, base_url: str, left: Answered, clock: StandingClock
    ) -> None:
        clock.advance(GIVEN_UP)
        kept = await greet(writer, base_url)
        assert await idempotency._ours(left).update(state=AnswerState.DONE, status=500, body="") == 0
        assert (await greet(writer, base_url)).content == kept.content


class TestRow:
    async def test_shows_nothing_of_what_was_sent_and_said(self, writer: Someone, base_url: str) -> None:
        await greet(writer, base_url, key="key-13800000000", text="我是王国文")
        (row,) = await connection().execute_query_dict("SELECT * FROM answered")
        told = " ".join(repr(bytes(each) if isinstance(each, memoryview) else each) for each in row.values())
        for canary in ("13800000000", "王国文", "王国文".encode().hex(), "motherland", "bW90aGVy"):
            assert canary not in told


class TestForm:
    def test_is_the_same_whatever_its_boundary(self) -> None:
        assert self._index("a1") == self._index("b2")
        assert self._index("a1") != self._index("a1", content=b"other")

    @staticmethod
    def _index(boundary: str, content: bytes = b"picture") -> bytes:
        body = b"--" + boundary.encode() + b"\r\n\r\n" + content + b"\r\n--" + boundary.encode() + b"--"
        request: Any = httpx.Request(
            "POST", "http://x", headers={"content-type": f'multipart/form-data; boundary="{boundary}"'}
        )
        request.body = body
        return idempotency._lasting_body(request)


class TestForgetAnswers:
    async def test_forgets_after_a_day_and_not_before(
        self, writer: Someone, base_url: str, office: Office, clock: StandingClock
    ) -> None:
        await greet(writer, base_url)
        clock.advance(KEPT)
        assert await forget_answers(office) == 0
        await greet(writer, base_url, key="young")
        clock.advance(timedelta(seconds=1))
        assert await forget_answers(office) == 1
        assert await Answered.all().count() == 1

    async def test_takes_no_more_than_a_part_at_once(
        self, writer: Someone, office: Office, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(idempotency, "FORGOTTEN_AT_ONCE", 2)
        for _ in range(3):
            row = Answered(person_id=writer.id, key_index=uuid4().hex, request_index="r", state=AnswerState.IN_FLIGHT)
            row.at = office.now()
            await row.save(force_create=True)
        clock.advance(KEPT * 2)
        assert [await forget_answers(office) for _ in range(3)] == [2, 1, 0]


class TestFinish:
    async def test_has_nothing_to_wait_for_when_nobody_asked(self, office: Office) -> None:
        await asyncio.wait_for(FirstAnswers(office).finish(), 1)

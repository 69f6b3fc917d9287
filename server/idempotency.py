"""Give the first answer again: a write that comes twice with one key is done once.

First the key is claimed (a row `in_flight`, committed), then the write is done with its own transactions, then its
answer is put into the row. A process that is killed between the second and the third leaves a row in flight of which
nobody knows whether the write happened; after `GIVEN_UP` the next request with this key claims it and does the write.
It then meets the capability's own rules (one enrolment a person, one scan a nonce); where there is no such rule, as
with a second greeting, doing it twice is the lesser evil: the first answer never reached anybody.
"""

import asyncio
import base64
from collections.abc import Awaitable
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from sanic import HTTPResponse, Request
from tortoise.exceptions import IntegrityError

from capabilities.office import Office
from kit.door import Answer
from kit.errors import Refusal
from kit.idempotency import REPLAYED, IdempotencyKeyInFlight, IdempotencyKeyReused
from kit.multipart import WHOLE_SECONDS
from models.answered import Answered, AnswerState
from models.fields import blind
from server.problems import refused

log = structlog.get_logger(__name__)

# A write is cut off after this long, and taken over by the next one only later: two never run at once. An upload takes
# as long as the door lets it.
LONGEST_SECONDS = 25.0
GIVEN_UP = timedelta(seconds=30)
UPLOAD_GIVEN_UP = timedelta(seconds=WHOLE_SECONDS) + GIVEN_UP
ASK_AGAIN_SECONDS = 1
KEPT = timedelta(hours=24)
# In one round; the next one follows in seconds.
FORGOTTEN_AT_ONCE = 1000


class FirstAnswers:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._running: set[asyncio.Task[HTTPResponse]] = set()

    async def once(
        self, request: Request, person_id: UUID, key: str, answer: Answer, *, is_upload: bool = False
    ) -> HTTPResponse:
        """What `answer` gives, kept for the next time; or what was kept.

        Raises `IdempotencyKeyReused` or `IdempotencyKeyInFlight`, and whatever `answer` raises. Of an upload only the
        length is compared: its bytes are not read twice.
        """
        claim = Answered(
            person_id=person_id,
            key_index=blind(key, kind="idempotency-key"),
            request_index=_index_of(request, is_upload=is_upload),
            state=AnswerState.IN_FLIGHT,
            at=self._office.now(),
        )
        row = await _claimed(claim, UPLOAD_GIVEN_UP if is_upload else GIVEN_UP)
        if row.state is AnswerState.DONE:
            return _replayed(row)
        if is_upload:
            # It ends with the connection that it comes over.
            return await _work(request, row, answer, seconds=None)
        # Who loses the connection is who will ask again: the write is finished and its answer kept all the same.
        work = asyncio.create_task(_work(request, row, answer, seconds=LONGEST_SECONDS))
        self._running.add(work)
        work.add_done_callback(self._done)
        return await asyncio.shield(work)

    async def finish(self) -> None:
        """Wait for what is being written."""
        while self._running:
            await asyncio.wait(set(self._running))

    def _done(self, work: "asyncio.Task[HTTPResponse]") -> None:
        self._running.discard(work)
        # Asked for, so that an error of which the caller never heard is no complaint of the loop.
        if not work.cancelled():
            work.exception()


async def _claimed(claim: Answered, given_up: timedelta) -> Answered:
    """The row of this key: in flight and ours to answer, or done."""
    try:
        await claim.save(force_create=True)
    except IntegrityError:
        return await _found(claim, given_up)
    return claim


async def _found(claim: Answered, given_up: timedelta) -> Answered:
    row = await Answered.get_or_none(person_id=claim.person_id, key_index=claim.key_index)
    if row is None:
        # It was given back in this very moment.
        raise IdempotencyKeyInFlight(retry_after=ASK_AGAIN_SECONDS)
    if row.request_index != claim.request_index:
        raise IdempotencyKeyReused
    if row.state is AnswerState.DONE:
        return row
    if claim.at - row.at < given_up or not await _ours(row).update(at=claim.at):
        raise IdempotencyKeyInFlight(retry_after=ASK_AGAIN_SECONDS)
    log.warning("taken_over", seconds=round((claim.at - row.at).total_seconds()))
    row.at = claim.at
    return row


async def _work(request: Request, row: Answered, answer: Answer, *, seconds: float | None) -> HTTPResponse:
    try:
        async with asyncio.timeout(seconds):
            response = await answer()
    except Refusal as refusal:
        await _settle(row, refused(request, refusal))
        raise
    except BaseException:
        await _quietly(_ours(row).delete())
        raise
    await _settle(row, response)
    return response


async def _settle(row: Answered, response: HTTPResponse) -> None:
    """Keep the answer; or give the key back where the same request may yet succeed."""
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status == HTTPStatus.TOO_MANY_REQUESTS:
        await _quietly(_ours(row).delete())
        return
    kept = {
        "state": AnswerState.DONE,
        "status": response.status,
        "content_type": response.content_type,
        "body": base64.b64encode(response.body or b"").decode(),
    }
    await _quietly(_ours(row).update(**kept))


def _ours(row: Answered) -> Any:
    """The row, as long as nobody took it over."""
    return Answered.filter(id=row.id, state=AnswerState.IN_FLIGHT, at=row.at)


async def _quietly(keeping: Awaitable[int]) -> None:
    """The write is done or refused, and its caller is told so, whatever becomes of the row."""
    try:
        await keeping
    except Exception as error:  # noqa: BLE001 - each driver fails in its own way, and each leaves the row in flight
        log.error("answer_not_kept", reason=type(error).__name__)


def _replayed(row: Answered) -> HTTPResponse:
    body = base64.b64decode(row.body)
    return HTTPResponse(body, row.status, {REPLAYED: "true"}, content_type=row.content_type)


def _index_of(request: Request, *, is_upload: bool) -> str:
    """Equal for equal requests. Blind: a body that is but a phone number could be found by trying them all."""
    line = f"{request.method} {request.path}?{request.query_string}\n"
    body = (request.headers.get("content-length") or "").encode() if is_upload else _lasting_body(request)
    return blind(sha256(line.encode() + body).hexdigest(), kind="idempotent-request")


def _lasting_body(request: Request) -> bytes:
    """A form's boundary is drawn anew each time that the same form is sent."""
    kind, _, rest = (request.headers.get("content-type") or "").partition("boundary=")
    boundary = rest.partition(";")[0].strip().strip('"')
    if kind.startswith("multipart/") and boundary:
        return request.body.replace(boundary.encode(), b"")
    return request.body


async def forget_answers(office: Office) -> int:
    """Forget what is a day old; how many it was."""
    old = Answered.filter(at__lt=office.now() - KEPT).order_by("at").limit(FORGOTTEN_AT_ONCE)
    ids = await old.values_list("id", flat=True)
    return await Answered.filter(id__in=ids).delete() if ids else 0

"""Ask the server, a bounded number of questions at once, and hold each answer against what the story expects."""

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpx

from scripts.walkthrough.ledger import Ledger, Surprise

TIMEOUT_SECONDS = 30
PHONE = "lizan-walkthrough/1"

# Name, content and media type.
File = tuple[str, bytes, str]


class Unexpected(Exception):
    """The answer was another than the story foresees; the ledger has it already."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    media_type: str
    retry_after: float = 0.0
    is_replayed: bool = False

    @cached_property
    def json(self) -> Any:
        """None where the body is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def __getitem__(self, name: str) -> Any:
        return self.json[name]

    @property
    def code(self) -> str | None:
        """The refusal's stable name; a problem whose status is not the answer's is no problem document (RFC 9457)."""
        is_problem = self.status >= 400 and isinstance(self.json, dict) and self.json.get("status") == self.status
        return self.json.get("code") if is_problem else None

    @property
    def detail(self) -> str:
        """The words for people, and the faults by field."""
        fields = self.json.get("fields") if self.code else None
        return f"{self.json.get('detail', '')}{fields or ''}" if self.code else ""

    @property
    def essence(self) -> Any:
        """What a repeated question must get again: the very bytes, or a problem but for its request id."""
        return {**self.json, "request_id": None} if self.code else self.body


class Api:
    """`at_once` bounds the requests in flight, however many people there are."""

    def __init__(
        self, url: str, ledger: Ledger, at_once: int, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
        self._url = url
        self._http = httpx.AsyncClient(
            base_url=url + "/api/v1", timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False, transport=transport
        )
        self._gate = asyncio.Semaphore(at_once)
        self.ledger = ledger

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "",
        want: int = 200,
        refusal: str | None = None,
        unless: str | None = None,
        phone: str = PHONE,
        key: str = "",
        waits_for: Collection[str] = (),
        file: File | None = None,
    ) -> Answer:
        """The answer with status `want`, or the refusal of that name. Raises `Unexpected` for every other.

        `unless` names a refusal that may come instead, where two questions race; who asks plans it in the ledger. With
        a `key` the question may be repeated. What `waits_for` names says when to ask again, and is asked again then.
        A `file` goes as the one field of a form.
        """
        headers = {"user-agent": phone} | ({"authorization": f"Bearer {token}"} if token else {})
        headers |= {"idempotency-key": key} if key else {}
        if refusal:
            self.ledger.planned[refusal] += 1
        answer = await self._send(method, path, body, headers, file)
        while answer.code in waits_for and answer.retry_after:
            await asyncio.sleep(answer.retry_after)
            answer = await self._send(method, path, body, headers, file)
        if answer.code:
            self.ledger.received[answer.code] += 1
        is_foreseen = answer.code == refusal if refusal else answer.status == want
        if not is_foreseen and not (unless and answer.code == unless):
            self._refuse(method, path, answer, refusal or str(want))
        return answer

    async def pages(self, path: str, *, token: str = "") -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor, joint = "", "&" if "?" in path else "?"
        while True:
            page = await self.ask("GET", f"{path}{joint}limit=200{cursor}", token=token)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = f"&cursor={page['next_cursor']}"

    async def fetch(self, address: str) -> Answer:
        """What the server shows at one of its own addresses outside the API, whatever it calls itself there."""
        return await self._send("GET", self._url + urlsplit(address).path, None, {"user-agent": PHONE})

    async def _send(
        self, method: str, path: str, body: Any, headers: dict[str, str], file: File | None = None
    ) -> Answer:
        async with self._gate:
            self.ledger.requests += 1
            try:
                answer = await self._http.request(
                    method, path, json=body, headers=headers, files={"file": file} if file else None
                )
            except httpx.HTTPError as error:
                return Answer(0, json.dumps({"detail": type(error).__name__}).encode(), "")
        return Answer(
            answer.status_code,
            answer.content,
            answer.headers.get("content-type", ""),
            float(answer.headers.get("retry-after", 0)),
            answer.headers.get("idempotent-replayed") == "true",
        )

    def _refuse(self, method: str, path: str, answer: Answer, wanted: str) -> NoReturn:
        detail = answer.detail if answer.status else f"没有应答（{answer['detail']}）"
        self.ledger.surprises.append(Surprise(method, path, wanted, answer.status, answer.code, detail))
        raise Unexpected(f"{method} {path}")

"""Who takes part: each acts through the API with a token of its own, and keeps what the answers said."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scripts.walkthrough.api import Answer, Api, Unexpected
from scripts.walkthrough.programme import Enrolment, Shift, TicketKey
from scripts.walkthrough.wechat import Newcomer

SCOPES = ("policy", "id_number")
KEY_LINE = "同一请求只办理一次"


class Person:
    """`is_lost` is who got an answer that nobody foresaw: the story goes on without them."""

    def __init__(self, api: Api, newcomer: Newcomer) -> None:
        self.api = api
        self.wechat_user, self.login_code = newcomer
        self.token = ""
        self.id = ""
        self.policy_version = ""
        self.is_lost = False

    async def ask(self, method: str, path: str, body: Any = None, **expected: Any) -> Answer:
        """As `Api.ask`, signed in as this person."""
        try:
            return await self.api.ask(method, path, body, token=self.token, **expected)
        except Unexpected:
            self.is_lost = True
            raise

    async def ask_twice(self, method: str, path: str, body: Any = None, **expected: Any) -> Answer:
        """Two taps at once with one key: one of them does it, and both get its answer to the byte."""
        expected |= {"key": secrets.token_urlsafe(12), "waits_for": {"IdempotencyKeyInFlight"}}
        first, second = await asyncio.gather(*(self.ask(method, path, body, **expected) for _ in range(2)))
        is_one = first.body == second.body and first.is_replayed != second.is_replayed
        self.api.ledger.hold(KEY_LINE, is_one, f"{method} {path} 两次应答不同，或办理了两次")
        return first

    async def log_in(self) -> Answer:
        opened = await self.ask("POST", "/sessions", {"code": self.login_code}, want=201)
        self.token, self.id = opened["token"], opened["me"]["id"]
        self.policy_version = opened["me"]["policy_version"]
        return opened

    async def agree(self, *scopes: str) -> Answer:
        agreement = {"policy_version": self.policy_version, "scopes": list(scopes or SCOPES)}
        return await self.ask("POST", "/me/consents", agreement, want=201)

    async def take_role(self, invitation: str) -> Answer:
        return await self.ask("POST", "/me/roles", {"invitation": invitation}, want=201)


class Volunteer(Person):
    def __init__(self, api: Api, newcomer: Newcomer, number: int, form: Mapping[str, Any]) -> None:
        super().__init__(api, newcomer)
        self.number = number
        self.form = dict(form)
        self.registration_id = ""
        self.registration_status = ""
        self.was_returned = False
        self.enrolments: list[Enrolment] = []
        self.greetings: dict[str, dict[str, Any]] = {}

    async def register(self, **changes: Any) -> Answer:
        """Submit the form with these changes; they stay in it."""
        self.form |= changes
        saved = await self.ask("PUT", "/me/volunteer", self.form)
        self._note_registration(saved)
        return saved

    async def save_draft(self, **part: Any) -> Answer:
        saved = await self.ask("PUT", "/me/volunteer", part | {"submit": False})
        self._note_registration(saved)
        return saved

    def _note_registration(self, saved: Answer) -> None:
        self.registration_id, self.registration_status = saved["id"], saved["status"]

    async def enrol(self, shift: Shift) -> Enrolment:
        answer = await self.ask("POST", f"/shifts/{shift.id}/enrolments", want=201)
        return self.enrolled(answer, shift)

    def enrolled(self, answer: Answer, shift: Shift) -> Enrolment:
        enrolment = Enrolment(answer["id"], self, shift, answer["status"], answer["place"])
        self.enrolments.append(enrolment)
        shift.enrolments.append(enrolment)
        return enrolment

    async def fetch_ticket(self, enrolment: Enrolment) -> TicketKey:
        shown = await self.ask("GET", f"/enrolments/{enrolment.id}/code")
        enrolment.ticket = TicketKey.of(shown, datetime.now(UTC))
        return enrolment.ticket

    async def cancel(self, enrolment: Enrolment) -> None:
        await self.ask("DELETE", f"/enrolments/{enrolment.id}", want=204)
        enrolment.status = "cancelled"

    async def accept(self, enrolment: Enrolment) -> None:
        answer = await self.ask("POST", f"/enrolments/{enrolment.id}/acceptance")
        enrolment.status, enrolment.place = answer["status"], answer["place"]

    async def greet(self, words: Mapping[str, Any], *, taps_twice: bool = False) -> dict[str, Any]:
        ask = self.ask_twice if taps_twice else self.ask
        left = await ask("POST", "/greetings", words, want=201)
        self.greetings[left["id"]] = left.json
        return self.greetings[left["id"]]

    async def change_greeting(self, greeting_id: str, words: Mapping[str, Any]) -> dict[str, Any]:
        changed = await self.ask("PUT", f"/greetings/{greeting_id}", words)
        self.greetings[greeting_id].update(changed.json)
        return self.greetings[greeting_id]

    async def withdraw(self, greeting_id: str) -> None:
        await self.ask("DELETE", f"/greetings/{greeting_id}")
        self.greetings[greeting_id]["status"] = "withdrawn"


class Official(Person):
    """Does in a minute what takes a day, and so waits where the server says so. Nobody else is to be told to."""

    async def ask(self, method: str, path: str, body: Any = None, **expected: Any) -> Answer:
        waits_for = {"TooManyRequests", *expected.pop("waits_for", ())}
        return await super().ask(method, path, body, waits_for=waits_for, **expected)


class Organizer(Official):
    """Of the city or of one unit; `unit_code` is empty for the city."""

    unit_code = ""

    async def invite(self, role: str, **scope: str) -> str:
        made = await self.ask_twice("POST", "/invitations", {"role": role, **scope}, want=201)
        return str(made["invitation"])

    async def decide(self, volunteer: Volunteer, decision: str, reason: str | None = None) -> None:
        path, what = f"/registrations/{volunteer.registration_id}/decision", {"decision": decision, "reason": reason}
        volunteer.registration_status = (await self.ask("POST", path, what))["status"]

    async def registrations(self, status: str) -> list[dict[str, Any]]:
        return await self.api.pages(f"/registrations?status={status}", token=self.token)


class Moderator(Official):
    async def waiting(self) -> dict[str, dict[str, Any]]:
        return {each["id"]: each for each in await self.api.pages("/moderation", token=self.token)}

    async def decide(self, greeting: dict[str, Any], decision: str, reason: str | None = None) -> None:
        """On the version that lies before the moderator."""
        what = {"decision": decision, "version": greeting["version"], "reason_code": reason}
        greeting["status"] = (await self.ask("POST", f"/greetings/{greeting['id']}/decision", what))["status"]


class Staff(Official):
    """On duty at some doors; `Door` says what is done there."""

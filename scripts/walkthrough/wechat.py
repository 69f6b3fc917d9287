"""The simulated WeChat as the people of the story use it: their log-ins, their taps on "allow", what reached them."""

import secrets
from typing import Any, NamedTuple

import httpx

TIMEOUT_SECONDS = 30


class Newcomer(NamedTuple):
    """`user` is the simulator's name of somebody, `code` what their phone logs in with, once."""

    user: str
    code: str


class WeChat:
    """The control API of the simulator. Everything raises `httpx.HTTPError` where it does not answer as it should."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)
        # Keys of this run alone: a restarted simulator counts from 1.
        self._prefix = f"walk-{secrets.token_hex(6)}-"

    async def close(self) -> None:
        await self._http.aclose()

    async def crowd(self, count: int) -> list[Newcomer]:
        made = await self._tell("crowd", {"count": count, "user": self._prefix})
        return [Newcomer(each["user"], each["code"]) for each in made["users"]]

    async def login_code(self, user: str) -> str:
        return str((await self._tell("login", {"user": user}))["code"])

    async def accept(self, user: str, template_id: str) -> None:
        """The person taps "allow" once."""
        await self._tell("accept", {"user": user, "template_id": template_id})

    async def reminders(self) -> list[dict[str, Any]]:
        """What reached the people of this run."""
        answer = await self._http.get("/control/messages")
        answer.raise_for_status()
        return [each for each in answer.json()["messages"] if each["user"].startswith(self._prefix)]

    async def _tell(self, what: str, wanted: dict[str, Any]) -> Any:
        answer = await self._http.post(f"/control/{what}", json=wanted)
        answer.raise_for_status()
        return answer.json()

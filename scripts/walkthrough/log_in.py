"""Act 1: the simulated WeChat makes a crowd with login codes, and everybody logs in; some tap twice."""

import asyncio

from scripts.walkthrough.people import Person
from scripts.walkthrough.stage import Stage

# Every twentieth thumb taps twice.
DOUBLE_TAP_EVERY = 20
# A right that ended in one process ends in the others within a second.
TOLD_WITHIN_S = 1.0
ANOTHER_PHONE = "another-phone/1"


async def log_in(stage: Stage) -> None:
    everybody: list[Person] = [*stage.cast.officials, *stage.cast.all_volunteers]
    await stage.each("登录", enumerate(everybody), lambda numbered: _come_in(stage, *numbered))
    await stage.run("登录被拒", [lambda: _spent(stage), lambda: _invented(stage), lambda: _nobody(stage)])


async def _come_in(stage: Stage, number: int, person: Person) -> None:
    if number % DOUBLE_TAP_EVERY:
        await person.log_in()
        return
    first, second = await asyncio.gather(person.log_in(), person.log_in())
    is_same = first["token"] == second["token"] and first["me"]["id"] == second["me"]["id"]
    stage.ledger.hold("双击登录得到同一令牌", is_same, "两次点击得到了不同的令牌")


async def _spent(stage: Stage) -> None:
    """A code that somebody read over a shoulder opens nothing on another phone."""
    code = stage.cast.city.login_code
    await stage.api.ask("POST", "/sessions", {"code": code}, refusal="LoginCodeRefused", phone=ANOTHER_PHONE)


async def _invented(stage: Stage) -> None:
    await stage.api.ask("POST", "/sessions", {"code": "0" + "x" * 31}, refusal="LoginCodeRefused")


async def _nobody(stage: Stage) -> None:
    await stage.api.ask("GET", "/me", refusal="Unauthenticated")
    await stage.api.ask("GET", "/me", token="not-a-token", refusal="SessionEnded")  # noqa: S106 # meant to be refused


async def log_out(stage: Stage) -> None:
    """The last act: a few leave, and their tokens open nothing from then on."""
    leaving = stage.cast.volunteers[: max(1, len(stage.cast.volunteers) // 50)]
    left: set[str] = set()
    refused: set[str] = set()

    async def leave(person: Person) -> None:
        await person.ask("DELETE", "/sessions/current", want=204)
        left.add(person.id)
        await asyncio.sleep(TOLD_WITHIN_S)
        await person.ask("GET", "/me", refusal="SessionEnded")
        refused.add(person.id)

    await stage.each("退出登录", leaving, leave)
    stage.ledger.compare("退出登录", "GET /me 401", left, refused)

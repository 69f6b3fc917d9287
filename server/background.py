"""What the server does by itself while it runs: pass on lapsed offers, hand stranded checks to people."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from capabilities.enrolment import pass_on_lapsed_offers
from capabilities.greeting import give_up_checks
from capabilities.office import Office

log = structlog.get_logger(__name__)

EVERY_SECONDS = 15
ROUNDS: tuple[Callable[[Office], Awaitable[int]], ...] = (pass_on_lapsed_offers, give_up_checks)


async def make_rounds(office: Office) -> None:
    """Never ends by itself; a round that fails is logged and made again at the next turn."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        for round_ in ROUNDS:
            await _make(round_, office)


async def _make(round_: Callable[[Office], Awaitable[int]], office: Office) -> None:
    try:
        done = await round_(office)
    except Exception as error:
        log.error("round_failed", call=round_.__name__, exc_info=error)
        return
    if done:
        log.info("round_made", call=round_.__name__, count=done)

"""What the server does by itself while it runs: pass on lapsed offers, hand stranded checks to people."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from capabilities.enrolment import pass_on_lapsed_offers
from capabilities.greeting import give_up_checks
from capabilities.office import Office

log = structlog.get_logger(__name__)

Round = Callable[[Office], Awaitable[int]]

EVERY_SECONDS = 15.0
ROUNDS: Sequence[Round] = (pass_on_lapsed_offers, give_up_checks)


async def make_rounds(office: Office, rounds: Sequence[Round] = ROUNDS, every_seconds: float = EVERY_SECONDS) -> None:
    """Never ends by itself; a round that fails is logged and made again at the next turn."""
    while True:
        await asyncio.sleep(every_seconds)
        for round_ in rounds:
            await _make(round_, office)


async def _make(round_: Round, office: Office) -> None:
    try:
        done = await round_(office)
    except Exception as error:
        log.error("round_failed", call=round_.__name__, exc_info=error)
        return
    if done:
        log.info("round_made", call=round_.__name__, count=done)

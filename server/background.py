"""What the server does by itself while it runs: rounds at fixed times, and the jobs that were written down."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from capabilities.channel_consent import end_run_out_consents
from capabilities.enrolment import pass_on_lapsed_offers
from capabilities.greeting import give_up_checks
from capabilities.job import Work, forget_done, run_due
from capabilities.machine_check import forget_verdicts, give_up_media_checks
from capabilities.message import expire_unsent, give_up_unanswered
from capabilities.office import Office
from capabilities.retention import order_retention
from capabilities.suggestion import close_replied, open_missing_cases
from capabilities.suspension import lift_ended_suspensions
from capabilities.upload import forget_half_stored, purge_removed, remove_unattached
from server.idempotency import forget_answers
from server.works import WORKS

log = structlog.get_logger(__name__)

Round = Callable[[Office], Awaitable[int]]

EVERY_SECONDS = 15.0
LOOK_EVERY_SECONDS = 1.0
ROUNDS: Sequence[Round] = (
    pass_on_lapsed_offers,
    lift_ended_suspensions,
    give_up_media_checks,
    give_up_checks,
    end_run_out_consents,
    open_missing_cases,
    close_replied,
    forget_verdicts,
    give_up_unanswered,
    expire_unsent,
    forget_done,
    forget_answers,
    forget_half_stored,
    remove_unattached,
    purge_removed,
    order_retention,
)


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


async def run_jobs(
    office: Office, works: Mapping[str, Work] = WORKS, look_every_seconds: float = LOOK_EVERY_SECONDS
) -> None:
    """Never ends by itself; looks again at once where it found something to do."""
    while True:
        try:
            taken = await run_due(office, works)
        except Exception as error:
            log.error("jobs_not_run", exc_info=error)
            taken = 0
        if not taken:
            await asyncio.sleep(look_every_seconds)

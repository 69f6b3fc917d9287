"""Greetings with pictures and sounds on their way through WeChat's check, and whoever does the jobs in between."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from capabilities import machine_check
from capabilities.job import Work, run_due
from capabilities.machine_check import Part
from capabilities.office import Office
from kit.ids import uuid7
from models.campaign import Campaign
from models.database import transaction
from models.greeting import Byline, Greeting, GreetingKind, GreetingStatus
from models.media_check import MediaCheck, MediaPieceKind
from server.works import WORKS
from tests.cast import Someone
from wechat.push_events import MediaVerdictPush


def picture() -> Part:
    return Part(uuid7(), "picture", MediaPieceKind.IMAGE)


def voice() -> Part:
    return Part(uuid7(), "voice", MediaPieceKind.VOICE)


def video(frames: int = 2) -> list[Part]:
    """Its frames and its sound, each to be judged by itself."""
    upload_id = uuid7()
    seen = [Part(upload_id, f"frame-{number}", MediaPieceKind.IMAGE) for number in range(1, frames + 1)]
    return [*seen, Part(upload_id, "sound", MediaPieceKind.VOICE)]


async def address_of(office: Office, part: Part) -> str:
    return f"{office.public_url}/media/{part.upload_id}/{part.piece}"


async def do_jobs(office: Office, works: Mapping[str, Work] | None = None) -> None:
    """Until nothing is due any more at this moment of the office's clock."""
    standard: dict[str, Work] = {machine_check.ASK: partial(machine_check.ask, address_of=address_of)}
    while await run_due(office, {**WORKS, **standard, **(works or {})}):
        pass


async def submitted(
    office: Office, writer: Someone, parts: Sequence[Part], *, words: str | None = "pass", **more: Any
) -> Greeting:
    """A greeting that waits for the verdicts on its parts; `words` is what WeChat said of its text."""
    async with transaction():
        row = await Greeting.create(
            campaign=await Campaign.current(),
            person_id=writer.id,
            kind=GreetingKind.GREETING,
            status=GreetingStatus.SUBMITTED,
            topic="motherland",
            text="祝福祖国",
            byline=Byline.ANONYMOUS,
            is_over_14=True,
            submitted_at=office.now(),
            machine_suggest=words,
            **more,
        )
        await machine_check.order(office, "greeting", row.id, row.version, writer.id, parts)
    return row


async def push(office: Office, trace_id: str, suggest: Any = "pass", errcode: int | None = None) -> None:
    """WeChat tells its verdict, and what follows from it is done."""
    await machine_check.hear(office, MediaVerdictPush(trace_id, suggest, 100, errcode))
    await do_jobs(office)


async def states_of(greeting_id: UUID) -> list[tuple[str, str, str | None]]:
    """Piece, state and verdict of each of its checks."""
    rows = await MediaCheck.filter(subject_id=greeting_id).order_by("id")
    return [(row.piece, row.state.value, row.suggest) for row in rows]

"""Order checks with the change that needs them, and ask WeChat about each afterwards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from capabilities import job
from capabilities.job import Ordered
from capabilities.machine_check.parts import AddressOf, Part
from capabilities.machine_check.verdicts import give_up, weigh
from capabilities.office import Office
from kit.errors import NotFound, Refusal
from models.media_check import OPEN, MediaCheck, MediaCheckState, MediaPieceKind
from models.person import Person
from wechat.answers import MediaKind, TextScene
from wechat.errors import PersonMustDecide, WeChatMisconfigured

log = structlog.get_logger(__name__)

ASK = "machine_check.ask"
ABANDONED = "abandoned"
KINDS: Mapping[MediaPieceKind, MediaKind] = {
    MediaPieceKind.IMAGE: MediaKind.IMAGE,
    MediaPieceKind.VOICE: MediaKind.VOICE,
}
# Asking again would not help; whatever else WeChat says may pass, and is asked again until the verdict is given up.
FINAL: tuple[type[Refusal], ...] = (PersonMustDecide, WeChatMisconfigured, NotFound)


async def order(
    office: Office, subject: str, subject_id: UUID, version: int, person_id: UUID, parts: Sequence[Part]
) -> None:
    """In the caller's transaction: have each part checked for this version, soon, while its sender is still here.

    When the last of them is decided, the job `<subject>.settle` runs with the subject's id and version.
    """
    now = office.now()
    rows = [_row(subject, subject_id, version, person_id, part, now) for part in parts]
    await MediaCheck.bulk_create(rows)
    await job.put_all(office, [Ordered(ASK, {"check_id": str(row.id)}, once=f"{ASK}:{row.id}") for row in rows])


def _row(subject: str, subject_id: UUID, version: int, person_id: UUID, part: Part, now: datetime) -> MediaCheck:
    return MediaCheck(
        subject=subject,
        subject_id=subject_id,
        version=version,
        upload_id=part.upload_id,
        piece=part.piece,
        kind=part.kind,
        person_id=person_id,
        state=MediaCheckState.TO_ASK,
        ordered_at=now,
    )


async def ask(office: Office, about: Mapping[str, Any], *, address_of: AddressOf) -> None:
    """A job's work. Done twice it costs a question and changes nothing: only the first trace id is waited for.

    Raises what may pass, for the job to come again: `WeChatUnavailable`, `WeChatQuotaUsedUp`.
    """
    check = await MediaCheck.get_or_none(id=UUID(about["check_id"]))
    if check is None:
        # Erased with its person meanwhile.
        return
    if check.state is MediaCheckState.TO_ASK:
        try:
            trace_id = await _ask_wechat(office, check, address_of)
        except FINAL as refusal:
            log.warning("media_check_not_asked", reason=refusal.code, subject_id=str(check.subject_id))
            await give_up(office, check, refusal.code)
            return
        await MediaCheck.filter(id=check.id, state=MediaCheckState.TO_ASK).update(
            state=MediaCheckState.ASKED, trace_id=trace_id, asked_at=office.now()
        )
    # The push may have been faster than this row, and a process that died here may have left it unweighed.
    asked = await MediaCheck.get_or_none(id=check.id)
    await weigh(office, asked.trace_id if asked else None)


async def _ask_wechat(office: Office, check: MediaCheck, address_of: AddressOf) -> str:
    person = await Person.get(id=check.person_id)
    address = await address_of(office, Part(check.upload_id, check.piece, check.kind))
    return await office.wechat.check_media(address, kind=KINDS[check.kind], openid=person.openid, scene=TextScene.FORUM)


async def abandon(subject: str, subject_id: UUID) -> None:
    """In the caller's transaction: nobody waits any more for verdicts on it. What was asked is still written down."""
    open_ones = MediaCheck.filter(subject=subject, subject_id=subject_id, state__in=OPEN)
    await open_ones.update(state=MediaCheckState.UNANSWERED, fault=ABANDONED)

"""Erase (注销): a person goes, a tombstone stays, and what the law keeps leads to nobody.

All in one transaction: a kill at any step leaves everything or nothing. What is written for this person in the very
moment of going, and the files in the storage, are swept up by a job that the same transaction orders.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from capabilities.caller import Caller
from capabilities.claim import forget_number_in_claims_on
from capabilities.closing import close_account
from capabilities.leaving.giving_back import (
    Leaver,
    change_registration,
    end_claims,
    give_back_roles,
    give_back_seats,
    hold_claims,
    hold_shifts,
    leave_teams,
    take_back_greetings,
    take_back_uploads,
)
from capabilities.leaving.withdraw import attempt
from capabilities.office import Office
from capabilities.own_data import PLACES, Fate, Place, RequestKind, delete_rows, note_request, prove
from capabilities.upload import purge_removed
from kit.errors import Unavailable
from models.attendance import Attendance
from models.consent import Consent
from models.database import cut_write_ahead_log, transaction
from models.greeting import Byline, Greeting, GreetingKind, GreetingStatus
from models.person import Person
from models.placement import TakeDown, TakeDownReason, TakeDownState
from models.removal import RemovedBy
from models.team import Membership
from models.transition import Transition
from models.upload import Upload
from models.volunteer import Volunteer, VolunteerStatus

RULE = "erasure"
REASON = "本人注销"

Step = Callable[[Office, Leaver], Awaitable[None]]


class FilesStillThere(Unavailable):
    """The storage did not delete what was sent; the sweep comes again."""

    words = "部分文件尚未删除，系统会继续删除。"


@dataclass(frozen=True)
class Line:
    """One place in the receipt: how many rows, and why they are kept where they are."""

    name: str
    count: int
    why: str = ""
    kept_for: str = ""


@dataclass(frozen=True)
class Receipt:
    """`take_downs_open` is how many copies elsewhere a person must still take down."""

    erased_at: datetime
    removed: list[Line]
    de_identified: list[Line]
    kept: list[Line]
    take_downs_open: int
    teams_without_leader: int


async def erase(office: Office, who: Caller, steps: Sequence[Step] | None = None) -> Receipt:
    """Close the account and forget who it was. Raises `LastCityAdmin` or `ChangedMeanwhile`; nothing is done then.

    Whoever logs in with the same WeChat account later is somebody new here.
    """
    return await attempt(lambda: _erase(office, who.person_id, steps or STEPS))


async def _erase(office: Office, person_id: UUID, steps: Sequence[Step]) -> Receipt:
    leaver = Leaver(person_id, office.now(), REASON)
    async with transaction():
        for step in steps:
            await step(office, leaver)
        receipt = await _receipt(leaver)
        await note_request(RequestKind.DELETE, person_id, leaver.now)
    return receipt


async def sweep(office: Office, about: Mapping[str, Any]) -> None:
    """The work `leaving.sweep`: the same steps again, for what came in while they were done; then the files.

    Raises `FilesStillThere`, so that the job comes again.
    """
    person_id = UUID(about["person_id"])
    if not await Person.filter(id=person_id, closed_at__isnull=False).exists():
        return
    await _sweep_once(office, person_id)
    await purge_removed(office)
    # Again, for the rows whose files are gone only now.
    await _sweep_once(office, person_id)
    await cut_write_ahead_log()
    if await Upload.filter(person_id=person_id).exists():
        raise FilesStillThere


async def _sweep_once(office: Office, person_id: UUID) -> None:
    leaver = Leaver(person_id, office.now(), REASON)
    async with transaction():
        for step in STEPS:
            await step(office, leaver)


async def _leave_registration(office: Office, leaver: Leaver) -> None:
    if await Volunteer.filter(person_id=leaver.person_id, status=VolunteerStatus.ERASED).exists():
        return
    has_served = await Attendance.filter(enrolment__person_id=leaver.person_id).exists()
    # Who has served may hold a certificate with this number, and it must still be found to be true.
    number = {} if has_served else {"volunteer_no": None}
    await change_registration(leaver, VolunteerStatus.ERASED, number)


async def _end_claims(office: Office, leaver: Leaver) -> None:
    await end_claims(office, leaver)
    await forget_number_in_claims_on(leaver.person_id)


async def _take_back_words(office: Office, leaver: Leaver) -> None:
    """Greetings lose their words, suggestions only their sender. Who was under 14 then had a guardian: now unnamed."""
    await take_back_greetings(office, leaver, TakeDownReason.PERSON_LEFT)
    mine = Greeting.filter(person_id=leaver.person_id)
    await mine.filter(kind=GreetingKind.GREETING).update(text="")
    await mine.filter(status=GreetingStatus.WITHDRAWN).update(text="")
    await mine.filter(is_over_14=False).update(guardian="")
    await mine.update(byline=Byline.ANONYMOUS)


async def _withdraw_consents(office: Office, leaver: Leaver) -> None:
    await Consent.live(leaver.person_id).update(withdrawn_at=leaver.now)
    said_why = Membership.filter(person_id=leaver.person_id, reason__isnull=False)
    await said_why.update(reason=REASON)


async def _empty_places(office: Office, leaver: Leaver) -> None:
    """By the table of all places, so that what is added to it is erased too."""
    for place in PLACES:
        if place.is_owned and place.fate is not Fate.KEPT:
            leaver.done[place.table] = await _empty(place, leaver)


async def _empty(place: Place, leaver: Leaver) -> int:
    rows = await place.rows_of(leaver.person_id)
    if place.blanks:
        await place.model.filter(id__in=[each.id for each in await rows.only("id")]).update(**place.blanks)
    if place.fate is not Fate.REMOVED:
        return await rows.count()
    gone = await delete_rows(place.model, [each.id for each in await rows.filter(**place.ready).only("id")])
    await prove(RULE, place.table, [], RemovedBy.PERSON, leaver.now, count=gone)
    return gone


async def _become_a_tombstone(office: Office, leaver: Leaver) -> None:
    await close_account(office, leaver.person_id, leaver.now)


STEPS: tuple[Step, ...] = (
    hold_claims,
    give_back_roles,
    hold_shifts,
    _leave_registration,
    _end_claims,
    give_back_seats,
    leave_teams,
    _take_back_words,
    take_back_uploads,
    _withdraw_consents,
    _empty_places,
    _become_a_tombstone,
)


async def _receipt(leaver: Leaver) -> Receipt:
    lines = {fate: [line async for line in _lines(fate, leaver)] for fate in Fate}
    open_ones = TakeDown.filter(copy__greeting__person_id=leaver.person_id, state=TakeDownState.TO_DO)
    return Receipt(
        leaver.now,
        lines[Fate.REMOVED],
        lines[Fate.DE_IDENTIFIED],
        lines[Fate.KEPT],
        await open_ones.count(),
        leaver.done["teams_without_leader"],
    )


async def _lines(fate: Fate, leaver: Leaver) -> Any:
    for place in PLACES:
        if place.fate is fate and (count := await _count(place, leaver)):
            yield Line(place.name, count, place.why, place.kept_for if fate is not Fate.REMOVED else "")


async def _count(place: Place, leaver: Leaver) -> int:
    if place.model is Upload:
        return leaver.done["uploads"]
    if place.model is Transition:
        return await Transition.filter(actor_id=leaver.person_id).count()
    if place.fate is not Fate.KEPT:
        return leaver.done[place.table]
    owned = await (await place.rows_of(leaver.person_id)).count() if place.is_owned else 0
    return owned + sum([await place.model.filter(**{each: leaver.person_id}).count() for each in place.acted])

"""Consents to reminders: one tap on "allow" is one reminder, and nothing else gives one.

The one source of credits is the mini-program's own report (`POST /me/reminders`): it also works where no push address
is set, and a popup's push beside it would count the same tap twice. Claiming more than was accepted only ends in
WeChat's refusal, which takes all credits of that kind away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities.caller import Caller
from capabilities.office import Office
from models.database import transaction
from models.message import Credit, Message, ReminderKind
from models.person import Person

MOST_LEFT = 5

# WeChat asks for three templates at a time.
Answered = Annotated[list[ReminderKind], Meta(max_length=3)]


class Answers(msgspec.Struct, forbid_unknown_fields=True):
    """What the person answered when WeChat asked; a kind in neither list was not asked for, or WeChat keeps it shut."""

    accepted: Answered = []
    rejected: Answered = []


@dataclass(frozen=True)
class Standing:
    """`template_id` is what the mini-program asks WeChat for; a kind without one has no reminders here."""

    reminder: ReminderKind
    template_id: str
    left: int
    rejected_at: datetime | None


async def note_answers(office: Office, who: Caller, answers: Answers) -> list[Standing]:
    """Each acceptance gives one credit, as long as fewer than `MOST_LEFT` of its kind are left."""
    now = office.now()
    async with transaction():
        # Held, so that two reports at once cannot both count the same credits.
        await Person.filter(id=who.person_id).select_for_update(no_key=True).get()
        for reminder in dict.fromkeys(answers.accepted):
            if await Credit.left([who.person_id], [reminder]).count() < MOST_LEFT:
                await Credit.create(person_id=who.person_id, reminder=reminder, is_accepted=True, given_at=now)
        for reminder in dict.fromkeys(answers.rejected):
            await _note_rejection(who.person_id, reminder, now)
    return await standing(office, who)


async def _note_rejection(person_id: UUID, reminder: ReminderKind, now: datetime) -> None:
    """One row per person and kind, with the last time: so that nobody is asked again and again."""
    noted = Credit.filter(person_id=person_id, reminder=reminder, is_accepted=False)
    if not await noted.update(given_at=now):
        await Credit.create(person_id=person_id, reminder=reminder, is_accepted=False, given_at=now)


async def standing(office: Office, who: Caller) -> list[Standing]:
    """Every kind of reminder that can be asked for here, and how many of each are left."""
    left = await Credit.left([who.person_id], list(ReminderKind))
    refused = await Credit.filter(person_id=who.person_id, is_accepted=False)
    rejected = {each.reminder: each.given_at for each in refused}
    return [
        Standing(kind, template.template_id, sum(each.reminder is kind for each in left), rejected.get(kind))
        for kind in ReminderKind
        if (template := office.templates.get(kind)) is not None
    ]


async def spend(message: Message, now: datetime) -> bool:
    """Spend the oldest credit on this message, in the transaction that claims it. False where none is left."""
    for credit in await Credit.left([message.person_id], [message.reminder]):
        unspent = Credit.filter(id=credit.id, spent_at=None, withdrawn_at=None)
        if await unspent.update(spent_at=now, spent_by_id=message.id):
            return True
    return False


async def give_back(message: Message) -> None:
    """Only where WeChat surely did not send: otherwise the acceptance is gone there too."""
    await Credit.filter(spent_by_id=message.id).update(spent_at=None, spent_by_id=None)


async def withdraw(person_id: UUID, reminders: Sequence[ReminderKind], now: datetime) -> int:
    """WeChat knows of no acceptance any more; returns how many we had counted."""
    return await Credit.left([person_id], reminders).order_by().update(withdrawn_at=now)

"""Our own list of words (自有词库): keep it, and find its words in what people write, however they are spaced out.

A word asks for a person's look unless who keeps the list decides otherwise: names of places and people and the terms
of politics stand in good greetings too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import ahocorasick
from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller, RoleNeeded
from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Invalid, NotFound
from kit.folding import fold
from kit.paging import limit_of, row_of
from models.database import transaction
from models.listed_word import ListedWord, WordAction
from models.role import RoleName

SUBJECT = "listed_word"
# One letter would be found in everything.
SHORTEST = 2


class NoSuchWord(NotFound):
    words = "词库中没有这个词。"


class WordTooShort(Invalid):
    words = "词语至少要有两个字（不计空格和符号）。"


@dataclass(frozen=True)
class Hit:
    """Where a listed word stands: `start` to `end` (exclusive) in characters, that is code points."""

    start: int
    end: int
    action: WordAction


class Finder:
    """One edition of the list, ready to look through texts of any length in one pass."""

    def __init__(self, edition: Any, words: Iterable[tuple[str, WordAction]]) -> None:
        self.edition = edition
        self._automaton = ahocorasick.Automaton()
        for folded, action in words:
            self._automaton.add_word(folded, (len(folded), action))
        self._automaton.make_automaton()

    def find(self, text: str) -> list[Hit]:
        if not len(self._automaton):
            return []
        folded = fold(text)
        found = self._automaton.iter(folded.text)
        return [Hit(*folded.span(last + 1 - length, last + 1), action) for last, (length, action) in found]


async def finder(office: Office) -> Finder:
    """The list as it stands now, in every process: built anew only when it has changed since."""
    edition = await ListedWord.edition()
    kept = office.kept.get(SUBJECT)
    if isinstance(kept, Finder) and kept.edition == edition:
        return kept
    words = await ListedWord.listed().values_list("folded", "action")
    office.kept[SUBJECT] = made = Finder(edition, [(folded, WordAction(action)) for folded, action in words])
    return made


def _require_keeper(who: Caller) -> None:
    if not who.holds(RoleName.CITY_ADMIN):
        raise RoleNeeded


async def listed(who: Caller, *, cursor: str | None, limit: int | None) -> list[ListedWord]:
    """Newest first; one more than the page holds where there are more."""
    _require_keeper(who)
    query, before = ListedWord.listed(), row_of(cursor)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit_of(limit) + 1)


async def add(office: Office, who: Caller, words: Sequence[str], action: WordAction, remark: str) -> list[ListedWord]:
    """List words, in one form once: one that is listed already, or was, gets this action and remark.

    Raises `WordTooShort`; nothing is listed then.
    """
    _require_keeper(who)
    forms = {fold(word).text: word.strip() for word in words}
    if short := [word for form, word in forms.items() if len(form) < SHORTEST]:
        raise WordTooShort(fields={"words": WordTooShort.words}, count=len(short))
    return [await _add(form, word, who, action, remark, office.now()) for form, word in sorted(forms.items())]


async def _add(folded: str, word: str, who: Caller, action: WordAction, remark: str, now: datetime) -> ListedWord:
    values: dict[str, Any] = {"word": word, "action": action, "note": remark, "changed_at": now}
    try:
        async with transaction():
            row = await ListedWord.create(folded=folded, added_by_id=who.person_id, added_at=now, **values)
            await note(SUBJECT, row.id, who.person_id, None, action, now)
    except IntegrityError:
        row = await ListedWord.get(folded=folded)
        await _change(row, who, now, removed_at=None, **values)
    return await ListedWord.get(folded=folded)


async def change(
    office: Office, who: Caller, word_id: UUID, *, action: WordAction | None, remark: str | None
) -> ListedWord:
    """Raises `NoSuchWord`."""
    row = await _listed(who, word_id)
    await _change(row, who, office.now(), action=action or row.action, note=row.note if remark is None else remark)
    return await ListedWord.get(id=word_id)


async def remove(office: Office, who: Caller, word_id: UUID) -> None:
    """Take a word off the list; its row stays, so that every process sees that something changed."""
    row = await _listed(who, word_id)
    await _change(row, who, office.now(), removed_at=office.now())


async def _listed(who: Caller, word_id: UUID) -> ListedWord:
    _require_keeper(who)
    row = await ListedWord.listed().get_or_none(id=word_id)
    if row is None:
        raise NoSuchWord
    return row


async def _change(row: ListedWord, who: Caller, now: datetime, **values: Any) -> None:
    before = "removed" if row.removed_at else row.action
    after = "removed" if values.get("removed_at") else values.get("action", row.action)
    async with transaction():
        await ListedWord.filter(id=row.id).update(**values | {"changed_at": now})
        await note(SUBJECT, row.id, who.person_id, before, after, now)

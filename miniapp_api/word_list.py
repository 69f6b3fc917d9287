"""Keep our own list of words."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import word_list
from capabilities.caller import Caller, RoleNeeded
from capabilities.office import Office
from capabilities.word_list import NoSuchWord, WordTooShort
from miniapp_api.door import Page, cut, door
from models.listed_word import LONGEST_WORD, ListedWord, WordAction

Word = Annotated[str, Meta(min_length=1, max_length=LONGEST_WORD)]
Remark = Annotated[str, Meta(max_length=200)]


class ShownWord(msgspec.Struct):
    """`action`: `review` has a person look first, `refuse` does not take the text."""

    id: UUID
    word: str
    action: WordAction
    note: str
    added_by_id: UUID
    added_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, row: ListedWord) -> "ShownWord":
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class NewWords(msgspec.Struct, forbid_unknown_fields=True):
    words: Annotated[list[Word], Meta(min_length=1, max_length=200)]
    action: WordAction = WordAction.REVIEW
    note: Remark = ""


class WordChanges(msgspec.Struct, forbid_unknown_fields=True):
    action: WordAction | None = None
    note: Remark | None = None


class WordSearch(msgspec.Struct, forbid_unknown_fields=True):
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


@door.get("/listed-words", refusals=(RoleNeeded,))
async def list_words(who: Caller, asked: WordSearch) -> Page[ShownWord]:
    """词库"""
    page, following = cut(await word_list.listed(who, cursor=asked.cursor, limit=asked.limit), asked.limit)
    return Page([ShownWord.of(row) for row in page], following)


@door.post("/listed-words", status=201, limit=65_536, refusals=(RoleNeeded, WordTooShort))
async def add(who: Caller, office: Office, what: NewWords) -> list[ShownWord]:
    """添加词语；未指明时命中的内容交人工优先审核"""
    return [ShownWord.of(row) for row in await word_list.add(office, who, what.words, what.action, what.note)]


@door.patch("/listed-words/<word_id:uuid>", limit=2048, refusals=(RoleNeeded, NoSuchWord))
async def change(who: Caller, office: Office, word_id: UUID, what: WordChanges) -> ShownWord:
    """修改处理方式或备注"""
    return ShownWord.of(await word_list.change(office, who, word_id, action=what.action, remark=what.note))


@door.delete("/listed-words/<word_id:uuid>", refusals=(RoleNeeded, NoSuchWord))
async def remove(who: Caller, office: Office, word_id: UUID) -> None:
    """移出词库"""
    await word_list.remove(office, who, word_id)

"""Moderate greetings and suggestions: the queue, what one holds, decisions, and the log of them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import moderation
from capabilities.caller import Caller, RoleNeeded
from capabilities.greeting import NoSuchGreeting, byline_of
from capabilities.moderation import (
    MOST_AT_ONCE,
    AlreadyModerated,
    Decision,
    HeldByAnother,
    NotAccepted,
    OwnRefusalAppealed,
    ReasonCodeNeeded,
    Waiting,
)
from capabilities.office import Office
from capabilities.suggestion import NotAtThisStage
from capabilities.upload import Purpose
from miniapp_api.door import Page, cut, door
from miniapp_api.upload import Media
from models.greeting import Channel, GreetingKind, GreetingStatus
from models.listed_word import WordAction
from models.media_check import MediaCheck, MediaCheckState
from models.transition import Transition

ReasonCode = Annotated[str, Meta(max_length=24)]
ReasonNote = Annotated[str, Meta(max_length=300)]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class JudgedPart(msgspec.Struct):
    """What WeChat said of a picture, a voice, or a frame or the sound of a video; `fault` is why it said nothing."""

    upload_id: UUID
    piece: str
    state: MediaCheckState
    suggest: str | None
    label: int | None
    fault: str | None

    @classmethod
    def of(cls, row: MediaCheck) -> "JudgedPart":
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class FoundWord(msgspec.Struct):
    """Where a word of our list stands in `field`: from `start` to before `end`, in code points."""

    field: str
    start: int
    end: int
    action: WordAction


class ToModerate(msgspec.Struct):
    """What a moderator may see: the words and their signature, never a phone or a workplace.

    `rank` is its place in the queue: 0 where a machine has doubts, 1 listed words, 2 a machine could not look, 3 the
    others. `media` is what WeChat said of each part of `uploads`. `group_count` are those that are alike, itself among
    them. `held_until` is set while somebody has it.
    `appeal_words` are the sender's against the refusal that `reason_code` names.
    """

    id: UUID
    kind: GreetingKind
    status: GreetingStatus
    topic: str
    text: str
    byline: str
    is_over_14: bool
    channels: list[Channel]
    version: int
    machine_suggest: str | None
    machine_label: int | None
    media: list[JudgedPart]
    uploads: list[Media]
    found_words: list[FoundWord]
    appeal_words: str | None
    rank: int
    group_id: UUID
    group_count: int
    is_mine: bool
    held_until: datetime | None
    reason_code: str | None
    reason_note: str | None
    submitted_at: datetime

    @classmethod
    def of(cls, office: Office, waiting: Waiting, who: Caller) -> "ToModerate":
        row = waiting.greeting
        same = {name: getattr(row, name) for name in cls.__struct_fields__ if hasattr(row, name)}
        special = {
            "byline": byline_of(row),
            "channels": [each.channel for each in row.consents if each.withdrawn_at is None],
            "media": [JudgedPart.of(each) for each in waiting.media],
            "uploads": [Media.of(office, each, Purpose.MODERATION) for each in waiting.uploads],
            "found_words": [
                FoundWord(name, hit.start, hit.end, hit.action) for name, hits in waiting.hits.items() for hit in hits
            ],
            "group_id": waiting.group_id,
            "group_count": waiting.group_count,
            "is_mine": row.held_by_id == who.person_id,
        }
        return cls(**same | special)


class ModerationSearch(msgspec.Struct, forbid_unknown_fields=True):
    """`group` shows only what is like the greeting of this id."""

    kind: GreetingKind | None = None
    group: UUID | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class LogSearch(msgspec.Struct, forbid_unknown_fields=True):
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class NewHold(msgspec.Struct, forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE)] = 10
    kind: GreetingKind | None = None


class Reasoned(msgspec.Struct, forbid_unknown_fields=True):
    decision: Literal["accepted", "returned", "rejected"]
    reason_code: ReasonCode | None = None
    reason_note: ReasonNote | None = None

    def decided(self) -> Decision:
        return Decision(GreetingStatus(self.decision), self.reason_code, self.reason_note)


class ModerationDecision(Reasoned, forbid_unknown_fields=True):
    """`version` is the one that was read; a decision on older words is refused."""

    version: Version | None = None


class ReadItem(msgspec.Struct, forbid_unknown_fields=True):
    id: UUID
    version: Version


class GroupDecision(Reasoned, forbid_unknown_fields=True, kw_only=True):
    """One decision on each of `items`, as they were read."""

    items: Annotated[list[ReadItem], Meta(min_length=1, max_length=200)]


class DecidedItem(msgspec.Struct):
    """`refused` is the code of the refusal where this one could not be decided."""

    id: UUID
    refused: str | None


class Reopening(msgspec.Struct, forbid_unknown_fields=True):
    reason_code: ReasonCode
    reason_note: ReasonNote | None = None


class LoggedDecision(msgspec.Struct):
    """`actor_id` is empty where the machine refused."""

    id: UUID
    greeting_id: UUID
    actor_id: UUID | None
    before: str | None
    after: str
    reason_code: str | None
    at: datetime

    @classmethod
    def of(cls, row: Transition) -> "LoggedDecision":
        return cls(row.id, row.subject_id, row.actor_id, row.before, row.after, row.reason, row.at)


@door.get("/moderation", refusals=(RoleNeeded,))
async def list_waiting(who: Caller, office: Office, asked: ModerationSearch) -> Page[ToModerate]:
    """待审核的祝福和建议：机审存疑的在前，其余按提交先后"""
    queue = await moderation.waiting(
        office, who, kind=asked.kind, group=asked.group, cursor=asked.cursor, limit=asked.limit
    )
    return Page([ToModerate.of(office, each, who) for each in queue.items], queue.next_cursor)


@door.get("/moderation/holds", refusals=(RoleNeeded,))
async def list_held(who: Caller, office: Office) -> list[ToModerate]:
    """我已领取、尚未处理的内容"""
    return [ToModerate.of(office, each, who) for each in await moderation.held(office, who)]


@door.post("/moderation/holds", limit=1024, refusals=(RoleNeeded,))
async def hold(who: Caller, office: Office, what: NewHold) -> list[ToModerate]:
    """领取若干条，15 分钟内他人不再处理"""
    return [ToModerate.of(office, each, who) for each in await moderation.hold(office, who, what.count, what.kind)]


@door.delete("/moderation/holds", refusals=(RoleNeeded,))
async def release_all(who: Caller) -> None:
    """放回我领取的全部内容"""
    await moderation.release(who)


@door.delete("/moderation/holds/<greeting_id:uuid>", refusals=(RoleNeeded, NoSuchGreeting))
async def release(who: Caller, greeting_id: UUID) -> None:
    """放回我领取的一条"""
    await moderation.release(who, greeting_id)


@door.post(
    "/greetings/<greeting_id:uuid>/decision",
    limit=4096,
    refusals=(RoleNeeded, NoSuchGreeting, OwnRefusalAppealed, HeldByAnother, AlreadyModerated, ReasonCodeNeeded),
)
async def decide(who: Caller, office: Office, greeting_id: UUID, what: ModerationDecision) -> ToModerate:
    """审核一条内容"""
    await moderation.decide(office, who, greeting_id, what.decided(), version=what.version)
    return ToModerate.of(office, await moderation.one(office, greeting_id), who)


@door.post("/moderation/decisions", limit=32_768, refusals=(RoleNeeded, ReasonCodeNeeded))
async def decide_many(who: Caller, office: Office, what: GroupDecision) -> list[DecidedItem]:
    """一次审核多条内容（如一组相似内容），逐条记录"""
    items = [(each.id, each.version) for each in what.items]
    outcomes = await moderation.decide_many(office, who, items, what.decided())
    return [DecidedItem(each.greeting_id, each.refused) for each in outcomes]


@door.post(
    "/greetings/<greeting_id:uuid>/reopening",
    limit=4096,
    refusals=(RoleNeeded, NoSuchGreeting, NotAccepted, NotAtThisStage, ReasonCodeNeeded),
)
async def reopen(who: Caller, office: Office, greeting_id: UUID, what: Reopening) -> ToModerate:
    """撤回已通过的结论：立即下墙，重新审核"""
    await moderation.reopen(office, who, greeting_id, what.reason_code, what.reason_note)
    return ToModerate.of(office, await moderation.one(office, greeting_id), who)


@door.get("/moderation/log", refusals=(RoleNeeded,))
async def list_decisions(who: Caller, asked: LogSearch) -> Page[LoggedDecision]:
    """审核记录（供监督人员查看）"""
    page, following = cut(await moderation.decisions(who, cursor=asked.cursor, limit=asked.limit), asked.limit)
    return Page([LoggedDecision.of(row) for row in page], following)

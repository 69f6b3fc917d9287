"""The words of a greeting: their form, their signature, and what may be wrong with them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import word_list
from capabilities.greeting.refusals import GreetingInvalid, GuardianNeeded, WordingRefused
from capabilities.guardian import Guardian
from capabilities.office import Office
from capabilities.upload import MOST_PICTURES
from capabilities.word_list import Finder, Hit
from kit.likeness import likeness
from models.code_list import codes
from models.greeting import Byline, Channel, Greeting, GreetingKind, GreetingText, Rank
from models.listed_word import WordAction
from models.volunteer import Volunteer, VolunteerStatus

# Our own limit (`domain.md` §4.8); WeChat's check takes 2,500 characters.
LONGEST = 500
ANONYMOUS = "匿名"


class GreetingWords(msgspec.Struct, forbid_unknown_fields=True):
    """`channels` are the consents: each names a place where it may be shown, and none is given by default.

    `upload_ids` are what goes with the words; null leaves what is there, an empty list takes all of it out.
    """

    topic: str
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    byline: Byline
    is_over_14: bool
    byline_name: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    channels: list[Channel] = []
    guardian: Guardian | None = None
    upload_ids: Annotated[list[UUID], Meta(max_length=MOST_PICTURES)] | None = None


class NewGreeting(GreetingWords, forbid_unknown_fields=True, kw_only=True):
    """`is_anonymous_to_handler`: the unit that handles a suggestion is not told who signed it."""

    kind: GreetingKind = GreetingKind.GREETING
    is_anonymous_to_handler: bool = False


async def fill(office: Office, greeting: Greeting, words: GreetingWords) -> None:
    """Put the words into the row without saving it. Raises `GuardianNeeded`, `GreetingInvalid` or `WordingRefused`."""
    greeting.topic, greeting.text, greeting.byline = words.topic, words.text.strip(), words.byline
    greeting.is_over_14, greeting.submitted_at = words.is_over_14, office.now()
    greeting.likeness = likeness(greeting.text)
    if not words.is_over_14 and not (words.guardian and words.guardian.is_filled_in):
        raise GuardianNeeded(fields={"guardian": GuardianNeeded.words})
    greeting.guardian = None if words.is_over_14 else msgspec.json.encode(words.guardian).decode()
    faults = faults_in(greeting.kind, words)
    greeting.byline_name = await _name_under(greeting.person_id, words, faults)
    if faults:
        raise GreetingInvalid(fields=faults)
    greeting.rank = await _rank_by_words(office, greeting)


async def _rank_by_words(office: Office, greeting: Greeting) -> Rank:
    """Before the plain ones where a listed word stands in it. Which one it was is said to moderators only."""
    hits = hits_in(await word_list.finder(office), greeting)
    refused = [name for name, found in hits.items() if any(hit.action is WordAction.REFUSE for hit in found)]
    if refused:
        raise WordingRefused(fields=dict.fromkeys(refused, WordingRefused.words))
    return Rank.LISTED_WORDS if any(hits.values()) else Rank.PLAIN


def hits_in(finder: Finder, greeting: Greeting) -> dict[str, list[Hit]]:
    """Where words of our list stand in the text and in the signature."""
    return {"text": finder.find(greeting.text), "byline_name": finder.find(greeting.byline_name or "")}


def faults_in(kind: GreetingKind, words: GreetingWords) -> dict[str, str]:
    faults = {}
    topics = "greeting_topic" if kind is GreetingKind.GREETING else "suggestion_topic"
    if words.topic not in codes(topics):
        faults["topic"] = "请从列表中选择"
    if not words.text.strip():
        faults["text"] = "请填写内容"
    if kind is GreetingKind.GREETING and isinstance(words, NewGreeting) and words.is_anonymous_to_handler:
        faults["is_anonymous_to_handler"] = "祝福没有办理单位，无需选择"
    if kind is GreetingKind.SUGGESTION and words.channels:
        faults["channels"] = "建议不公开展示，无需选择展示渠道"
    return faults


async def _name_under(person_id: UUID, words: GreetingWords, faults: dict[str, str]) -> str | None:
    """The real name is the one that a unit has approved, so that nobody signs with another's."""
    if words.byline is Byline.ANONYMOUS:
        return None
    if words.byline is Byline.NICKNAME:
        if not (words.byline_name or "").strip():
            faults["byline_name"] = "请填写昵称"
        return (words.byline_name or "").strip()
    volunteer = await Volunteer.get_or_none(person_id=person_id, status=VolunteerStatus.APPROVED)
    if volunteer is None:
        faults["byline"] = "实名署名须先完成志愿者注册，您也可以选择昵称或匿名"
    return volunteer.name if volunteer else None


async def keep_text(greeting: Greeting, now: datetime) -> None:
    """Keep this version of the words for good, in the transaction that writes them."""
    await GreetingText.create(greeting_id=greeting.id, version=greeting.version, text=greeting.text, written_at=now)


def byline_of(greeting: Greeting) -> str:
    return greeting.byline_name or ANONYMOUS

"""What is asked and told about suggestions."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import suggestion
from capabilities.caller import Caller
from capabilities.greeting import byline_of
from kit.working_days import is_certain
from models.code_list import codes
from models.greeting import GreetingStatus
from models.suggestion_case import CaseResult, CaseSource, CaseStatus, SuggestionCase

Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Reason = Annotated[str, Meta(min_length=1, max_length=300)]


def words_of(row: SuggestionCase) -> str:
    """Empty where its sender took the words back after they were answered."""
    if row.greeting is None:
        return row.words or ""
    return "" if row.greeting.status is GreetingStatus.WITHDRAWN else row.greeting.text


def reason_of(row: SuggestionCase) -> str | None:
    code = row.reason_code or ""
    return codes("suggestion_refusal").get(code) or codes("moderation_reason").get(code)


class Handled(msgspec.Struct, kw_only=True):
    """`due_on` is the next last day; it may still move by a holiday while it is not certain."""

    id: UUID
    status: CaseStatus
    topic: str
    text: str
    unit_name: str | None
    accept_by: date | None
    reply_by: date | None
    due_on: date | None
    is_due_certain: bool
    reason: str | None
    pointer: str | None
    result: CaseResult | None
    reply: str | None
    first_reply: str | None
    replied_at: datetime | None
    rating: int | None
    rating_words: str | None
    is_reopened: bool
    version: int


COPIED = (
    *("id", "status", "topic", "accept_by", "reply_by", "due_on", "pointer", "result", "reply", "first_reply"),
    *("replied_at", "rating", "rating_words", "is_reopened", "version"),
)


def common_of(row: SuggestionCase) -> dict[str, object]:
    return {name: getattr(row, name) for name in COPIED} | {
        "text": words_of(row),
        "unit_name": row.unit.name if row.unit else None,
        "is_due_certain": row.due_on is None or is_certain(row.due_on),
        "reason": reason_of(row),
    }


class MySuggestion(Handled, kw_only=True):
    """One's own, as it stands; `greeting_id` is what it is changed and withdrawn by."""

    greeting_id: UUID | None
    is_anonymous_to_handler: bool

    @classmethod
    def of(cls, row: SuggestionCase) -> "MySuggestion":
        own = {"greeting_id": row.greeting_id, "is_anonymous_to_handler": row.is_anonymous_to_handler}
        return msgspec.convert(common_of(row) | own, cls)


class SuggestionShown(Handled, kw_only=True):
    """For the desk and the unit. Who wrote it is not told to the unit where the sender wished so."""

    source: CaseSource
    occasion: str | None
    heard_on: date | None
    byline: str | None
    greeting_id: UUID | None
    unit_code: str | None
    handle_by: date | None
    extension_reason: str | None
    reopen_reason: str | None
    merged_into: UUID | None
    received_at: datetime | None

    @classmethod
    def of(cls, row: SuggestionCase, who: Caller) -> "SuggestionShown":
        names = ("source", "occasion", "heard_on", "handle_by", "extension_reason", "reopen_reason", "received_at")
        own = {name: getattr(row, name) for name in names}
        own |= {"unit_code": row.unit.code if row.unit else None, "merged_into": row.merged_into_id}
        return msgspec.convert(common_of(row) | own | sender_of(row, who), cls)


def sender_of(row: SuggestionCase, who: Caller) -> dict[str, object]:
    """The desk knows a sender until a unit has it: then whoever looks may be of that unit."""
    at_the_desk = suggestion.is_desk(who) and row.unit_id is None
    is_told = row.greeting is not None and (at_the_desk or not row.is_anonymous_to_handler)
    return {
        "byline": byline_of(row.greeting) if row.greeting is not None and is_told else None,
        "greeting_id": row.greeting_id if is_told and suggestion.is_desk(who) else None,
    }


class SuggestionSearch(msgspec.Struct, forbid_unknown_fields=True):
    status: CaseStatus | None = None
    topic: Annotated[str, Meta(max_length=24)] | None = None
    unit_code: Annotated[str, Meta(max_length=16)] | None = None
    result: CaseResult | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class OverdueSearch(msgspec.Struct, forbid_unknown_fields=True):
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class Acceptance(msgspec.Struct, forbid_unknown_fields=True):
    """Not accepted: with a reason, and `pointer` says where to turn instead; some reasons bring their own."""

    decision: Literal["accepted", "not_accepted"]
    reason_code: Annotated[str, Meta(max_length=24)] | None = None
    pointer: Annotated[str, Meta(max_length=300)] | None = None
    version: Version | None = None


class Routing(msgspec.Struct, forbid_unknown_fields=True):
    """`handle_by` is at most the day by which the city replies; `reason` is needed to give it to another unit."""

    unit_code: Annotated[str, Meta(max_length=16)]
    handle_by: date | None = None
    reason: Reason | None = None
    version: Version | None = None


class AtVersion(msgspec.Struct, forbid_unknown_fields=True):
    version: Version | None = None


class Extension(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason
    version: Version | None = None


class Reply(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=4000)]
    result: CaseResult
    version: Version | None = None


class Merger(msgspec.Struct, forbid_unknown_fields=True):
    into: UUID
    version: Version | None = None


class Rating(msgspec.Struct, forbid_unknown_fields=True):
    rating: Annotated[int, Meta(ge=1, le=5)]
    words: Annotated[str, Meta(max_length=300)] | None = None


class Reopening(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason

"""What a push says, in our words: a verdict on a picture or a voice, an answer to reminders, or something else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from wechat.answers import Suggestion, is_trace_id, label_from, suggestion_from

MAX_KIND = 40
_UNSIGNED_32 = 2**32
_SIGNED_32 = 2**31


class UnreadableEvent(ValueError):
    """A push without what its kind must have; the words name fields, never their content."""


@dataclass(frozen=True)
class MediaVerdictPush:
    """`suggest` is missing where WeChat could not check; then `errcode` says why (-1008: it could not fetch it)."""

    trace_id: str
    suggest: Suggestion | None
    label: int | None
    errcode: int | None


@dataclass(frozen=True)
class SubscribePush:
    """What became of reminders, as (template id, status) pairs.

    `popup` and `change` tell what the person chose (accept, reject, ban, filter), `sent` what became of a message
    (success or a reason).
    """

    event: Literal["popup", "change", "sent"]
    openid: str = field(repr=False)
    items: list[tuple[str, str]]


@dataclass(frozen=True)
class OtherPush:
    """Something that nothing of ours waits for; `kind` is its event, or the type of its message."""

    kind: str


Push = MediaVerdictPush | SubscribePush | OtherPush


def push_from(told: dict[str, Any]) -> Push:
    """Raises `UnreadableEvent`."""
    kind = told.get("MsgType")
    if not isinstance(kind, str) or not kind:
        raise UnreadableEvent("MsgType")
    if kind != "event":
        return OtherPush(kind[:MAX_KIND])
    event = told.get("Event")
    if not isinstance(event, str) or not event:
        raise UnreadableEvent("Event")
    read = _EVENTS.get(event)
    return read(told) if read else OtherPush(event[:MAX_KIND])


def _media_verdict(told: dict[str, Any]) -> MediaVerdictPush:
    """Only the raw fields: wechatpy reads the second version as "not valid" whatever it says."""
    trace_id = told.get("trace_id")
    if not is_trace_id(trace_id):
        raise UnreadableEvent("trace_id")
    read = _first_version if "isrisky" in told else _second_version
    return read(str(trace_id), told)


def _second_version(trace_id: str, told: dict[str, Any]) -> MediaVerdictPush:
    result = told.get("result")
    errcode = _signed(told.get("errcode"))
    if errcode or not isinstance(result, dict) or "suggest" not in result:
        return MediaVerdictPush(trace_id, None, None, errcode or None)
    return MediaVerdictPush(trace_id, suggestion_from(result["suggest"]), label_from(result.get("label")), None)


def _first_version(trace_id: str, told: dict[str, Any]) -> MediaVerdictPush:
    errcode = _signed(told.get("status_code"))
    if errcode:
        return MediaVerdictPush(trace_id, None, None, errcode)
    known: dict[str, Suggestion] = {"0": "pass", "1": "risky"}
    return MediaVerdictPush(trace_id, known.get(str(told["isrisky"]), "review"), None, None)


def _signed(said: object) -> int:
    """A number that WeChat sometimes writes as text, or as 4294966288 where it means -1008; else -1, a failure."""
    try:
        number = int(str(said or 0))
    except ValueError:
        return -1
    if _SIGNED_32 <= number < _UNSIGNED_32:
        number -= _UNSIGNED_32
    return number if -_SIGNED_32 <= number < _SIGNED_32 else -1


def _subscription(
    event: Literal["popup", "change", "sent"], wrapping: str, status: str
) -> Callable[[dict[str, Any]], SubscribePush]:
    """`wrapping` is the element around the list in XML; JSON has the list at the top, or its only entry."""

    def read(told: dict[str, Any]) -> SubscribePush:
        openid = told.get("FromUserName")
        if not isinstance(openid, str) or not openid:
            raise UnreadableEvent("FromUserName")
        around = told.get(wrapping)
        entries = around.get("List") if isinstance(around, dict) else told.get("List")
        entries = entries if isinstance(entries, list) else [entries]
        if not entries or not all(isinstance(entry, dict) and entry.get("TemplateId") for entry in entries):
            raise UnreadableEvent("List")
        return SubscribePush(
            event, openid, [(str(entry["TemplateId"]), str(entry.get(status) or "")) for entry in entries]
        )

    return read


_EVENTS: dict[str, Callable[[dict[str, Any]], Push]] = {
    "wxa_media_check": _media_verdict,
    "subscribe_msg_popup_event": _subscription("popup", "SubscribeMsgPopupEvent", "SubscribeStatusString"),
    "subscribe_msg_change_event": _subscription("change", "SubscribeMsgChangeEvent", "SubscribeStatusString"),
    "subscribe_msg_sent_event": _subscription("sent", "SubscribeMsgSentEvent", "ErrorStatus"),
}

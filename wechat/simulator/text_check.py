"""The simulated judgement of texts: trigger words stand for what the real one finds."""

import re
from dataclasses import dataclass
from datetime import timedelta

import structlog

from wechat.simulator.endpoints import Answer, Question, Trouble, endpoint
from wechat.simulator.state import World

log = structlog.get_logger(__name__)

MAX_CHARACTERS = 2_500
VISIT_COUNTS_FOR = timedelta(hours=2)
# An escape that is not itself escaped: an odd number of backslashes before the u.
_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}")


@dataclass(frozen=True)
class Trigger:
    word: str
    suggest: str
    label: int


TRIGGERS = (
    Trigger("RISKY", "risky", 20006),
    Trigger("【违规】", "risky", 20003),
    Trigger("REVIEW", "review", 21000),
    Trigger("【待审】", "review", 10001),
)
NOTHING_FOUND = Trigger("", "pass", 100)


@endpoint("POST", "/wxa/msg_sec_check", account="mini", per_minute=4_000, per_day=2_000_000)
def check_text(world: World, question: Question) -> Answer:
    content = question.need("content", 44002)
    if len(content) > MAX_CHARACTERS:
        raise Trouble(47001, "data format error: content too long")
    found = _judge(question, content)
    if not question.fields.get("openid") or str(question.fields.get("version")) != "2":
        return _first_version(found)
    check_person(world, question)
    return _second_version(world, found)


def _judge(question: Question, content: str) -> Trigger:
    if _ESCAPED.search(question.body):
        # The real one reads the escapes as harmless letters and passes any text.
        log.warning("escaped_text_passes", path=question.path)
        return NOTHING_FOUND
    return found_in(content)


def found_in(content: str) -> Trigger:
    return next((trigger for trigger in TRIGGERS if trigger.word in content), NOTHING_FOUND)


def check_person(world: World, question: Question) -> None:
    """The scene, and that the person belongs to this mini-program and was there lately."""
    if question.fields.get("scene") not in (1, 2, 3, 4):
        raise Trouble(40129, "invalid scene")
    owner = world.owner(str(question.fields["openid"]))
    if owner is None:
        raise Trouble(40003, "invalid openid")
    app_id, user = owner
    if app_id != question.app_id:
        raise Trouble(43104, "appid not match with openid")
    if user.last_visit_at is None or world.clock.now() - user.last_visit_at > VISIT_COUNTS_FOR:
        raise Trouble(61010, "user must have access the mini program recently")


def _first_version(found: Trigger) -> Answer:
    if found.suggest != "pass":
        raise Trouble(87014, "risky content")
    return {"errcode": 0, "errmsg": "ok"}


def _second_version(world: World, found: Trigger) -> Answer:
    judged = {"suggest": found.suggest, "label": found.label}
    detail = [{"strategy": "content_model", "errcode": 0, **judged, "prob": 90}]
    if found.word:
        detail.append({"strategy": "keyword", "errcode": 0, **judged, "keyword": found.word})
    return {"errcode": 0, "errmsg": "ok", "result": judged, "detail": detail, "trace_id": world.word(32)}

"""Doubles that behave: a WeChat that answers at once, or as a test tells it to."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from kit.errors import Refusal
from wechat.answers import Identity, MediaKind, PhoneNumber, ProgramVersion, TextScene, TextVerdict
from wechat.errors import LoginCodeRefused, PhoneCodeRefused


@dataclass(frozen=True)
class SentReminder:
    openid: str
    template_id: str
    page: str | None
    data: Mapping[str, str]


@dataclass
class FakeWeChat:
    """A login code works once and names its person: `code-of-X` logs X in. Texts with RISKY or REVIEW are judged so.

    Reminders that are asked for end as `reminder_answers` say, one after the other, then well.
    """

    refusal: Refusal | None = None
    before_verdict: Callable[[], object] | None = None
    spent: set[str] = field(default_factory=set)
    exchanged: int = 0
    checked: list[str] = field(default_factory=list)
    # (address, kind, openid) of each picture and sound; the verdict on the n-th is waited for under `trace-n`.
    media_asked: list[tuple[str, MediaKind, str]] = field(default_factory=list)
    # Called with the trace id before it is answered, as WeChat may push before we know.
    before_trace: Callable[[str], Awaitable[object]] | None = None
    reminded: list[SentReminder] = field(default_factory=list)
    asked_to_remind: int = 0
    reminder_answers: list[BaseException] = field(default_factory=list)
    while_reminding: Callable[[], object] | None = None

    # (scene, page, is it to be checked, version) of each mini-program code.
    drawn: list[tuple[str, str, bool, ProgramVersion]] = field(default_factory=list)
    before_picture: Callable[[], Awaitable[object]] | None = None
    # What it draws, where a reader must find something in it.
    picture: bytes | None = None

    async def exchange_login_code(self, code: str) -> Identity:
        self.exchanged += 1
        if self.refusal is not None:
            raise self.refusal
        if code in self.spent or not code.startswith("code-of-"):
            raise LoginCodeRefused
        self.spent.add(code)
        return Identity("openid-" + code.removeprefix("code-of-").partition("#")[0], None)

    async def exchange_phone_code(self, code: str, *, openid: str | None) -> PhoneNumber:
        """`phone-86-13800001234` is one tap on the phone button; with `@openid` at its end, that person's only."""
        if self.refusal is not None:
            raise self.refusal
        said, _, owner = code.partition("@")
        if code in self.spent or not said.startswith("phone-") or owner not in ("", openid):
            raise PhoneCodeRefused
        self.spent.add(code)
        _, country_code, number = said.split("-")
        return PhoneNumber(number, country_code)

    async def check_text(
        self, content: str, *, openid: str, scene: TextScene, nickname: str | None = None
    ) -> TextVerdict:
        self.checked.append(content)
        if self.refusal is not None:
            raise self.refusal
        if self.before_verdict is not None:
            outcome = self.before_verdict()
            if hasattr(outcome, "__await__"):
                await outcome
        if "RISKY" in content:
            return TextVerdict("risky", 20001, "trace-risky")
        return TextVerdict("review" if "REVIEW" in content else "pass", 100, "trace")

    async def check_media(self, media_url: str, *, kind: MediaKind, openid: str, scene: TextScene) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.media_asked.append((media_url, kind, openid))
        trace_id = f"trace-{len(self.media_asked)}"
        if self.before_trace is not None:
            await self.before_trace(trace_id)
        return trace_id

    async def send_reminder(self, openid: str, *, template_id: str, page: str | None, data: Mapping[str, str]) -> None:
        self.asked_to_remind += 1
        if self.while_reminding is not None:
            outcome = self.while_reminding()
            if hasattr(outcome, "__await__"):
                await outcome
        if self.reminder_answers:
            raise self.reminder_answers.pop(0)
        self.reminded.append(SentReminder(openid, template_id, page, data))

    async def draw_code(
        self, scene: str, *, page: str, check_page: bool, env: ProgramVersion, width: int = 430
    ) -> bytes:
        """The least that is a PNG, and says what it stands for."""
        if self.refusal is not None:
            raise self.refusal
        self.drawn.append((scene, page, check_page, env))
        if self.before_picture is not None:
            await self.before_picture()
        return self.picture or b"\x89PNG\r\n\x1a\n" + f"{page}?{scene}".encode()

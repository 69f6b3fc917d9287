"""Our mini-program as WeChat knows it: it says who people are, judges what they give, reminds them and draws codes."""

import re
from collections.abc import Mapping
from typing import cast

import httpx
import structlog

from kit.clock import Clock
from kit.shared_memory import SharedMemory
from wechat.answers import Identity, MediaKind, PhoneNumber, ProgramVersion, TextScene, TextVerdict, pieces, strictest
from wechat.circuit import Circuit
from wechat.client import AsyncWeChatClient
from wechat.errors import CodeNotDrawable, ReminderOutcomeUnknown, WeChatUnavailable
from wechat.reminder import ReminderState, fit, kind_of
from wechat.stable_token import Credentials, StableToken
from wechat.wire import Delivery, Wire

log = structlog.get_logger(__name__)

# A lost answer has spent the code, so "later" would not help: the mini-program must fetch a new one.
LOGIN_UNFINISHED = "微信登录没有完成，请再试一次。"
PHONE_UNFINISHED = "手机号授权没有完成，请重新点击授权。"

_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_PAGE = re.compile(r"[^/?\s][^?\s]*")
_WIDTHS = range(280, 1281)


class MiniProgram:
    """One per process and app id; `close` it. Each kind of question fails apart from the others."""

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        api_base: str,
        clock: Clock,
        memory: SharedMemory,
        *,
        timeout_seconds: float = 3.0,
        rest_seconds: float = 15.0,
        room: int = 500,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`timeout_seconds` bounds one exchange, twice as much a whole question with its token and second try."""
        credentials = Credentials(app_id, app_secret)
        self._wire = Wire(api_base, timeout_seconds, transport)
        self._client = AsyncWeChatClient(credentials, self._wire, StableToken(credentials, self._wire, clock, memory))

        def circuit(name: str) -> Circuit:
            return Circuit(name, rest_seconds=rest_seconds, room=room, deadline_seconds=2 * timeout_seconds)

        self._login, self._text = circuit("login"), circuit("text")
        self._phone, self._media = circuit("phone"), circuit("media")
        self._reminder, self._code = circuit("reminder"), circuit("code")

    @property
    def is_resting(self) -> bool:
        """Does any kind of question fail without being asked, because WeChat failed just now?"""
        circuits = (self._login, self._text, self._phone, self._media, self._reminder, self._code)
        return any(circuit.is_resting for circuit in circuits)

    async def exchange_login_code(self, code: str) -> Identity:
        """Spend a code from `wx.login`; call once per code, whatever comes of it.

        Raises `LoginCodeRefused`, `AccountRestricted`, `WeChatUnavailable`, `WeChatQuotaUsedUp` or
        `WeChatMisconfigured`.
        """
        try:
            return cast("Identity", await self._login.run(lambda: self._client.login.exchange(code)))
        except WeChatUnavailable as unavailable:
            raise WeChatUnavailable(LOGIN_UNFINISHED, retry_after=unavailable.retry_after) from None

    async def check_text(
        self, content: str, *, openid: str, scene: TextScene, nickname: str | None = None
    ) -> TextVerdict:
        """WeChat's strictest word on a text of any length; 2,500 characters make one question.

        The person must have used the mini-program within two hours, so ask while they are here. Raises
        `PersonMustDecide` where they have not, `WeChatUnavailable`, `WeChatQuotaUsedUp` or `WeChatMisconfigured`.
        """
        return strictest([await self._check(piece, openid, scene, nickname) for piece in pieces(content)])

    async def _check(self, piece: str, openid: str, scene: TextScene, nickname: str | None) -> TextVerdict:
        ask = self._client.text.check
        return cast("TextVerdict", await self._text.run(lambda: ask(piece, openid, scene, nickname)))

    async def exchange_phone_code(self, code: str, *, openid: str | None) -> PhoneNumber:
        """Spend a code of the phone button; call once per code, whatever comes of it.

        With an `openid` WeChat refuses the code of somebody else. Raises `PhoneCodeRefused`, `WeChatUnavailable`,
        `WeChatQuotaUsedUp` or `WeChatMisconfigured`.
        """
        try:
            return cast("PhoneNumber", await self._phone.run(lambda: self._client.phone.exchange(code, openid)))
        except WeChatUnavailable as unavailable:
            raise WeChatUnavailable(PHONE_UNFINISHED, retry_after=unavailable.retry_after) from None

    async def check_media(self, media_url: str, *, kind: MediaKind, openid: str, scene: TextScene) -> str:
        """The trace id under which the verdict on a picture or a voice will be pushed, within 30 minutes or never.

        WeChat fetches `media_url` itself and needs no log-in there. The push may come before this answer. Raises
        `PersonMustDecide`, `WeChatUnavailable`, `WeChatQuotaUsedUp` or `WeChatMisconfigured`.
        """
        ask = self._client.media_check.check
        return cast("str", await self._media.run(lambda: ask(media_url, kind, openid, scene)))

    async def send_reminder(
        self,
        openid: str,
        *,
        template_id: str,
        page: str | None,
        data: Mapping[str, str],
        state: ReminderState = "formal",
    ) -> None:
        """Send one reminder and spend one acceptance; each value of `data` is cut to what its key takes.

        Call once per reminder. `ReminderOutcomeUnknown` means that it may have arrived and must not be sent again;
        so does being cancelled. Not sent for certain: `ReminderNotAccepted` (final until the person accepts anew),
        `WeChatMisconfigured` (final), `WeChatUnavailable` with its `ReminderCollided`, and `WeChatQuotaUsedUp`
        (these may be sent later).
        """
        values = {key: fit(kind_of(key), text) for key, text in data.items()}
        delivery = Delivery()
        send = self._client.reminder.send
        try:
            await self._reminder.run(lambda: send(openid, template_id, page, values, state, delivery))
        except WeChatUnavailable:
            if not delivery.may_be_done:
                raise
            log.warning("wechat_reminder_unknown", template_id=template_id)
            raise ReminderOutcomeUnknown from None

    async def draw_code(
        self, scene: str, *, page: str, check_page: bool, env: ProgramVersion, width: int = 430
    ) -> bytes:
        """A mini-program code (小程序码) as a picture, `width` pixels wide (280 to 1280).

        `scene` has 1 to 32 characters and no `%`; `page` has no leading slash and no query. `check_page` wants the
        page in the released version. Raises `CodeNotDrawable`, `WeChatUnavailable`, `WeChatQuotaUsedUp` or
        `WeChatMisconfigured`.
        """
        if not _SCENE.fullmatch(scene) or not _PAGE.fullmatch(page) or width not in _WIDTHS:
            raise CodeNotDrawable
        draw = self._client.code.draw
        return cast("bytes", await self._code.run(lambda: draw(scene, page, check_page, env, width)))

    async def close(self) -> None:
        await self._wire.close()

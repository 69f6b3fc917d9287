"""Our mini-program as WeChat knows it: it says who logs in and judges what people write."""

from typing import cast

import httpx

from kit.clock import Clock
from kit.shared_memory import SharedMemory
from wechat.answers import Identity, TextScene, TextVerdict, pieces, strictest
from wechat.circuit import Circuit
from wechat.client import AsyncWeChatClient
from wechat.errors import WeChatUnavailable
from wechat.stable_token import Credentials, StableToken
from wechat.wire import Wire

# A lost answer has spent the code, so "later" would not help: the mini-program must fetch a new one.
LOGIN_UNFINISHED = "微信登录没有完成，请再试一次。"


class MiniProgram:
    """One per process and app id; `close` it. Log-in and text check fail apart from each other."""

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
        deadline = 2 * timeout_seconds
        self._login = Circuit("login", rest_seconds=rest_seconds, room=room, deadline_seconds=deadline)
        self._text = Circuit("text", rest_seconds=rest_seconds, room=room, deadline_seconds=deadline)

    @property
    def is_resting(self) -> bool:
        """Does any kind of question fail without being asked, because WeChat failed just now?"""
        return self._login.is_resting or self._text.is_resting

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

    async def close(self) -> None:
        await self._wire.close()

"""wechatpy's table of WeChat's questions, asked without blocking: only its request layer is ours."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

import structlog
from wechatpy import WeChatClient

from kit.errors import Refusal
from wechat.calls import CodeCalls, LoginCalls, MediaCalls, PhoneCalls, ReminderCalls, TextCalls, to_body
from wechat.errors import BUSY, TOKEN_REFUSED, refusal_for
from wechat.stable_token import Credentials, StableToken
from wechat.wire import Call, Delivery, Wire, errcode_of

log = structlog.get_logger(__name__)

BACK_OFF_SECONDS = 0.2


class AsyncWeChatClient(WeChatClient):  # type: ignore[misc] # wechatpy has no types
    """Every method of wechatpy's API classes returns what `_request` returns, so each can be awaited.

    Not those that read `access_token` or look into the answer themselves: `material.add`, `media.get_url`,
    `customservice.delete_account`, `jsapi.get_jsapi_ticket`.
    """

    login = LoginCalls()
    text = TextCalls()
    phone = PhoneCalls()
    media_check = MediaCalls()
    reminder = ReminderCalls()
    code = CodeCalls()

    def __init__(self, credentials: Credentials, wire: Wire, token: StableToken) -> None:
        super().__init__(credentials.app_id, credentials.app_secret, auto_retry=False)
        # wechatpy opens a blocking session that nothing here uses.
        self._http.close()
        self._wire = wire
        self._token = token

    @property
    def access_token(self) -> NoReturn:
        # wechatpy looks at every attribute before it is initialised and forgives only this error.
        raise AttributeError("the token is fetched for each question, see StableToken")

    async def _request(
        self,
        method: str,
        url_or_endpoint: str,
        *,
        api_base_url: str = WeChatClient.API_BASE_URL,
        params: dict[str, Any] | None = None,
        data: Any = None,
        files: Any = None,
        result_processor: Callable[[Any], Any] | None = None,
        needs_token: bool = True,
        may_repeat: bool = False,
        meanings: Mapping[int, type[Refusal]] | None = None,
        delivery: Delivery | None = None,
    ) -> Any:
        path = urlsplit(urljoin(api_base_url, url_or_endpoint)).path
        call = Call(method.upper(), path, params or {}, to_body(data), files, delivery or Delivery())
        ask = self._ask_again_if_busy if may_repeat else self._wire.ask
        answer = await (self._with_token(call, ask) if needs_token else ask(call))
        if errcode := errcode_of(answer):
            raise refusal_for(errcode, meanings or {})
        return result_processor(answer) if result_processor else answer

    async def _with_token(self, call: Call, ask: Callable[[Call], Any]) -> Any:
        token = await self._token.usable()
        answer = await ask(call.with_token(token))
        if errcode_of(answer) in TOKEN_REFUSED:
            token = await self._token.usable(refused=token)
            answer = await ask(call.with_token(token))
            if errcode_of(answer) in TOKEN_REFUSED:
                log.error("wechat_new_token_refused", call=call.path)
        return answer

    async def _ask_again_if_busy(self, call: Call) -> Any:
        answer = await self._wire.ask(call)
        if errcode_of(answer) != BUSY:
            return answer
        await asyncio.sleep(BACK_OFF_SECONDS)
        return await self._wire.ask(call)

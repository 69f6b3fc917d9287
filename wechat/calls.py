"""The questions that we put to WeChat, one function each."""

import json
from typing import Any

from wechatpy.client.api.base import BaseWeChatAPI

from wechat.answers import TextScene, identity_from, verdict_from

_BASE = "https://api.weixin.qq.com/"


class LoginCalls(BaseWeChatAPI):  # type: ignore[misc] # wechatpy has no types
    API_BASE_URL = _BASE

    def exchange(self, code: str) -> Any:
        """code2Session. Asked once, never again: a code is spent even if its answer is lost."""
        return self._get(
            "sns/jscode2session",
            params={
                "appid": self.appid,
                "secret": self.secret,
                "js_code": code,
                "grant_type": "authorization_code",
            },
            needs_token=False,
            result_processor=identity_from,
        )


class TextCalls(BaseWeChatAPI):  # type: ignore[misc] # wechatpy has no types
    API_BASE_URL = _BASE

    def check(self, content: str, openid: str, scene: TextScene, nickname: str | None) -> Any:
        """msgSecCheck 2.0, which changes nothing and may be asked again."""
        wanted = {"version": 2, "openid": openid, "scene": int(scene), "content": content}
        if nickname:
            wanted["nickname"] = nickname
        return self._post("wxa/msg_sec_check", data=wanted, may_repeat=True, result_processor=verdict_from)


def to_body(data: Any) -> bytes | None:
    r"""JSON with its Chinese as it is: WeChat takes `\uXXXX` for harmless letters and passes any text."""
    if data is None or isinstance(data, bytes):
        return data
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")

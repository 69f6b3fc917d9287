"""The questions that we put to WeChat, one function each."""

import json
from collections.abc import Mapping
from typing import Any

from wechatpy.client.api.base import BaseWeChatAPI

from wechat.answers import MediaKind, TextScene, identity_from, phone_from, picture_from, trace_from, verdict_from
from wechat.errors import OF_PHONE_CODES
from wechat.wire import Delivery

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


class PhoneCalls(BaseWeChatAPI):  # type: ignore[misc] # wechatpy has no types
    API_BASE_URL = _BASE

    def exchange(self, code: str, openid: str | None) -> Any:
        """getuserphonenumber. Asked once, like a log-in: the code is spent even if its answer is lost."""
        wanted = {"code": code, "openid": openid} if openid else {"code": code}
        return self._post(
            "wxa/business/getuserphonenumber", data=wanted, meanings=OF_PHONE_CODES, result_processor=phone_from
        )


class MediaCalls(BaseWeChatAPI):  # type: ignore[misc] # wechatpy has no types
    API_BASE_URL = _BASE

    def check(self, media_url: str, kind: MediaKind, openid: str, scene: TextScene) -> Any:
        """mediaCheckAsync 2.0; asked twice it checks twice, which costs quota and nothing else."""
        wanted = {
            "version": 2,
            "openid": openid,
            "scene": int(scene),
            "media_url": media_url,
            "media_type": int(kind),
        }
        return self._post("wxa/media_check_async", data=wanted, may_repeat=True, result_processor=trace_from)


class ReminderCalls(BaseWeChatAPI):  # type: ignore[misc] # wechatpy has no types
    API_BASE_URL = _BASE

    def send(
        self,
        openid: str,
        template_id: str,
        page: str | None,
        values: Mapping[str, str],
        state: str,
        delivery: Delivery,
    ) -> Any:
        """subscribeMessage.send. Asked once: each success spends an acceptance and reaches the person."""
        wanted: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            # An object: the same as a JSON string is refused as "empty".
            "data": {key: {"value": value} for key, value in values.items()},
            "miniprogram_state": state,
            "lang": "zh_CN",
        }
        if page:
            wanted["page"] = page
        return self._post("cgi-bin/message/subscribe/send", data=wanted, delivery=delivery)


class CodeCalls(BaseWeChatAPI):  # type: ignore[misc] # wechatpy has no types
    API_BASE_URL = _BASE

    def draw(self, scene: str, page: str, check_page: bool, env: str, width: int) -> Any:
        """getwxacodeunlimit, which may be asked again for the same picture."""
        wanted = {"scene": scene, "page": page, "check_path": check_page, "env_version": env, "width": width}
        return self._post("wxa/getwxacodeunlimit", data=wanted, may_repeat=True, result_processor=picture_from)


def to_body(data: Any) -> bytes | None:
    r"""JSON with its Chinese as it is: WeChat takes `\uXXXX` for harmless letters and passes any text."""
    if data is None or isinstance(data, bytes):
        return data
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")

"""What WeChat's postman brings: pushes written, sealed and signed as WeChat does it, or with one thing wrong."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from kit.clock import Clock
from wechat.simulator.pushes import Format, Letter, Mode, PushSettings, write

APP_ID = "wx-test"
TOKEN = "pushTokenCanary"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ADDRESS = "/wechat/push"


def verdict(trace_id: str, suggest: str | None = "pass", *, label: int = 100, errcode: int = 0) -> dict[str, Any]:
    """What a push about a picture or a sound says; without `suggest` WeChat could not check it."""
    told: dict[str, Any] = {
        "ToUserName": "gh_1",
        "FromUserName": "o1",
        "MsgType": "event",
        "Event": "wxa_media_check",
        "trace_id": trace_id,
        "version": 2,
    }
    if suggest is None:
        return told | {"detail": [], "errcode": errcode, "errmsg": "check failed"}
    return told | {"result": {"suggest": suggest, "label": str(label)}, "detail": []}


@dataclass
class Letters:
    """Writes deliveries at the time of `clock` and brings them to the server behind `client`."""

    client: httpx.AsyncClient
    clock: Clock
    token: str = TOKEN
    aes_key: str = AES_KEY
    app_id: str = APP_ID
    words: list[int] = field(default_factory=lambda: [0])

    def write(
        self, told: dict[str, Any], *, mode: Mode = "safe", form: Format = "json", age: int = 0, **wrong: str
    ) -> Letter:
        """`wrong` replaces the token, the key or the app id."""
        settings = PushSettings("", wrong.get("token", self.token), wrong.get("aes_key", self.aes_key), mode, form)
        timestamp = int(self.clock.now().timestamp()) - age
        return write(settings, wrong.get("app_id", self.app_id), told, timestamp=timestamp, word=self._word)

    def _word(self, length: int) -> str:
        self.words[0] += 1
        return str(self.words[0]).rjust(length, "n")

    async def bring(self, letter: Letter) -> httpx.Response:
        return await self.client.post(
            ADDRESS, params=letter.query, content=letter.body, headers={"content-type": letter.content_type}
        )

    async def tell(self, told: dict[str, Any], **how: Any) -> httpx.Response:
        return await self.bring(self.write(told, **how))

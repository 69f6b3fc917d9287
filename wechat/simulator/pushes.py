"""How the simulated WeChat writes, seals and signs what it tells an account (消息推送), apart from what reads it."""

import base64
import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Mode = Literal["plain", "compatible", "safe"]
Format = Literal["xml", "json"]

_BLOCK = 32
# In XML a list of reminders stands inside an element of its own, in JSON at the top.
_AROUND_LIST = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}


@dataclass(frozen=True)
class PushSettings:
    """What an operator enters in WeChat's console; only addresses of this machine are ever called."""

    url: str
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    mode: Mode = "safe"
    format: Format = "json"


@dataclass(frozen=True)
class Letter:
    """One delivery as it goes over the wire."""

    query: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    content_type: str


@dataclass
class SimulatedPush:
    """`attempts` are the HTTP statuses that came back; 0 is no answer within the time."""

    push_id: int
    app_id: str
    fields: dict[str, Any] = field(repr=False)
    attempts: list[int] = field(default_factory=list)
    last: Letter | None = field(default=None, repr=False)


def write(
    settings: PushSettings, app_id: str, fields: dict[str, Any], *, timestamp: int, word: Callable[[int], str]
) -> Letter:
    """The delivery in the mode and format of the account; `word` makes the nonce and the random bytes."""
    stamp, nonce = str(timestamp), word(10)
    query = {"signature": sign(settings.token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
    query["openid"] = str(fields.get("FromUserName", ""))
    content_type = "application/json" if settings.format == "json" else "text/xml"
    if settings.mode == "plain":
        return Letter(query, _written(settings.format, fields), content_type)
    sealed = seal(settings.aes_key, app_id, _written(settings.format, fields), word(16))
    query |= {"encrypt_type": "aes", "msg_signature": sign(settings.token, stamp, nonce, sealed)}
    shown = fields if settings.mode == "compatible" else {"ToUserName": fields.get("ToUserName", "")}
    return Letter(query, _written(settings.format, {**shown, "Encrypt": sealed}), content_type)


def sign(token: str, *parts: str) -> str:
    return hashlib.sha1("".join(sorted([token, *parts])).encode()).hexdigest()  # noqa: S324 # WeChat's choice


def seal(aes_key: str, app_id: str, message: bytes, random_16: str) -> str:
    """AES-256-CBC over 16 random bytes, the length, the message and the app id, padded to blocks of 32."""
    key = base64.b64decode(aes_key + "=")
    plain = random_16.encode() + struct.pack(">I", len(message)) + message + app_id.encode()
    missing = _BLOCK - len(plain) % _BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def _written(form: Format, fields: dict[str, Any]) -> bytes:
    if form == "json":
        return json.dumps(fields, ensure_ascii=False).encode()
    around = _AROUND_LIST.get(str(fields.get("Event")))
    if around and "List" in fields:
        fields = {**{name: value for name, value in fields.items() if name != "List"}, around: {"List": fields["List"]}}
    return f"<xml>{_elements(fields)}</xml>".encode()


def _elements(fields: dict[str, Any]) -> str:
    return "".join(
        f"<{name}>{_text(each)}</{name}>"
        for name, value in fields.items()
        for each in (value if isinstance(value, list) else [value])
    )


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return _elements(value)
    return str(value) if isinstance(value, int) else "<![CDATA[" + str(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"

"""The door for what WeChat tells us unasked (消息推送): is it really WeChat, is it fresh, and what does it say?

A delivery is believed for its seal alone. The plain signature covers token, time and nonce but not the body, so plain
deliveries are refused unless the door was built to take them, and of a compatible one only the sealed part is read.
"""

import hmac
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha1
from typing import Any

import structlog
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException

from kit.clock import Clock
from kit.errors import Forbidden, Refusal, TooLarge
from wechat.push_events import Push, UnreadableEvent, push_from
from wechat.strict_xml import MalformedXml, read_xml

log = structlog.get_logger(__name__)

MAX_BYTES = 65_536
FRESH_FOR = timedelta(minutes=5)
_AES_KEY_LENGTH = 43


class PushForged(Forbidden):
    """The signature is not WeChat's, or the message was made for another app id."""

    words = "推送的签名不正确。"


class PushNotSealed(Forbidden):
    """A plain delivery at a door that takes sealed ones only: choose compatible or safe mode at WeChat."""

    words = "只接受加密的推送，请把消息推送设为安全模式或兼容模式。"


class PushStale(Forbidden):
    """Signed too long ago or for later: a delivery that somebody kept, or a clock that is wrong."""

    words = "推送的时间与当前时间相差过大。"


class PushTooLarge(TooLarge):
    words = "推送的内容过大。"


class PushMalformed(Refusal):
    """Neither XML nor JSON that we can read, or without what its kind must have."""

    status = 400
    words = "推送的内容无法读取。"


@dataclass(frozen=True)
class Receipt:
    """How a delivery calls itself in its query."""

    timestamp: str
    nonce: str
    signature: str
    msg_signature: str


class PushDoor:
    """One per app id. The same delivery twice is read twice: who acts on it counts by trace id."""

    def __init__(self, app_id: str, token: str, aes_key: str, clock: Clock, *, allows_plain: bool = False) -> None:
        """Raises `ValueError` for a token or key that would protect nothing."""
        if not token or len(aes_key) != _AES_KEY_LENGTH:
            raise ValueError("a push door needs the Token and the EncodingAESKey of 43 characters")
        self._app_id = app_id
        self._token = token
        self._crypto = WeChatCrypto(token, aes_key, app_id)
        self._clock = clock
        self._allows_plain = allows_plain

    def verify(self, query: Mapping[str, str]) -> bool:
        """Did WeChat send this GET, to learn whether the address is ours? Then answer its `echostr` as plain text."""
        receipt = _receipt(query)
        return self._is_signed(receipt.signature, receipt.timestamp, receipt.nonce)

    def read(self, query: Mapping[str, str], body: bytes) -> Push:
        """What a POST says; answer `success` to whatever does not raise.

        Raises `PushTooLarge`, `PushMalformed`, `PushForged`, `PushNotSealed` or `PushStale`.
        """
        if len(body) > MAX_BYTES:
            raise PushTooLarge(limit_bytes=MAX_BYTES)
        receipt = _receipt(query)
        try:
            told = self._open(receipt, _parse(body))
            return push_from(told)
        except UnreadableEvent as error:
            log.warning("wechat_push_unreadable", reason=str(error))
            raise PushMalformed from None

    def _open(self, receipt: Receipt, outer: dict[str, Any]) -> dict[str, Any]:
        sealed = outer.get("Encrypt")
        if sealed is None:
            return self._plain(receipt, outer)
        if not isinstance(sealed, str):
            raise PushMalformed
        if not self._is_signed(receipt.msg_signature, receipt.timestamp, receipt.nonce, sealed):
            raise PushForged
        self._require_fresh(receipt)
        return _parse(self._decrypt(receipt, sealed))

    def _plain(self, receipt: Receipt, outer: dict[str, Any]) -> dict[str, Any]:
        if not self._allows_plain:
            raise PushNotSealed
        if not self._is_signed(receipt.signature, receipt.timestamp, receipt.nonce):
            raise PushForged
        self._require_fresh(receipt)
        return outer

    def _is_signed(self, signature: str, *parts: str) -> bool:
        """SHA-1 of the sorted parts and the token is WeChat's scheme; as bytes, because only those compare safely."""
        told = [part.encode("utf-8", "replace") for part in (self._token, *parts)]
        wanted = sha1(b"".join(sorted(told))).hexdigest()  # noqa: S324 # WeChat's choice, not ours
        return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))

    def _require_fresh(self, receipt: Receipt) -> None:
        stamp = receipt.timestamp
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
            raise PushStale
        if abs(self._clock.now().timestamp() - int(stamp)) > FRESH_FOR.total_seconds():
            raise PushStale

    def _decrypt(self, receipt: Receipt, sealed: str) -> bytes:
        message = {"Encrypt": sealed}
        try:
            text = self._crypto.decrypt_message(message, receipt.msg_signature, receipt.timestamp, receipt.nonce)
        except InvalidAppIdException:
            raise PushForged from None
        except (ValueError, IndexError, struct.error):
            # Signed with our token but not sealed with our key: the two settings do not belong together.
            log.error("wechat_push_key_wrong", app_id=self._app_id)
            raise PushMalformed from None
        return str(text).encode()


def _receipt(query: Mapping[str, str]) -> Receipt:
    return Receipt(*(str(query.get(name, "")) for name in ("timestamp", "nonce", "signature", "msg_signature")))


def _parse(body: bytes) -> dict[str, Any]:
    """XML or JSON, as its first character says; the Content-Type says nothing reliable."""
    try:
        # WeChat leaves raw control characters in strings.
        told = read_xml(body) if body.lstrip()[:1] == b"<" else json.loads(body, strict=False)
    except (MalformedXml, ValueError, RecursionError):
        raise PushMalformed from None
    if not isinstance(told, dict):
        raise PushMalformed
    return told

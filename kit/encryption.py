"""Personal data at rest: AES-256-GCM with the key's id inside, and a keyed blind index for looking it up."""

import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kit.seals import derive, encode, hmac_sha256

VERSION = b"\x01"
KEY_ID_BYTES = 4
NONCE_BYTES = 12
_HEAD = len(VERSION) + KEY_ID_BYTES


class UnreadableCiphertext(Exception):
    """Stored bytes that none of our keys opens: a wrong DATA_KEY, or a row that somebody changed or moved."""


class KeyRing:
    """The data key in force and, during a rotation, the previous one.

    Written form: version (1 byte), key id (4), nonce (12), ciphertext and tag. The place (table and column) is
    authenticated too, so a value copied into another column does not open. The blind index is keyed by its own
    secret, which does not rotate with the data key: an index must stay equal for equal text.
    """

    def __init__(self, key: bytes, previous: bytes | None = None, *, index_secret: bytes) -> None:
        keys = [each for each in (key, previous) if each is not None]
        self._ciphers = {self._id_of(each): AESGCM(derive(each, "data")) for each in keys}
        self._current = self._id_of(key)
        self._index_key = derive(index_secret, "blind-index")

    @staticmethod
    def _id_of(key: bytes) -> bytes:
        return sha256(b"lizan/key-id" + key).digest()[:KEY_ID_BYTES]

    def encrypt(self, text: str, *, place: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), place.encode())
        return VERSION + self._current + nonce + sealed

    def decrypt(self, written: bytes, *, place: str) -> str:
        """Raises `UnreadableCiphertext`; its message names the place, never the content."""
        cipher = self._ciphers.get(written[len(VERSION) : _HEAD])
        if written[: len(VERSION)] != VERSION or cipher is None:
            raise UnreadableCiphertext(place)
        nonce, sealed = written[_HEAD : _HEAD + NONCE_BYTES], written[_HEAD + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, sealed, place.encode()).decode()
        except (InvalidTag, ValueError):
            raise UnreadableCiphertext(place) from None

    def blind(self, text: str, *, kind: str) -> str:
        """Equal for equal text of one kind, and no help to anyone without the key. 43 characters."""
        return encode(hmac_sha256(self._index_key, f"{kind}:{text}".encode()))

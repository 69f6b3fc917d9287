"""Seals: short strings that prove that we made them, for QR codes that carry no personal data.

`kind`, a payload of fixed length and a MAC of 128 bits over both, in unpadded base64url. The key is derived per kind
from one secret (HKDF, RFC 5869), so a seal of one kind never passes as another. A previous secret stays
accepted while it is handed in.
"""

import base64
import binascii
import hmac
import re
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAC_BYTES = 16
_ALPHABET = re.compile(r"[A-Za-z0-9_-]+\Z")


def derive(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose; knowing them tells nothing of the secret or of another purpose's key."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"lizan/{purpose}".encode()).derive(secret)


@lru_cache(maxsize=64)
def _begun(key: bytes) -> HMAC:
    return HMAC(key, SHA256())


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 under one of the few keys that stay: each is prepared once, which is half of the work."""
    one = _begun(key).copy()
    one.update(message)
    return one.finalize()


def mac(key: bytes, message: bytes) -> bytes:
    return hmac_sha256(key, message)[:MAC_BYTES]


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes | None:
    """The bytes, or None where the text is not exactly what `encode` would have written."""
    if not _ALPHABET.match(text):
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    # The last character carries spare bits: without this four spellings would pass for one seal.
    return raw if encode(raw) == text else None


class Sealer:
    """Makes and opens seals of one kind."""

    def __init__(self, kind: str, secret: bytes, previous: bytes | None = None) -> None:
        self._keys = [derive(each, f"seal/{kind}") for each in (secret, previous) if each is not None]

    def seal(self, payload: bytes) -> str:
        return encode(payload + mac(self._keys[0], payload))

    def open(self, text: str) -> bytes | None:
        """The payload, or None where it is not a seal of this kind by one of our keys."""
        raw = decode(text)
        if raw is None or len(raw) <= MAC_BYTES:
            return None
        payload, given = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        if any(hmac.compare_digest(mac(key, payload), given) for key in self._keys):
            return payload
        return None

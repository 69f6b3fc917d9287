"""The access token that every question but log-in carries: fetched once, shared, replaced when refused."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from cryptography.fernet import Fernet, InvalidToken

from kit.clock import Clock
from kit.errors import Refusal
from kit.seals import derive
from kit.shared_memory import SharedMemory
from wechat.errors import WeChatMisconfigured, WeChatUnavailable, refusal_for
from wechat.wire import Call, Wire, errcode_of

log = structlog.get_logger(__name__)

# A question that starts with the token's last second would be refused on arrival.
MARGIN = timedelta(seconds=60)
# WeChat ignores forced renewals that follow each other faster than this, and counts them.
FORCE_SPACING = timedelta(seconds=30)


@dataclass(frozen=True)
class Credentials:
    app_id: str
    app_secret: str = field(repr=False)


@dataclass(frozen=True)
class AccessToken:
    value: str = field(repr=False)
    expires_at: datetime


class StableToken:
    """The stable token is the same for all who ask, so processes need no lock between them, only within each."""

    def __init__(self, credentials: Credentials, wire: Wire, clock: Clock, memory: SharedMemory) -> None:
        self._credentials = credentials
        self._wire = wire
        self._clock = clock
        self._memory = memory
        self._key = f"wechat_token:{credentials.app_id}"
        # Sealed with the secret, so that a copy of the shared memory opens nothing.
        self._seal = Fernet(base64.urlsafe_b64encode(derive(credentials.app_secret.encode(), "wechat-token")))
        self._lock = asyncio.Lock()
        self._held: AccessToken | None = None
        self._forced_at: datetime | None = None

    async def usable(self, *, refused: str = "") -> str:
        """A living token other than the refused one; only for a refused one is a renewal forced, and as the last way.

        Raises `WeChatUnavailable` or `WeChatMisconfigured`.
        """
        if self._held and self._serves(self._held, refused):
            return self._held.value
        async with self._lock:
            for source in self._sources(refused):
                token = await source()
                if token and self._serves(token, refused):
                    self._held = token
                    return token.value
        log.error("wechat_token_refused", app_id=self._credentials.app_id)
        raise WeChatMisconfigured

    def _sources(self, refused: str) -> list[Callable[[], Awaitable[AccessToken | None]]]:
        # The held one comes first again: another waiter may have fetched it while this one stood at the lock.
        gentle: list[Callable[[], Awaitable[AccessToken | None]]] = [self._recall, self._from_memory, self._fetch]
        return [*gentle, self._force] if refused else gentle

    def _serves(self, token: AccessToken, refused: str) -> bool:
        return token.value != refused and token.expires_at - self._clock.now() > MARGIN

    async def _recall(self) -> AccessToken | None:
        return self._held

    async def _from_memory(self) -> AccessToken | None:
        sealed = await self._memory.get(self._key)
        try:
            value, expires_at = json.loads(self._seal.decrypt(sealed or ""))
        except (InvalidToken, ValueError):
            return None
        return AccessToken(value, datetime.fromtimestamp(expires_at, UTC))

    async def _force(self) -> AccessToken | None:
        now = self._clock.now()
        if self._forced_at and now - self._forced_at < FORCE_SPACING:
            return None
        self._forced_at = now
        return await self._fetch(force=True)

    async def _fetch(self, *, force: bool = False) -> AccessToken:
        answer = await self._wire.ask(self._question(force))
        if errcode := errcode_of(answer):
            raise self._refusal(errcode)
        try:
            lifetime = timedelta(seconds=int(answer["expires_in"]))
            token = AccessToken(str(answer["access_token"]), self._clock.now() + lifetime)
        except (KeyError, TypeError, ValueError):
            raise WeChatUnavailable from None
        await self._share(token, lifetime)
        return token

    def _refusal(self, errcode: int) -> Refusal:
        refusal = refusal_for(errcode)
        # 40001 is an everyday thing on other calls; here it means that our secret is wrong.
        if isinstance(refusal, WeChatMisconfigured):
            log.error("wechat_token_denied", app_id=self._credentials.app_id, errcode=errcode)
        return refusal

    def _question(self, force: bool) -> Call:
        wanted = {
            "grant_type": "client_credential",
            "appid": self._credentials.app_id,
            "secret": self._credentials.app_secret,
            "force_refresh": force,
        }
        return Call("POST", "/cgi-bin/stable_token", body=json.dumps(wanted).encode())

    async def _share(self, token: AccessToken, lifetime: timedelta) -> None:
        sealed = self._seal.encrypt(json.dumps([token.value, token.expires_at.timestamp()]).encode())
        await self._memory.put(self._key, sealed.decode(), seconds=int(lifetime.total_seconds()))

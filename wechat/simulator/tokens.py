"""The access tokens that the simulated WeChat has given out, and how long each is good."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kit.clock import Clock

LIFETIME = timedelta(seconds=7200)
OVERLAP = timedelta(seconds=300)
FORCE_SPACING = timedelta(seconds=30)
FORCES_A_DAY = 20


@dataclass
class Token:
    value: str = field(repr=False)
    app_id: str
    expires_at: datetime


class TokenBook:
    """Plain and stable tokens of all accounts; the two kinds never end each other."""

    def __init__(self, clock: Clock, word: Callable[[int], str]) -> None:
        self._clock = clock
        self._word = word
        self._by_value: dict[str, Token] = {}
        self._plain: dict[str, Token] = {}
        self._stable: dict[str, Token] = {}
        self._forced_at: dict[str, list[datetime]] = {}

    def find(self, value: str) -> Token | None:
        return self._by_value.get(value)

    def plain(self, app_id: str) -> Token:
        """A new token each time; the one before lives five minutes more."""
        if previous := self._plain.get(app_id):
            previous.expires_at = min(previous.expires_at, self._clock.now() + OVERLAP)
        self._plain[app_id] = self._issue(app_id)
        return self._plain[app_id]

    def stable(self, app_id: str, *, force: bool) -> Token:
        """The same token until its last five minutes, in which a new one begins beside it."""
        current = self._stable.get(app_id)
        if force and self._may_force(app_id) and current:
            self._by_value.pop(current.value, None)
            current = None
        if current is None or current.expires_at - self._clock.now() <= OVERLAP:
            current = self._stable[app_id] = self._issue(app_id)
        return current

    def revoke(self, app_id: str) -> None:
        """End every token of an account as if another server had replaced it."""
        self._by_value = {value: token for value, token in self._by_value.items() if token.app_id != app_id}
        self._plain.pop(app_id, None)
        self._stable.pop(app_id, None)

    def _issue(self, app_id: str) -> Token:
        token = Token(f"{self._word(4)}_{self._word(128)}", app_id, self._clock.now() + LIFETIME)
        self._by_value[token.value] = token
        return token

    def _may_force(self, app_id: str) -> bool:
        now = self._clock.now()
        recent = [at for at in self._forced_at.get(app_id, []) if now - at < timedelta(days=1)]
        allowed = len(recent) < FORCES_A_DAY and (not recent or now - recent[-1] >= FORCE_SPACING)
        self._forced_at[app_id] = [*recent, now] if allowed else recent
        return allowed

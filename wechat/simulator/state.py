"""Everything the simulated WeChat remembers, in memory and under a clock that can be moved."""

import base64
import hashlib
import itertools
import random
import secrets
import string
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from kit.clock import Clock
from wechat.simulator.tokens import TokenBook

KEPT_CALLS = 10_000
LETTERS = string.ascii_letters + string.digits
# What a list of calls may show; everything else in a question is a secret or somebody's words.
SHOWN_FIELDS = frozenset({"appid", "grant_type", "version", "scene", "force_refresh"})


class Unknown(LookupError):
    """The control API was asked about a person or an account that does not exist."""


@dataclass(frozen=True)
class Account:
    """A mini-program or an official account (公众号) registered with the simulated WeChat."""

    app_id: str
    app_secret: str = field(repr=False)
    kind: Literal["mini", "official"] = "mini"
    gives_unionid: bool = False
    is_address_allowed: bool = True


@dataclass
class User:
    key: str
    name: str
    is_blocked: bool = False
    session_key: str = field(default="", repr=False)
    last_visit_at: datetime | None = None


@dataclass
class LoginCode:
    app_id: str
    user_key: str
    issued_at: datetime
    is_used: bool = False


@dataclass
class Fault:
    """What goes wrong the next `times` times on one path. A delay and a lost connection come after the work is done."""

    path: str
    times: int = 1
    errcode: int | None = None
    http_status: int | None = None
    html: bool = False
    empty: bool = False
    delay_seconds: float = 0.0
    drop: bool = False


@dataclass(frozen=True)
class CallRecord:
    at: str
    method: str
    path: str
    fields: dict[str, Any]
    errcode: int | None


class MovableClock:
    def __init__(self, base: Clock) -> None:
        self._base = base
        self._offset = timedelta()

    def now(self) -> datetime:
        return self._base.now() + self._offset

    def advance(self, by: timedelta) -> None:
        self._offset += by


class World:
    """One simulated WeChat. The same seed and the same questions give the same ids and tokens.

    Login codes are new in each life: a server remembers the spent ones longer than this world lasts.
    """

    def __init__(self, accounts: Sequence[Account], clock: Clock, seed: int) -> None:
        self.accounts = {account.app_id: account for account in accounts}
        self._base_clock = clock
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget all but the accounts."""
        self.clock = MovableClock(self._base_clock)
        self._random = random.Random(self._seed)  # noqa: S311 # a play must be repeatable, and keeps no secret
        self.tokens = TokenBook(self.clock, self.word)
        self._numbers = itertools.count(1)
        self.users: dict[str, User] = {}
        self.codes: dict[str, LoginCode] = {}
        self.faults: list[Fault] = []
        self.calls: deque[CallRecord] = deque(maxlen=KEPT_CALLS)
        self.counts: Counter[tuple[str, ...]] = Counter()
        self._owners: dict[str, tuple[str, User]] = {}

    def word(self, length: int) -> str:
        return "".join(self._random.choices(LETTERS, k=length))

    def session_key(self) -> str:
        return base64.b64encode(self._random.randbytes(16)).decode()

    def account(self, app_id: str | None = None) -> Account:
        """The account named, or the first mini-program."""
        minis = [account.app_id for account in self.accounts.values() if account.kind == "mini"]
        found = self.accounts.get(app_id or next(iter(minis), ""))
        if found is None:
            raise Unknown("no such account")
        return found

    def user(self, key: str) -> User:
        if key not in self.users:
            raise Unknown("no such user")
        return self.users[key]

    def create_user(self, name: str = "", *, key: str = "", is_blocked: bool = False) -> User:
        """Somebody new, or the one who has this key; a key has the same openids after a restart with the same seed."""
        key = key or f"user-{next(self._numbers)}"
        user = self.users.setdefault(key, User(key, name or key, is_blocked))
        for app_id in self.accounts:
            self._owners[self.openid(app_id, user)] = (app_id, user)
        return user

    def openid(self, app_id: str, user: User) -> str:
        return "o" + self._hash(app_id, user.key)[:27]

    def unionid(self, user: User) -> str:
        return "u" + self._hash("union", user.key)[:27]

    def _hash(self, *parts: str) -> str:
        digest = hashlib.sha256("/".join([str(self._seed), *parts]).encode()).digest()
        return base64.urlsafe_b64encode(digest).decode()

    def owner(self, openid: str) -> tuple[str, User] | None:
        """The account that knows a person by this openid, and the person."""
        return self._owners.get(openid)

    def issue_login_code(self, user: User, account: Account) -> str:
        code = "0" + "".join(secrets.choice(LETTERS) for _ in range(31))
        self.codes[code] = LoginCode(account.app_id, user.key, self.clock.now())
        return code

    def take_fault(self, path: str) -> Fault | None:
        fault = next((each for each in self.faults if each.path == path), None)
        if fault is None:
            return None
        fault.times -= 1
        if fault.times <= 0:
            self.faults.remove(fault)
        return fault

    def exceeds(self, limit: int | None, seconds: int, *what: str) -> bool:
        """Count one more of `what` in this minute or day; is it above the limit?"""
        window = (*what, str(seconds), str(int(self.clock.now().timestamp()) // seconds))
        self.counts[window] += 1
        return limit is not None and self.counts[window] > limit

    def record(self, method: str, path: str, fields: dict[str, Any], errcode: int | None) -> None:
        shown = {name: value if name in SHOWN_FIELDS else "***" for name, value in fields.items()}
        self.calls.append(CallRecord(self.clock.now().isoformat(), method, path, shown, errcode))

    def list_calls(self, path: str | None = None) -> list[dict[str, Any]]:
        return [asdict(call) for call in self.calls if path in (None, call.path)]

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
from wechat.simulator.pushes import PushSettings, SimulatedPush
from wechat.simulator.reminder_values import Template
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
    pages: frozenset[str] = frozenset()
    push: PushSettings | None = None
    templates: tuple[Template, ...] = ()


@dataclass
class User:
    key: str
    name: str
    is_blocked: bool = False
    session_key: str = field(default="", repr=False)
    last_visit_at: datetime | None = None
    phone: str = field(default="", repr=False)


@dataclass
class LoginCode:
    app_id: str
    user_key: str
    issued_at: datetime
    is_used: bool = False


@dataclass
class PhoneCode(LoginCode):
    """What the phone button gives; never good for a log-in, nor the other way round."""

    number: str = field(default="", repr=False)
    country_code: str | int = "86"


@dataclass(frozen=True)
class SentMessage:
    """A reminder as it lies on somebody's phone."""

    at: str
    app_id: str
    user: str
    openid: str = field(repr=False)
    template_id: str
    page: str
    values: dict[str, str] = field(repr=False)
    state: str


@dataclass
class MediaJob:
    """A picture or a voice that waits to be fetched and judged."""

    trace_id: str
    app_id: str
    openid: str = field(repr=False)
    media_url: str = field(repr=False)
    media_type: int
    is_first_version: bool
    due_at: datetime


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
        self._push_ids = itertools.count(1)
        self.users: dict[str, User] = {}
        self.codes: dict[str, LoginCode] = {}
        self.faults: list[Fault] = []
        self.calls: deque[CallRecord] = deque(maxlen=KEPT_CALLS)
        self.counts: Counter[tuple[str, ...]] = Counter()
        self._owners: dict[str, tuple[str, User]] = {}
        self.phone_codes: dict[str, PhoneCode] = {}
        self.phone_calls_left: int | None = None
        self.released = {app_id: set(account.pages) for app_id, account in self.accounts.items()}
        self.drawn: dict[str, str] = {}
        chosen = (template for account in self.accounts.values() for template in account.templates)
        self.templates = {template.template_id: template for template in chosen}
        self.credits: Counter[tuple[str, str]] = Counter()
        self.sending: set[str] = set()
        self.sent: list[SentMessage] = []
        self.media_jobs: list[MediaJob] = []
        self.push_settings = {app_id: account.push for app_id, account in self.accounts.items() if account.push}
        self.pushes: list[SimulatedPush] = []
        self.unsent: deque[SimulatedPush] = deque()
        self.holds_pushes = False

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

    def issue_phone_code(self, user: User, account: Account, number: str = "", country_code: str | int = "86") -> str:
        """The code behind one tap on the phone button."""
        code = self.word(64)
        self.phone_codes[code] = PhoneCode(
            account.app_id,
            user.key,
            self.clock.now(),
            number=number or user.phone or self._made_up_number(user),
            country_code=country_code,
        )
        return code

    def _made_up_number(self, user: User) -> str:
        digest = hashlib.sha256(f"{self._seed}/phone/{user.key}".encode()).hexdigest()
        return f"1380000{int(digest, 16) % 10_000:04}"

    def push(self, app_id: str, openid: str, event: str, **told: Any) -> SimulatedPush:
        """Something that the account is to be told; it leaves when the answer under way has left."""
        fields = {"ToUserName": f"gh_{app_id}", "FromUserName": openid, "CreateTime": int(self.clock.now().timestamp())}
        push = SimulatedPush(next(self._push_ids), app_id, {**fields, "MsgType": "event", "Event": event, **told})
        self.pushes.append(push)
        self.unsent.append(push)
        return push

    def signed_at(self) -> int:
        """Pushes carry the receiver's time: a receiver's clock does not move when ours is moved."""
        return int(self._base_clock.now().timestamp())

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

"""The porter of our doors: knows the callers by their sessions, keeps the pace, gives the first answer again."""

import ipaddress
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache

import structlog
from sanic import HTTPResponse, Request

from capabilities.caller import Caller, NotForScreens, NotForStaffPhones, caller_anew, caller_with
from capabilities.consent import POLICY_VERSION, ConsentNeeded
from capabilities.office import Office
from kit.door import Answer, Route
from kit.errors import Refusal
from kit.pace import By, Pace
from models.consent import ConsentScope
from models.fields import blind
from server.idempotency import FirstAnswers
from server.pace import Pacer
from server.settings import Settings

log = structlog.get_logger(__name__)

# What is left to somebody who has withdrawn the policy's consent, beside looking: to agree again, and to go.
STILL_OPEN = frozenset(
    {
        ("POST", "/me/consents"),
        ("DELETE", "/me/consents/<scope:str>"),
        ("DELETE", "/me"),
        ("DELETE", "/sessions/current"),
    }
)


MOST_CALLERS = 8192
OPEN_TO_SCREENS = frozenset({("GET", "/points/<point_id:uuid>/screen"), ("GET", "/events/<event_id:uuid>/live")})


class HousePorter:
    """`pacer` is None where no pace is kept."""

    def __init__(self, office: Office, pacer: Pacer | None) -> None:
        self._office = office
        self._pacer = pacer
        self._answers = FirstAnswers(office)
        # The same callers come again and again.
        self._blinded = lru_cache(maxsize=MOST_CALLERS)(lambda subject, kind: blind(subject, kind=kind))

    async def identify(self, request: Request, route: Route) -> Caller | None:
        who = await caller_with(self._office, _token_of(request))
        closed = _closed_to(who, route)
        # What is open to all is open to phones and screens as to anybody.
        if closed is not None and not route.is_public:
            raise closed
        return None if closed else who

    async def look_again(self, request: Request, who: Caller) -> Caller | None:
        """The caller as the database has them now; None where that is what was known already."""
        token = _token_of(request)
        anew = await caller_anew(self._office, token) if token else who
        return None if anew == who else anew

    async def admit(self, request: Request, route: Route, who: Caller | None) -> None:
        """Raises `ConsentNeeded` for a write of somebody for whom nothing may be processed any more."""
        if who is not None and who.is_restricted and not _is_still_open(route):
            raise ConsentNeeded(policy_version=POLICY_VERSION, scopes=[ConsentScope.POLICY.value])
        if self._pacer is None:
            return
        for pace in route.paces:
            if not pace.only:
                await self._pacer.keep(pace, _name(pace, route), self._whom(pace, request, who))

    @asynccontextmanager
    async def watch(self, request: Request, route: Route, who: Caller | None) -> AsyncIterator[None]:
        if (pacer := self._pacer) is None:
            yield
            return
        async with AsyncExitStack() as watching:
            for pace in route.paces:
                if pace.only:
                    whom = self._whom(pace, request, who)
                    await watching.enter_async_context(pacer.watch(pace, _name(pace, route), whom))
            yield

    async def answer_once(self, request: Request, route: Route, who: Caller, key: str, answer: Answer) -> HTTPResponse:
        if who.has_pass:
            # First answers are kept for persons; what a phone sends has a nonce of its own or may be said twice.
            return await answer()
        return await self._answers.once(request, who.person_id, key, answer, is_upload=bool(route.upload))

    def _whom(self, pace: Pace, request: Request, who: Caller | None) -> str:
        """Not to be read back by whoever looks into Redis: an address is personal data."""
        if pace.by is By.CALLER and who is not None:
            return self._blinded(str(who.person_id), "pace-caller")
        return self._blinded(_network(request.remote_addr or request.ip), "pace-address")

    async def finish(self) -> None:
        """Let what was begun be answered, and the answers be kept."""
        await self._answers.finish()


@asynccontextmanager
async def open_porter(settings: Settings, office: Office) -> AsyncIterator[HousePorter]:
    """At the end, what was begun is answered before the office closes."""
    pacer = Pacer(settings.redis_url.get_secret_value() if settings.redis_url else None) if settings.pace else None
    if pacer is None:
        log.warning("no_pace_is_kept")
    porter = HousePorter(office, pacer)
    try:
        yield porter
    finally:
        await porter.finish()
        if pacer is not None:
            await pacer.close()


def _token_of(request: Request) -> str | None:
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _closed_to(who: Caller, route: Route) -> Refusal | None:
    if who.screen is not None and (route.method, route.path) not in OPEN_TO_SCREENS:
        return NotForScreens()
    if who.is_phone and not route.takes_bound:
        return NotForStaffPhones()
    return None


def _is_still_open(route: Route) -> bool:
    return route.is_public or route.method == "GET" or (route.method, route.path) in STILL_OPEN


def _name(pace: Pace, route: Route) -> str:
    return pace.name or route.name + ("!" if pace.only else "")


def _network(address: str) -> str:
    """One household has 2^64 addresses of IPv6, and is counted as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)

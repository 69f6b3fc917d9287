"""Pace: how often somebody may ask, declared on a route and kept by whoever stands at the door."""

from dataclasses import dataclass
from enum import StrEnum

from kit.errors import Refusal, TooMany


class By(StrEnum):
    """Whom a pace counts: the caller that was identified, or the address that the request came from."""

    CALLER = "caller"
    ADDRESS = "address"


class TooManyRequests(TooMany):
    """More often than the route's pace; `Retry-After` says when the next one is taken."""

    words = "操作太频繁，请稍候片刻再试。"


@dataclass(frozen=True)
class Pace:
    """At most `times` requests within `seconds`, for each caller or each address by itself.

    Routes whose paces have the same `name` are counted together; without a name a route is counted alone. With `only`,
    nothing is counted but what was refused for one of these reasons: the honest never get slower.
    """

    times: int
    seconds: int
    by: By = By.CALLER
    name: str = ""
    only: tuple[type[Refusal], ...] = ()

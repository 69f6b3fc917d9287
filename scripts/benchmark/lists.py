"""What everybody opens: the list of events, an event, my enrolments; with a city's worth of people and events."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from kit.paging import after
from scripts.benchmark import report, world
from scripts.benchmark.bench import Bench, WrongAnswer
from scripts.benchmark.report import Row, Series, ratio
from scripts.benchmark.served import Served, our_server, reference
from scripts.benchmark.wire import Outcome, closed_loop, request

PEOPLE, EVENTS, CALLERS, CONNECTIONS = 100_000, 2_000, 500, 32
# More than a second answers.
PER_SECOND = 8_000
# What the pace counts as the address is the caller's own, as behind a proxy.
PROXY = "the-proxy-of-the-benchmark"
# The first page by most; the others by a unit, a kind, words, a day, and page after page.
SEARCHES = ("", "?unit=150105", "?category=popular_science", "?q=%E4%B9%89%E8%AF%8A", "?from={day}T00:00:00Z", "{next}")
SHARES = (60, 8, 8, 4, 5, 15)


async def measure(bench: Bench) -> list[Row]:
    now = world.right_now()
    people = await city(bench, PEOPLE)
    events = await world.events(bench.url, bench.writer, EVENTS, now)
    await world.enrol_some(bench.writer, events, people[: CALLERS * 40], now)
    tokens = await world.sessions(bench.writer, people[:CALLERS], now)
    await bench.settle()
    random = Random(1)  # noqa: S311 - a mix, no secret
    expected = await Expected.read(bench)
    searches = [each.format(day=now.date(), next=f"?cursor={expected.second_page}") for each in SEARCHES]
    kinds: dict[str, tuple[Callable[[], str], Callable[[Any], None]]] = {
        "event list": (lambda: "/events", expected.is_first_page),
        "event list, searched": (lambda: f"/events{random.choices(searches, SHARES)[0]}", expected.is_page),
        "event page": (lambda: f"/events/{random.choice(events).event_id}", expected.is_event),
        "my enrolments": (lambda: "/me/enrolments", expected.is_somebodys),
    }
    rows = []
    async with (
        our_server(bench.url, bench.folder, LIZAN_FORWARDED_SECRET=PROXY) as server,
        reference(bench.url, bench.folder) as plain,
    ):
        await greet(server, tokens)
        for name, (path, look) in kinds.items():
            slowest, alone, asked = [], [], 0
            before = await bench.statements()
            for _ in range(bench.rounds):
                outcome = await ask(server, tokens, [path() for _ in range(int(PER_SECOND * bench.seconds))], bench)
                verify(name, outcome, look)
                slowest.append(outcome.percentile_ms(0.95))
                alone.append((await hello(plain, bench)).percentile_ms(0.95))
                asked += len(outcome.answers)
            statements = Series([(await bench.statements() - before) / asked])
            rows.append(_row(f"{name}, p95, c={CONNECTIONS}", Series(slowest), Series(alone)))
            rows.append(report.below(f"{name}, statements an answer", statements, 1, ""))
    return rows


def _row(name: str, ours: Series, alone: Series) -> Row:
    """The target is a time; what the framework alone takes beside it says how busy this machine was."""
    found = round(ratio(ours, alone), 2)
    shown = (f"{each.median:.1f} ms" for each in (ours, alone))
    return Row(name, next(shown), f"no database {next(shown)}", found, ours.spread, "≤ 20 ms", ours.median <= 20)


async def hello(plain: Served, bench: Bench) -> Outcome:
    said = request("POST", "/hello", body=msgspec.json.encode({"id": 1, "code": "A" * 38}))
    return await closed_loop(plain.port, [said] * int(PER_SECOND * bench.seconds), connections=CONNECTIONS, seconds=1)


async def city(bench: Bench, count: int) -> list[UUID]:
    people: list[UUID] = []
    for _ in range(0, count, world.MANY):
        people += await world.people(bench.writer, min(world.MANY, count - len(people)), world.right_now())
    return people


async def greet(server: Served, tokens: Sequence[str]) -> None:
    """Each caller's first request, so that the sessions are known as in the middle of a day."""
    first = [request("GET", "/api/v1/me/enrolments", token=token) for token in tokens]
    await closed_loop(server.port, first, connections=16, seconds=20)


async def ask(server: Served, tokens: Sequence[str], paths: Iterable[str], bench: Bench) -> Outcome:
    """Each by another caller, from another address."""
    asked = []
    for number, path in enumerate(paths):
        which = number % len(tokens)
        forwarded = f"for=10.0.{which // 250}.{which % 250 + 1};secret={PROXY}"
        asked.append(request("GET", f"/api/v1{path}", token=tokens[which], forwarded=forwarded))
    return await closed_loop(server.port, asked, connections=CONNECTIONS, seconds=bench.seconds)


def verify(name: str, outcome: Outcome, look: Callable[[Any], None]) -> None:
    """Each of the answers, the equal ones once."""
    if set(outcome.statuses()) != {200}:
        raise WrongAnswer(f"{name}: {outcome.statuses()} {outcome.answers[-1][1][:300]!r}")
    for body in {body for _, body in outcome.answers}:
        look(msgspec.json.decode(body))


class Expected:
    """What the tables say, asked in another way than the program does."""

    def __init__(self, by_time: list[str], titles: dict[str, str], seats: dict[str, int], own: dict[str, set[str]]):
        self._by_time, self._titles, self._seats, self._own = by_time, titles, seats, own
        self._all_of = {each: whole for whole in own.values() for each in whole}

    @classmethod
    async def read(cls, bench: Bench) -> "Expected":
        events = await bench.ask("SELECT id::text, title FROM event WHERE status = 'published' ORDER BY starts_at, id")
        seats = await bench.ask("SELECT event_id::text, sum(seats - taken) FROM shift GROUP BY event_id")
        own = defaultdict(set)
        for person, enrolment in await bench.ask("SELECT person_id::text, id::text FROM enrolment"):
            own[person].add(enrolment)
        return cls([row[0] for row in events], dict(map(tuple, events)), dict(map(tuple, seats)), own)

    @property
    def second_page(self) -> str:
        return after(UUID(self._by_time[49]))

    def is_first_page(self, page: Any) -> None:
        self.is_page(page)
        if [each["id"] for each in page["items"]] != self._by_time[:50]:
            raise WrongAnswer("the first page is not the first fifty")

    def is_page(self, page: Any) -> None:
        """In the order of all; of a page that goes on there are fifty."""
        places = [self._by_time.index(each["id"]) for each in page["items"]]
        if places != sorted(places) or not places or (page["next_cursor"] and len(places) != 50):
            raise WrongAnswer(f"a page of {len(places)}, not in order")
        for each in page["items"]:
            self.is_event(each)

    def is_event(self, found: Any) -> None:
        left = sum(shift["seats_left"] for shift in found["shifts"])
        if (found["title"], left) != (self._titles[found["id"]], self._seats[found["id"]]) or not found["points"]:
            raise WrongAnswer(f"event {found['id']} is told as {found['title']!r} with {left} seats")

    def is_somebodys(self, rows: Any) -> None:
        """All of one person's, and nothing of anybody else's."""
        ids = {each["id"] for each in rows}
        if not ids or ids != self._all_of.get(rows[0]["id"]):
            raise WrongAnswer(f"{len(ids)} enrolments, which are not one person's")

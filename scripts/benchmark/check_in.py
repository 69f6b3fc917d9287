"""Check-in: staff scan a hall's personal codes, each durable before its answer, beside what the database can do."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from uuid import uuid4

import msgspec

from models.database import opened
from models.role import Role
from models.scan import Scan
from scripts.benchmark import pgbench, report, world
from scripts.benchmark.bench import Bench, WrongAnswer
from scripts.benchmark.report import Row, Series
from scripts.benchmark.served import Served, our_server, reference, ungrouped_server
from scripts.benchmark.wire import Outcome, closed_loop, open_loop, request
from scripts.benchmark.world import Hall

# Each of them keeps the pace that is set for one: 600 writes a minute.
STAFF = 500
# More than a round can use up.
PER_SECOND = 20_000
CONNECTIONS = (1, 8, 32, 128)
# A stand's phones at the rate of a rush, several events at once, one in ten repeated or refused.
OPEN_PER_SECOND = 5_000


@dataclass
class Crowd:
    """A hall and its staff; each person is scanned once, so the next one is drawn from where the last scan ended."""

    hall: Hall
    tokens: list[str]
    used: int = 0
    nonces: list[str] = field(default_factory=list)

    def requests(self, count: int, now: datetime) -> list[bytes]:
        """The next `count` people's scans."""
        numbers = range(self.used, self.used + count)
        if numbers.stop > len(self.hall.people):
            raise WrongAnswer("the hall is too small for this speed")
        return [self.scan(number, now) for number in numbers]

    def scan(self, number: int, now: datetime, *, code: str | None = None) -> bytes:
        body = {"point_id": self.hall.point_id, "code": code or self.hall.code_of(number, now), "nonce": uuid4().hex}
        token = self.tokens[number % len(self.tokens)]
        return request("POST", "/api/v1/scans", token=token, body=msgspec.json.encode(body))

    def greet(self) -> list[bytes]:
        """Each staff's first request of the day, so that the sessions are known as in the middle of a rush."""
        return [request("GET", "/api/v1/staff/events", token=token) for token in self.tokens]


async def crowd(bench: Bench, size: int) -> Crowd:
    now = world.right_now()
    people = await world.people(bench.writer, size, now)
    hall = await world.hall(bench.url, bench.writer, people, now)
    return Crowd(hall, await staff_of(bench, [hall], now))


async def staff_of(bench: Bench, halls: Sequence[Hall], now: datetime) -> list[str]:
    staff = await world.people(bench.writer, STAFF, now)
    rows = ({"person_id": each, "name": "event_staff", "event_id": hall.event_id, "given_at": now}
            for hall in halls for each in staff)  # fmt: skip
    await bench.writer.add(Role, rows)
    return await world.sessions(bench.writer, staff, now)


async def measure(bench: Bench) -> list[Row]:
    """On PostgreSQL beside pgbench, on SQLite against a rate."""
    return await (_on_postgres(bench) if bench.is_postgres else _on_sqlite(bench))


async def _on_postgres(bench: Bench) -> list[Row]:
    await pgbench.prepare(bench.url)
    size = int(PER_SECOND * bench.seconds * bench.rounds * 2) + OPEN_PER_SECOND * 12
    people = await crowd(bench, size)
    await bench.settle()
    found: dict[Any, list[Any]] = defaultdict(list)
    async with our_server(bench.url, bench.folder) as ours, reference(bench.url, bench.folder) as other:
        for _ in range(bench.rounds):
            for connections in CONNECTIONS:
                if connections <= 32:
                    found["pgbench", connections].append(
                        await pgbench.run(bench.url, clients=connections, seconds=bench.seconds)
                    )
                found["ours", connections].append(await _round(bench, ours, people, connections, found))
            for path in ("hello", "one"):
                found[path].append(await _plain(bench, other, path))
        found["open"].append(await _open(bench, ours, people))
    async with ungrouped_server(bench.url, bench.folder) as alone:
        for _ in range(bench.rounds):
            found["ungrouped"].append(await _round(bench, alone, people, 32, defaultdict(list)))
    await _verify(bench, people, [each for kind, runs in found.items() if "ours" in kind for each in runs])
    return list(_rows(found))


async def _round(bench: Bench, server: Served, people: Crowd, connections: int, found: dict[Any, list[Any]]) -> Outcome:
    await closed_loop(server.port, people.greet(), connections=16, seconds=20)
    rate = PER_SECOND if connections > 8 else PER_SECOND / 2
    requests = people.requests(int(rate * bench.seconds), world.right_now())
    before = server.cpu_seconds
    outcome = await closed_loop(server.port, requests, connections=connections, seconds=bench.seconds)
    found["cpu", connections].append((server.cpu_seconds - before) / len(outcome.answers) * 1e6)
    people.used += len(outcome.answers)
    if outcome.statuses() != {200: len(outcome.answers)}:
        raise WrongAnswer(f"{outcome.statuses()} {outcome.answers[-1]!r}")
    return outcome


async def _plain(bench: Bench, server: Served, path: str) -> Outcome:
    code = "A" * 38
    many = range(1, int(PER_SECOND * bench.seconds) + 1)
    bodies = (msgspec.json.encode({"id": each, "code": code}) for each in many)
    requests = [request("POST", f"/{path}", body=body) for body in bodies]
    return await closed_loop(server.port, requests, connections=32, seconds=bench.seconds)


async def _open(bench: Bench, server: Served, people: Crowd) -> Outcome:
    """5 % come twice, 5 % show a code that nobody made; every one must be answered."""
    random, now = Random(5), world.right_now()  # noqa: S311 - a mix, no secret
    count = int(OPEN_PER_SECOND * min(bench.seconds * 2, 10))
    requests: list[bytes] = []
    for number in range(people.used, people.used + count):
        kind = random.random()
        if kind < 0.05 and requests:
            requests.append(people.scan(random.randrange(people.used, number), now))
        else:
            requests.append(people.scan(number, now, code="LZ1.nobody" if kind > 0.95 else None))
    people.used += count
    await closed_loop(server.port, people.greet(), connections=16, seconds=20)
    outcome = await open_loop(server.port, requests, per_second=OPEN_PER_SECOND)
    if set(outcome.statuses()) - {200, 404, 409, 410, 422} or len(outcome.answers) != len(requests):
        raise WrongAnswer(str(outcome.statuses()))
    return outcome


async def _verify(bench: Bench, people: Crowd, outcomes: Sequence[Outcome]) -> None:
    """Every acknowledged sign-in stands in the log and in the attendance, once."""
    acknowledged = [body for outcome in outcomes for _, body in outcome.answers]
    ids = {msgspec.json.decode(body)["scan_id"] for body in acknowledged}
    rows = await bench.ask(
        "SELECT s.id::text FROM scan s JOIN attendance a "
        "ON a.check_in_scan_id = s.id AND a.enrolment_id = s.enrolment_id"
    )
    missing = ids - {row[0] for row in rows}
    if missing or len(ids) != len(acknowledged):
        raise WrongAnswer(f"{len(missing)} of {len(acknowledged)} sign-ins are not in the database")


def _rows(found: dict[Any, list[Any]]) -> Iterator[Row]:
    def rate(*key: Any) -> Series:
        return Series([each.rate for each in found[key if len(key) > 1 else key[0]]])

    def tail(*key: Any) -> Series:
        return Series([each.percentile_ms(0.99) for each in found[key]])

    pg32 = rate("pgbench", 32)
    for connections, least in ((32, 0.55), (8, 0.28), (1, 0.25)):
        yield report.faster(
            f"check-in, c={connections}", rate("ours", connections), rate("pgbench", connections),
            at_least=least, what=f"pgbench c={connections}",
        )  # fmt: skip
    yield report.faster("check-in, c=128 (stretch)", rate("ours", 128), pg32, at_least=0.75, what="pgbench c=32")
    yield report.longer("check-in p99, c=32", tail("ours", 32), tail("pgbench", 32), at_most=2.5, what="pgbench p99")
    halves = Series([each.percentile_ms(0.5) for each in found["ours", 1]])
    yield report.below("check-in p50, c=1", halves, 1, "ms")
    yield report.faster(
        "check-in c=32, together ÷ each alone", rate("ours", 32), rate("ungrouped"), at_least=1.6, what="each alone"
    )
    yield report.below("server CPU a check-in, c=32", Series(found["cpu", 32]), 110, "µs")
    yield report.faster("check-in, c=32", rate("ours", 32), rate("one"), at_least=0, what="asyncpg, one statement")
    yield report.faster("check-in, c=32", rate("ours", 32), rate("hello"), at_least=0, what="no database")
    late = Series([each.percentile_ms(0.99) for each in found["open"]])
    yield report.below(f"check-in p99, open loop {OPEN_PER_SECOND}/s", late, 10, "ms")


async def _on_sqlite(bench: Bench) -> list[Row]:
    people = await crowd(bench, int(PER_SECOND * bench.seconds * bench.rounds))
    rates: list[float] = []
    cpu: dict[Any, list[Any]] = defaultdict(list)
    async with our_server(bench.url, bench.folder) as ours:
        for _ in range(bench.rounds):
            rates.append((await _round(bench, ours, people, 32, cpu)).rate)
    async with opened(bench.url):
        written = await Scan.filter(event_id=people.hall.event_id, verdict="CheckedIn").count()
    if written != people.used:
        raise WrongAnswer(f"{written} scans in the log, {people.used} acknowledged")
    return [report.above("check-in on SQLite, c=32", Series(rates), 6_000, "/s")]

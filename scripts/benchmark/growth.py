"""Growth: what ten times the enrolments do to a sign-in and to a list."""

from uuid import UUID

from scripts.benchmark import report, world
from scripts.benchmark.bench import Bench, WrongAnswer
from scripts.benchmark.check_in import Crowd, crowd
from scripts.benchmark.report import Row, Series, ratio
from scripts.benchmark.served import Served, our_server
from scripts.benchmark.wire import closed_loop, request

SMALL, LARGE, PEOPLE, EVENTS = 100_000, 1_000_000, 20_000, 200
CONNECTIONS = 32


async def measure(bench: Bench) -> list[Row]:
    now = world.right_now()
    people = await world.people(bench.writer, PEOPLE, now)
    tokens = await world.sessions(bench.writer, people[:500], now)
    rushing = await crowd(bench, int(20_000 * bench.seconds * bench.rounds * 2))
    rates: dict[int, list[float]] = {}
    lists: dict[int, list[float]] = {}
    total = 0
    for size in (SMALL, LARGE):
        total += await _grow(bench, people, size - total)
        await bench.settle()
        async with our_server(bench.url, bench.folder) as server:
            for _ in range(bench.rounds):
                rates.setdefault(size, []).append(await _rate(bench, server, rushing))
                lists.setdefault(size, []).append(await _p95(bench, server, tokens))
    small, large = Series(rates[SMALL]), Series(rates[LARGE])
    slow_small, slow_large = Series(lists[SMALL]), Series(lists[LARGE])
    grown, slower = ratio(large, small), ratio(slow_large, slow_small)
    name = f"{LARGE:,} enrolments instead of {SMALL:,}"
    return [
        Row(f"check-in rate, {name}", f"{large.median:,.0f}/s", f"{small.median:,.0f}/s", round(grown, 2),
            large.spread, "≥ 0.9 ×", grown >= 0.9),
        Row(f"my enrolments p95, {name}", f"{slow_large.median:.1f} ms", f"{slow_small.median:.1f} ms",
            round(slower, 2), slow_large.spread, "≤ 1.2 ×", slower <= 1.2),
        report.above("enrolments in the table", Series([float(total)]), LARGE, "rows"),
    ]  # fmt: skip


async def _grow(bench: Bench, people: list[UUID], count: int) -> int:
    """Halls that fill and empty over the years, the same people in each."""
    added = 0
    now = world.right_now()
    while added < count:
        part = people[: min(len(people), count - added)]
        await world.hall(bench.url, bench.writer, part, now)
        added += len(part)
    return added


async def _rate(bench: Bench, server: Served, people: Crowd) -> float:
    await closed_loop(server.port, people.greet(), connections=16, seconds=20)
    requests = people.requests(int(20_000 * bench.seconds), world.right_now())
    outcome = await closed_loop(server.port, requests, connections=CONNECTIONS, seconds=bench.seconds)
    people.used += len(outcome.answers)
    if set(outcome.statuses()) != {200}:
        raise WrongAnswer(str(outcome.statuses()))
    return outcome.rate


async def _p95(bench: Bench, server: Served, tokens: list[str]) -> float:
    asked = [request("GET", "/api/v1/me/enrolments", token=token) for token in tokens]
    await closed_loop(server.port, asked, connections=16, seconds=20)
    outcome = await closed_loop(server.port, asked * 8, connections=CONNECTIONS, seconds=bench.seconds)
    if set(outcome.statuses()) != {200}:
        raise WrongAnswer(str(outcome.statuses()))
    return outcome.percentile_ms(0.95)

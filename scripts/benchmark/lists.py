"""What everybody opens: the list of events, an event, my enrolments; with a city's worth of people and events."""

from random import Random

from scripts.benchmark import report, world
from scripts.benchmark.bench import Bench, WrongAnswer
from scripts.benchmark.report import Row, Series
from scripts.benchmark.served import our_server
from scripts.benchmark.wire import closed_loop, request

PEOPLE, EVENTS, CALLERS, CONNECTIONS = 100_000, 2_000, 500, 32


async def measure(bench: Bench) -> list[Row]:
    now = world.right_now()
    people = []
    for _ in range(0, PEOPLE, world.MANY):
        people += await world.people(bench.writer, world.MANY, now)
    events = await world.events(bench.url, bench.writer, EVENTS, now)
    await world.enrol_some(bench.writer, events, people[: CALLERS * 40], now)
    tokens = await world.sessions(bench.writer, people[:CALLERS], now)
    await bench.settle()
    random = Random(1)  # noqa: S311 - a mix, no secret
    lists = {
        "event list": ["/api/v1/events"] * 4000,
        "event page": [f"/api/v1/events/{random.choice(events).event_id}" for _ in range(4000)],
        "my enrolments": ["/api/v1/me/enrolments"] * 4000,
    }
    rows = []
    async with our_server(bench.url, bench.folder) as server:
        warm = [request("GET", "/api/v1/me/enrolments", token=token) for token in tokens]
        await closed_loop(server.port, warm, connections=16, seconds=20)
        for name, paths in lists.items():
            asked = [request("GET", path, token=tokens[number % CALLERS]) for number, path in enumerate(paths)]
            slowest = []
            for _ in range(bench.rounds):
                outcome = await closed_loop(server.port, asked, connections=CONNECTIONS, seconds=bench.seconds)
                if set(outcome.statuses()) != {200}:
                    raise WrongAnswer(f"{name}: {outcome.statuses()} {outcome.answers[-1]!r}")
                slowest.append(outcome.percentile_ms(0.95))
            rows.append(report.below(f"{name}, p95, c={CONNECTIONS}", Series(slowest), 20, "ms"))
    return rows

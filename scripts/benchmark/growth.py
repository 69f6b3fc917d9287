"""Growth: what ten times the enrolments do to a sign-in and to the lists.

Both sizes stand side by side, the large one a copy of the small with years of halls behind it, and are asked in turn:
what slows this machine down for a moment slows both.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import asyncpg

from models.migrating import plain_url
from scripts.benchmark import lists, report, world
from scripts.benchmark.bench import Bench, WrongAnswer
from scripts.benchmark.check_in import Crowd, staff_of
from scripts.benchmark.report import Row, Series
from scripts.benchmark.served import Served, our_server
from scripts.benchmark.wire import closed_loop
from scripts.benchmark.world import Hall

SMALL, LARGE, EVENTS, CALLERS, EACH = 100_000, 1_000_000, 200, 500, 5
CONNECTIONS, HALL = 32, 20_000
# Like the program's own: made in the order of time, so that an index grows at its end.
_KEY = """(lpad(to_hex((extract(epoch FROM $2::timestamptz) * 1000)::bigint), 12, '0') || '7'
  || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid"""
# People who have nothing to do with who is measured, each with an enrolment, a ticket, a scan and an attendance.
_HALL = f"""
WITH enrolled AS (
  INSERT INTO enrolment (id, event_id, shift_id, person_id, status, queue_no, enrolled_at, changed_at, door_version)
  SELECT {_KEY}, $1, $3, person_id, 'confirmed', row_number() OVER (), $2, $2, 1
  FROM (SELECT person_id FROM volunteer ORDER BY person_id DESC OFFSET $6 LIMIT $5) AS somebody RETURNING id
), carried AS (
  INSERT INTO ticket (id, event_id, enrolment_id, made_at) SELECT {_KEY}, $1, id, $2 FROM enrolled
), scanned AS (
  INSERT INTO scan (id, event_id, point_id, enrolment_id, scanned_by_id, way, direction, nonce, code_digest, scanned_at,
    received_at, verdict, facts, is_late)
  SELECT {_KEY}, $1, $4, id, $7, 'staff_scan', 'in', 'n' || id, '', $2, $2, 'CheckedIn', '{{}}', false FROM enrolled
  RETURNING id, enrolment_id
)
INSERT INTO attendance (id, way, point_id, checked_in_at, check_in_scan_id, enrolment_id, event_id)
SELECT {_KEY}, 'staff_scan', $4, $2, id, enrolment_id, $1 FROM scanned
"""  # noqa: S608 - our own words


async def measure(bench: Bench) -> list[Row]:
    now = world.right_now()
    # The hall that is scanned, and of each caller five enrolments, are the small size.
    scanned = await lists.city(bench, SMALL - CALLERS * EACH)
    callers = await world.people(bench.writer, CALLERS, now)
    await world.enrol_some(bench.writer, await world.events(bench.url, bench.writer, EVENTS, now), callers, now)
    hall = await world.hall(bench.url, bench.writer, scanned, now)
    staff, tokens = await staff_of(bench, [hall], now), await world.sessions(bench.writer, callers, now)
    async with bench.copied() as large:
        await _grow(large, hall, LARGE - SMALL)
        sizes = [await _count(each) for each in (bench, large)]
        if sizes != [SMALL, LARGE]:
            raise WrongAnswer(f"{sizes} enrolments")
        for each in (bench, large):
            await each.settle()
        return list(_rows(await _measured([bench, large], hall, staff, tokens)))


async def _grow(bench: Bench, hall: Hall, count: int) -> None:
    """Halls that filled and emptied over the years."""
    made = await world.events(bench.url, bench.writer, count // HALL, world.right_now() - timedelta(days=400))
    connection = await asyncpg.connect(plain_url(bench.url))
    try:
        actor = await connection.fetchval("SELECT id FROM person LIMIT 1")
        for number, past in enumerate(made):
            moment = world.right_now() - timedelta(days=400) + timedelta(hours=number)
            skipped = CALLERS + number * HALL % (SMALL // 2)
            values = past.event_id, moment, past.shift_id, past.point_id, HALL, skipped, actor
            await connection.execute(_HALL, *values)
    finally:
        await connection.close()


async def _count(bench: Bench) -> int:
    return int((await bench.ask("SELECT count(*) FROM enrolment"))[0][0])


async def _measured(
    sizes: Sequence[Bench], hall: Hall, staff: list[str], tokens: list[str]
) -> dict[str, list[list[float]]]:
    """By what was asked, one list for each size."""
    found: dict[str, list[list[float]]] = defaultdict(lambda: [[] for _ in sizes])
    crowds = [Crowd(hall, staff) for _ in sizes]
    expected = [await lists.Expected.read(each) for each in sizes]
    async with AsyncExitStack() as serving:
        servers = [
            await serving.enter_async_context(our_server(each.url, each.folder, LIZAN_FORWARDED_SECRET=lists.PROXY))
            for each in sizes
        ]
        for server, crowd in zip(servers, crowds, strict=True):
            await closed_loop(server.port, crowd.greet(), connections=16, seconds=20)
            await lists.greet(server, tokens)
        # The lists first: what a load of writes leaves for PostgreSQL to do is not growth.
        for at in _turns(sizes[0].rounds):
            for name, path, look in _lists(expected[at]):
                paths = [path] * int(lists.PER_SECOND * sizes[at].seconds)
                outcome = await lists.ask(servers[at], tokens, paths, sizes[at])
                lists.verify(name, outcome, look)
                found[name][at].append(outcome.percentile_ms(0.95))
        for at in _turns(sizes[0].rounds):
            found["check-in"][at].append(await _rate(sizes[at], servers[at], crowds[at]))
    return found


def _turns(rounds: int) -> Iterator[int]:
    """Both sizes in each round, and each of them first in every other: whoever is asked second finds all warmer."""
    for number in range(rounds):
        yield from (0, 1) if number % 2 else (1, 0)


def _lists(expected: lists.Expected) -> list[tuple[str, str, Callable[[Any], None]]]:
    return [
        ("my enrolments", "/me/enrolments", expected.is_somebodys),
        ("event list", "/events", expected.is_first_page),
    ]


async def _rate(bench: Bench, server: Served, people: Crowd) -> float:
    """Each round takes its part of the hall, so a fast one ends before its time."""
    requests = people.requests((SMALL - CALLERS * EACH) // bench.rounds, world.right_now())
    outcome = await closed_loop(server.port, requests, connections=CONNECTIONS, seconds=bench.seconds)
    people.used += len(outcome.answers)
    if set(outcome.statuses()) != {200} or any(b'"CheckedIn"' not in body for _, body in outcome.answers):
        raise WrongAnswer(str(outcome.statuses()))
    return outcome.rate


def _rows(found: dict[str, list[list[float]]]) -> list[Row]:
    what = f"{SMALL:,}"
    rows = []
    for name, (small, large) in found.items():
        ours, reference = Series(large), Series(small)
        if name == "check-in":
            rows.append(
                report.faster(f"check-in, {LARGE:,} enrolments", ours, reference, at_least=0.9, what=f"{what}:")
            )
        else:
            label = f"{name}, p95, {LARGE:,} enrolments"
            rows.append(report.longer(label, ours, reference, at_most=1.2, what=f"{what}:"))
    return rows

"""The same scan again and again: one nonce, a hundred thousand times, and one line in the log."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from models.database import opened
from models.scan import Scan
from scripts.benchmark import report, world
from scripts.benchmark.bench import Bench, WrongAnswer
from scripts.benchmark.check_in import Crowd, crowd
from scripts.benchmark.report import Row, Series
from scripts.benchmark.served import Served, our_server, reference
from scripts.benchmark.wire import Outcome, closed_loop, request

TIMES, CONNECTIONS = 100_000, 32
# So long a round may take; it ends with its last answer.
LONGEST_S = 300


async def measure(bench: Bench) -> list[Row]:
    """Beside first scans, each of somebody else, and the framework alone; all in rounds of equal size."""
    part = TIMES // bench.rounds
    first, repeated, plain = list[float](), list[Outcome](), list[float]()
    people = await crowd(bench, 1 + part * bench.rounds)
    await bench.settle()
    now = world.right_now()
    same = people.requests(1, now)[0]
    people.used += 1
    # One phone says all of it, so no pace is kept: after six hundred a minute it would only be told to wait.
    async with (
        our_server(bench.url, bench.folder, LIZAN_PACE="false", LIZAN_DEMO="true") as server,
        reference(bench.url, bench.folder) as other,
    ):
        await closed_loop(server.port, people.greet(), connections=16, seconds=20)
        for number in range(bench.rounds):
            count = part if number else TIMES - part * (bench.rounds - 1)
            first.append((await _first(server, people, part)).rate)
            repeated.append(await _all_of(server, [same] * count))
            hello = request("POST", "/hello", body=msgspec.json.encode({"id": 1, "code": "A" * 38}))
            plain.append((await _all_of(other, [hello] * part)).rate)
    await _verify(bench, people, repeated)
    rates = Series([each.rate for each in repeated])
    name = f"the same nonce {TIMES:,} times, c={CONNECTIONS}"
    return [
        report.beside(name, rates, Series(first), what="first scans"),
        report.beside(name, rates, Series(plain), what="no database"),
    ]


async def _first(server: Served, people: Crowd, count: int) -> Outcome:
    outcome = await _all_of(server, people.requests(count, world.right_now()))
    people.used += count
    return outcome


async def _all_of(server: Served, requests: Sequence[bytes]) -> Outcome:
    outcome = await closed_loop(server.port, requests, connections=CONNECTIONS, seconds=LONGEST_S)
    if outcome.statuses() != {200: len(requests)}:
        raise WrongAnswer(f"{outcome.statuses()} for {len(requests)}: {outcome.answers[-1][1][:300]!r}")
    return outcome


async def _verify(bench: Bench, people: Crowd, outcomes: Sequence[Outcome]) -> None:
    """All say the same, and the log has one line of it."""
    bodies = Counter(body for outcome in outcomes for _, body in outcome.answers)
    if bodies.total() != TIMES or len(bodies) != 1:
        raise WrongAnswer(f"{len(bodies)} different answers: {[body[:300] for body in list(bodies)[:2]]}")
    said = msgspec.json.decode(next(iter(bodies)))
    async with opened(bench.url):
        lines = await Scan.filter(enrolment_id=people.hall.enrolments[0])
        whole = await Scan.filter(event_id=people.hall.event_id).count()
    if [str(line.id) for line in lines] != [said["scan_id"]] or whole != people.used:
        raise WrongAnswer(f"{len(lines)} lines in the log of that person, {whole} of {people.used} of all")

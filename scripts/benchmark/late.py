"""What a staff phone brings after a network cut, and what it takes along before one: 500 scans, a roster of 5,000."""

from uuid import uuid4

import msgspec

from scripts.benchmark import report, world
from scripts.benchmark.bench import Bench, WrongAnswer
from scripts.benchmark.check_in import Crowd, crowd
from scripts.benchmark.report import Row, Series
from scripts.benchmark.served import Served, our_server
from scripts.benchmark.wire import Outcome, closed_loop, request

SCANS = 500
ROSTER = 5_000
CHANGED = 50
UPLOADS = 7


async def measure_upload(bench: Bench) -> list[Row]:
    people = await crowd(bench, SCANS * (UPLOADS + 1))
    took = []
    await bench.settle()
    async with our_server(bench.url, bench.folder) as server:
        await closed_loop(server.port, people.greet()[:1], connections=1, seconds=20)
        # The first one pays for plans and caches.
        for number in range(UPLOADS + 1):
            outcome = await _upload(server, people)
            took += [outcome.latencies_s[0] * 1000] if number else []
    return [report.below(f"upload of {SCANS} late scans", Series(took), 150, "ms")]


async def _upload(server: Served, people: Crowd) -> Outcome:
    now = world.right_now()
    numbers = range(people.used, people.used + SCANS)
    people.used += SCANS
    scans = [
        {"point_id": people.hall.point_id, "code": people.hall.code_of(number, now), "nonce": uuid4().hex}
        | {"scanned_at": now, "seen": "CheckedIn"}
        for number in numbers
    ]
    body = msgspec.json.encode({"device_id": "phone-1", "sent_at": now, "scans": scans})
    asked = [request("POST", "/api/v1/scans/batch", token=people.tokens[0], body=body)]
    outcome = await closed_loop(server.port, asked, connections=1, seconds=60)
    answers = msgspec.json.decode(outcome.answers[0][1]).get("answers", [])
    if [each.get("verdict") for each in answers] != ["CheckedIn"] * SCANS:
        raise WrongAnswer(outcome.answers[0][1][:300].decode())
    return outcome


async def measure_roster(bench: Bench) -> list[Row]:
    people = await crowd(bench, ROSTER)
    await bench.settle()
    whole, few, sizes, deltas = [], [], [], []
    async with our_server(bench.url, bench.folder) as server:
        await closed_loop(server.port, people.greet(), connections=16, seconds=20)
        for _ in range(bench.rounds + 1):
            milliseconds, full = await _get(server, people, "")
            whole.append(milliseconds)
            sizes.append(len(full) / 1000)
            # Changes are told a minute over, so the delta is of what the last minute brought.
            scans = people.requests(CHANGED, world.right_now())
            people.used += CHANGED
            await closed_loop(server.port, scans, connections=8, seconds=20)
            milliseconds, part = await _get(server, people, f"?since={msgspec.json.decode(full)['version']}")
            few.append(milliseconds)
            deltas.append(len(part) / 1000)
    return [
        report.below(f"roster of {ROSTER:,}, whole", Series(whole[1:]), 300, "ms"),
        report.below(f"roster of {ROSTER:,}, size", Series(sizes), 400, "KB"),
        report.below(f"roster, {CHANGED}–{CHANGED * (bench.rounds + 1)} changes", Series(few[1:]), 300, "ms"),
        report.below("roster, changes, size", Series(deltas), 40, "KB"),
    ]


async def _get(server: Served, people: Crowd, query: str) -> tuple[float, bytes]:
    asked = [request("GET", f"/api/v1/events/{people.hall.event_id}/roster{query}", token=people.tokens[0])]
    outcome = await closed_loop(server.port, asked, connections=1, seconds=20)
    status, body = outcome.answers[0]
    if status != 200:
        raise WrongAnswer(body[:300].decode())
    return outcome.latencies_s[0] * 1000, body

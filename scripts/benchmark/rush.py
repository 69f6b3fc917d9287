"""The enrolment rush: a hall's seats and five times as many people, everybody in the same minute."""

from collections import Counter

import msgspec

from scripts.benchmark import report, world
from scripts.benchmark.bench import Bench, WrongAnswer
from scripts.benchmark.report import Row, Series
from scripts.benchmark.served import our_server, reference
from scripts.benchmark.wire import closed_loop, request

PEOPLE, SEATS, CONNECTIONS = 5_000, 1_000, 200


async def measure(bench: Bench) -> list[Row]:
    ours, plain = [], []
    async with our_server(bench.url, bench.folder) as server, reference(bench.url, bench.folder) as other:
        for _ in range(bench.rounds):
            now = world.right_now()
            people = await world.people(bench.writer, PEOPLE, now)
            tokens = await world.sessions(bench.writer, people, now)
            hall = await world.hall(bench.url, bench.writer, [], now, seats=SEATS, is_ahead=True)
            await bench.settle()
            path = f"/api/v1/shifts/{hall.shift_id}/enrolments"
            requests = [request("POST", path, token=token, body=b"{}") for token in tokens]
            outcome = await closed_loop(server.port, requests, connections=CONNECTIONS, seconds=60)
            _check(outcome.answers)
            await _check_rows(bench, hall)
            ours.append(outcome.rate)
            bodies = [msgspec.json.encode({"id": number, "code": "A" * 38}) for number in range(20_000)]
            hello = [request("POST", "/hello", body=body) for body in bodies]
            plain.append((await closed_loop(other.port, hello, connections=CONNECTIONS, seconds=bench.seconds)).rate)
    name = f"enrolment rush, {PEOPLE:,} people, {SEATS:,} seats, c={CONNECTIONS}"
    return [report.faster(name, Series(ours), Series(plain), at_least=0.5, what="POST, no database")]


def _check(answers: list[tuple[int, bytes]]) -> None:
    """Exactly the seats are given, and the others stand in one queue without a gap."""
    if {status for status, _ in answers} != {201} or len(answers) != PEOPLE:
        raise WrongAnswer(f"{Counter(status for status, _ in answers)} {answers[-1]!r}")
    told = [msgspec.json.decode(body) for _, body in answers]
    confirmed = sum(each["status"] == "confirmed" for each in told)
    places = sorted(each["place"] for each in told if each["status"] == "waitlisted")
    if confirmed != SEATS or places != list(range(1, PEOPLE - SEATS + 1)):
        raise WrongAnswer(f"{confirmed} confirmed, places {places[:3]}…{places[-3:]}")


async def _check_rows(bench: Bench, hall: world.Hall) -> None:
    """What was told is what is written: who drew the first numbers has the seats, and no number is missing."""
    if not bench.is_postgres:
        return
    rows = await bench.ask("SELECT status FROM enrolment WHERE shift_id = $1 ORDER BY queue_no", hall.shift_id)
    (counts,) = await bench.ask("SELECT taken, queue_tail FROM shift WHERE id = $1", hall.shift_id)
    states = [row["status"] for row in rows]
    if states != ["confirmed"] * SEATS + ["waitlisted"] * (PEOPLE - SEATS) or tuple(counts) != (SEATS, PEOPLE):
        raise WrongAnswer(f"{Counter(states)} written, counted {tuple(counts)}")

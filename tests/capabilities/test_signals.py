"""What looks odd in a log."""

from datetime import timedelta
from uuid import UUID, uuid4

from capabilities.caller import NotYourEvent
from capabilities.judging import Verdict
from capabilities.signals import BURST, SignalKind, signals, signals_in
from models.scan import Direction, Scan, ScanWay
from tests.cast import Cast
from tests.stage import NINE, SECOND, published, refused

POINT = UUID(int=7)


def scan(
    second: float, *, who: UUID | None = None, device: str | None = None, verdict: Verdict = Verdict.CHECKED_IN
) -> Scan:
    at = NINE + timedelta(seconds=second)
    return Scan(
        id=uuid4(), event_id=UUID(int=1), point_id=POINT, scanned_by_id=who or uuid4(), way=ScanWay.VENUE_CODE,
        direction=Direction.IN, nonce="n", code_digest="", scanned_at=at, received_at=at, verdict=verdict.value,
        device=device,
    )  # fmt: skip


class TestSignalsIn:
    def test_shows_a_phone_that_checks_in_three(self) -> None:
        log = [scan(n, device="phone-x") for n in range(3)]
        (found,) = signals_in(log)
        assert (found.kind, found.subject, found.count) == (SignalKind.SHARED_DEVICE, "phone-x", 3)
        assert signals_in(log[:2]) == []

    def test_does_not_count_one_person_three_times(self) -> None:
        me = uuid4()
        assert signals_in([scan(n, who=me, device="phone-x") for n in range(9)]) == []

    def test_shows_more_at_one_moment_than_a_door_lets_through(self) -> None:
        log = [scan(n / 50) for n in range(BURST + 1)]
        (found,) = signals_in(log)
        assert (found.kind, found.count, found.first_at) == (SignalKind.BURST, BURST + 1, NINE)

    def test_takes_a_full_hall_for_normal(self) -> None:
        """Five thousand in ten minutes, at one door."""
        assert signals_in([scan(n * 0.12) for n in range(5000)]) == []

    def test_shows_who_is_refused_again_and_again(self) -> None:
        me = uuid4()
        log = [scan(30 * n, who=me, verdict=Verdict.CODE_EXPIRED) for n in range(5)]
        (found,) = signals_in(log)
        assert (found.kind, found.count, found.last_at) == (SignalKind.MANY_REFUSED, 5, NINE + 120 * SECOND)
        assert signals_in([scan(300 * n, who=me, verdict=Verdict.CODE_EXPIRED) for n in range(5)]) == []


class TestSignals:
    async def test_are_for_who_is_on_duty(self, cast: Cast) -> None:
        event = await published()
        assert await signals(await (await cast.staff(event)).caller(), event.id) == []
        await refused(NotYourEvent, signals(await (await cast.volunteer()).caller(), event.id))

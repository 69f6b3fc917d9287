"""How much one person may send, however many are sent at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from capabilities.office import Office, UploadLimits
from capabilities.upload import (
    UploadQuotaReached,
    remove,
)
from kit.clock import StandingClock
from models.upload import Upload
from tests.cast import Cast, Someone
from tests.media import jpeg
from tests.stage import refused
from tests.uploads import keys, send


class TestQuota:
    async def test_lets_two_who_take_the_last_place_have_it_once(
        self, office: Office, sender: Someone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All have looked and found room before the first is counted."""
        office.upload_limits = UploadLimits(files_a_day=2)
        make, together = office.workbench.make, asyncio.Barrier(3)

        async def make_together(*what: Any) -> Any:
            made = await make(*what)
            await together.wait()
            return made

        monkeypatch.setattr(office.workbench, "make", make_together)
        answers = await asyncio.gather(*(send(office, sender, jpeg()) for _ in range(3)), return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == ["Upload", "Upload", "UploadQuotaReached"]
        assert await Upload.all().count() == 2
        assert len(await keys(office)) == 4

    async def test_counts_bytes_too(self, office: Office, sender: Someone) -> None:
        size = (await send(office, sender, jpeg())).bytes
        office.upload_limits = UploadLimits(bytes_a_day=2 * size - 1)
        refusal = await refused(UploadQuotaReached, send(office, sender, jpeg()))
        assert (refusal.status, refusal.facts["reached"]) == (429, "day")
        assert refusal.retry_after == 15 * 3600 + 600 + 1

    async def test_begins_anew_the_next_day(self, office: Office, sender: Someone, clock: StandingClock) -> None:
        office.upload_limits = UploadLimits(files_a_day=1)
        await send(office, sender, jpeg())
        await refused(UploadQuotaReached, send(office, sender, jpeg()))
        clock.advance(timedelta(hours=15, minutes=9))
        await refused(UploadQuotaReached, send(office, sender, jpeg()))
        clock.advance(timedelta(minutes=2))
        await send(office, sender, jpeg())

    async def test_bounds_what_is_in_no_greeting_on_all_days(
        self, office: Office, sender: Someone, clock: StandingClock
    ) -> None:
        upload = await send(office, sender, jpeg())
        office.upload_limits = UploadLimits(bytes_unattached=upload.bytes * 3 // 2)
        clock.advance(timedelta(days=1))
        refusal = await refused(UploadQuotaReached, send(office, sender, jpeg()))
        assert refusal.facts["reached"] == "unattached"
        await remove(office, await sender.caller(), upload.id)
        await send(office, sender, jpeg())

    async def test_of_one_is_none_of_anothers(self, office: Office, sender: Someone, cast: Cast) -> None:
        office.upload_limits = UploadLimits(files_a_day=1)
        await send(office, sender, jpeg())
        await send(office, await cast.scientist(), jpeg())

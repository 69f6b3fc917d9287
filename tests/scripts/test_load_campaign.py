"""Loading a campaign by command."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from capabilities.office import Office
from kit.clock import LOCAL
from models.campaign import Campaign
from models.event import Event
from scripts.load_campaign import HOHHOT_2019
from tests.scripts.command import Ran, for_database, run
from tests.stage import everything


async def load(database_url: str, tmp_path: Path, *arguments: str) -> Ran:
    return await asyncio.to_thread(run, "load_campaign", *arguments, env=for_database(database_url), cwd=tmp_path)


class TestLoadCampaign:
    async def test_in_earnest_brings_no_events(self, office: Office, database_url: str, tmp_path: Path) -> None:
        ran = await load(database_url, tmp_path)
        assert (ran.code, ran.complained) == (0, "")
        assert "2019-05-11 至 2019-06-10" in ran.said
        assert (await Campaign.get()).is_rehearsal is False
        assert await Event.all().count() == 0

    async def test_twice_changes_nothing(self, office: Office, database_url: str, tmp_path: Path) -> None:
        hours: set[int] = set()
        # Begun anew where the hour strikes on the way: one event of a rehearsal begins at the full hour.
        while len(hours) != 1:
            hours = {datetime.now(UTC).hour}
            await load(database_url, tmp_path, "--rehearse", "2026-11-24")
            before = await everything()
            assert (await load(database_url, tmp_path, "--rehearse", "2026-11-24")).code == 0
            hours.add(datetime.now(UTC).hour)
        assert await everything() == before

    async def test_rehearses_on_a_day_that_is_named(self, office: Office, database_url: str, tmp_path: Path) -> None:
        await load(database_url, tmp_path, str(HOHHOT_2019), "--rehearse", "2026-11-24")
        assert ((await Campaign.get()).anchor_date, await Event.all().count()) == (date(2026, 11, 24), 12)

    async def test_rehearses_today(self, office: Office, database_url: str, tmp_path: Path) -> None:
        before = datetime.now(LOCAL).date()
        await load(database_url, tmp_path, "--rehearse", "today")
        assert before <= (await Campaign.get()).anchor_date <= datetime.now(LOCAL).date()
        assert (await Event.all().first()).created_at > datetime.now(UTC) - timedelta(minutes=1)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ('{"units": [', "有误"),
            ("{}", "`units`"),
            (
                json.dumps(json.loads(HOHHOT_2019.read_text(encoding="utf-8")) | {"units": []}),
                "campaign.issuer：没有单位 150100",
            ),
        ],
        ids=["cut", "empty", "no units"],
    )
    async def test_names_what_is_wrong_and_writes_nothing(
        self, office: Office, database_url: str, tmp_path: Path, content: str, words: str
    ) -> None:
        file = tmp_path / "campaign.json"
        file.write_text(content, encoding="utf-8")
        before = await everything()
        ran = await load(database_url, tmp_path, str(file))
        assert (ran.code, ran.said) == (2, "")
        assert words in ran.complained
        assert await everything() == before

    @pytest.mark.parametrize(
        "arguments", [["missing.json"], ["."], ["--rehearse", "tomorrow"], ["--rehearse", "2026-13-01"]]
    )
    async def test_refuses_what_it_cannot_follow(
        self, office: Office, database_url: str, tmp_path: Path, arguments: list[str]
    ) -> None:
        before = await everything()
        ran = await load(database_url, tmp_path, *arguments)
        assert (ran.code, bool(ran.complained)) == (2, True)
        assert await everything() == before

    def test_asks_for_a_database_that_is_up_to_date(self, tmp_path: Path) -> None:
        ran = run("load_campaign", env=for_database(f"sqlite://{tmp_path}/empty.db"), cwd=tmp_path)
        assert ran.code == 2
        assert "scripts.migrate" in ran.complained

"""The first organizer comes in by a command."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from capabilities.caller import Grant
from capabilities.invitation import LIFETIME, InvitationInvalid, accept
from capabilities.office import Office
from kit.clock import LOCAL, StandingClock
from models.role import Invitation, RoleName
from tests.cast import Cast
from tests.scripts.command import Ran, environment, for_database, run
from tests.stage import everything, refused


async def invite(database_url: str, tmp_path: Path, *arguments: str) -> Ran:
    return await asyncio.to_thread(run, "invite", *arguments, env=for_database(database_url), cwd=tmp_path)


def code_in(ran: Ran) -> str:
    found = re.search(r"有效）：([A-Za-z0-9_-]{22})\n", ran.said)
    assert found is not None, ran
    return found[1]


@pytest.fixture
def clock() -> StandingClock:
    """The command reads the machine's clock, so this time the story plays today."""
    return StandingClock(datetime.now(UTC))


class TestInvite:
    async def test_makes_the_first_organizer_beside_a_running_server(
        self, office: Office, cast: Cast, database_url: str, tmp_path: Path
    ) -> None:
        ran = await invite(database_url, tmp_path, "--role", "city_admin")
        assert (ran.code, ran.complained) == (0, "")
        first, second = await cast.scientist(), await cast.scientist()
        await accept(office, await first.caller(), code_in(ran))
        assert (await first.caller()).grants == (Grant(RoleName.CITY_ADMIN),)
        await refused(InvitationInvalid, accept(office, await second.caller(), code_in(ran)))

    async def test_keeps_no_code_and_says_until_when_it_is_good(
        self, office: Office, database_url: str, tmp_path: Path
    ) -> None:
        ran = await invite(database_url, tmp_path, "--role", "moderator")
        (row,) = await Invitation.all()
        assert code_in(ran) not in repr(await everything())
        assert row.made_by_id is None
        assert abs(row.expires_at - LIFETIME - datetime.now(UTC)) < timedelta(minutes=1)
        assert f"北京时间 {row.expires_at.astimezone(LOCAL):%Y-%m-%d %H:%M} 前" in ran.said

    async def test_gives_a_unit_its_organizer(
        self, office: Office, cast: Cast, database_url: str, tmp_path: Path
    ) -> None:
        ran = await invite(database_url, tmp_path, "--role", "unit_organizer", "--unit", "150105")
        someone = await cast.scientist()
        await accept(office, await someone.caller(), code_in(ran))
        assert (await someone.caller()).organized_paths() == ["150100/150105/"]

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--role", "unit_organizer"],
            ["--role", "unit_organizer", "--unit", "999999"],
            ["--role", "city_admin", "--unit", "150105"],
            ["--role", "event_staff"],
            ["--role", "emperor"],
            [],
        ],
    )
    async def test_says_what_is_wrong_and_writes_nothing(
        self, cast: Cast, database_url: str, tmp_path: Path, arguments: list[str]
    ) -> None:
        before = await everything()
        ran = await invite(database_url, tmp_path, *arguments)
        assert (ran.code, ran.said) == (2, "")
        assert ran.complained
        assert await everything() == before

    def test_names_every_setting_that_is_missing(self, tmp_path: Path) -> None:
        ran = run("invite", "--role", "city_admin", env=environment(), cwd=tmp_path)
        assert ran.code == 2
        for name in ("SECRET_KEY", "DATA_KEY", "INDEX_KEY", "WECHAT_APP_ID", "WECHAT_APP_SECRET"):
            assert f"LIZAN_{name}" in ran.complained

    def test_asks_for_a_database_that_is_up_to_date(self, tmp_path: Path) -> None:
        ran = run("invite", "--role", "city_admin", env=for_database(f"sqlite://{tmp_path}/empty.db"), cwd=tmp_path)
        assert ran.code == 2
        assert "scripts.migrate" in ran.complained

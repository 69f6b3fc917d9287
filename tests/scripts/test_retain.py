"""What is past its time goes by a command too, and the command says what is left."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from capabilities.office import Office
from models.removal import Removal, RemovedBy
from models.session import Login
from tests.scripts.command import for_database, run


class TestRetain:
    async def test_says_first_and_does_then(self, office: Office, database_url: str, tmp_path: Path) -> None:
        at = datetime.now(UTC) - timedelta(days=200)
        await Login.create(code_index="code", caller_index="caller", at=at)
        dry = await asyncio.to_thread(run, "retain", "--dry-run", env=for_database(database_url), cwd=tmp_path)
        assert dry.code == 0
        assert "将清理 1 条：登录记录，满180天" in dry.said
        assert await Login.all().count() == 1
        done = await asyncio.to_thread(run, "retain", env=for_database(database_url), cwd=tmp_path)
        assert "已清理 1 条：登录记录，满180天" in done.said
        assert "签到记录：0 条；保存期限：长期" in done.said
        assert await Login.all().count() == 0
        assert (await Removal.get()).by is RemovedBy.COMMAND

"""Whether the process is alive, and whether it can do its work."""

import httpx

from capabilities.office import Office
from models.database import close_database
from tests.doubles import FakeWeChat


class AbsentMemory:
    """A Redis that does not answer."""

    async def is_reachable(self) -> bool:
        return False


class TestAlive:
    async def test_asks_nothing_else(self, browser: httpx.AsyncClient) -> None:
        await close_database()
        answer = await browser.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


class TestReady:
    async def test_is_so_with_a_database(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/readyz")
        assert answer.status_code == 200
        assert answer.json() == {"status": "ready", "database": True, "degraded": []}

    async def test_stays_so_while_wechat_rests(self, browser: httpx.AsyncClient, wechat: FakeWeChat) -> None:
        wechat.is_resting = True
        answer = await browser.get("/readyz")
        assert (answer.status_code, answer.json()["degraded"]) == (200, ["wechat"])

    async def test_stays_so_without_redis(self, browser: httpx.AsyncClient, office: Office) -> None:
        office.memory = AbsentMemory()
        answer = await browser.get("/readyz")
        assert (answer.status_code, answer.json()["degraded"]) == (200, ["redis"])

    async def test_ends_with_the_database(self, browser: httpx.AsyncClient) -> None:
        await close_database()
        answer = await browser.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"status": "unready", "database": False, "degraded": []}

"""A real process starts where it may, refuses where it must not, and ends without dropping what it began."""

import asyncio
import signal
import time

import httpx
import pytest

from capabilities.consent import POLICY_VERSION
from tests.clients import client_of
from tests.conftest import run_on
from tests.faults.conftest import Crowd, Launch, Server, Simulator
from tests.faults.ledger import Ledger, Stream, losses

GONE_WITHIN = 8.0
REFUSED_WITHIN = 15.0


class TestStart:
    def test_serves_the_contract(self, server: Server) -> None:
        assert httpx.get(server.url + "/readyz").json() == {"status": "ready", "database": True, "degraded": []}
        assert httpx.get(server.api + "/openapi.json").status_code == 200
        assert httpx.get(server.api + "/me").status_code == 401

    def test_logs_somebody_in_through_wechat(self, server: Server, simulator: Simulator) -> None:
        answer = httpx.post(server.api + "/sessions", json={"code": simulator.code()})
        assert answer.status_code == 201
        bearer = {"authorization": f"Bearer {answer.json()['token']}"}
        assert httpx.get(server.api + "/me", headers=bearer).status_code == 200

    def test_writes_nothing_secret_to_its_log(self, server: Server, simulator: Simulator) -> None:
        code = simulator.code()
        token = httpx.post(server.api + "/sessions", json={"code": code}).json()["token"]
        httpx.get(server.api + "/me", headers={"authorization": f"Bearer {token}"})
        server.signal(signal.SIGTERM)
        server.wait(GONE_WITHIN)
        assert '"answered"' in server.said
        for canary in (code, token, "s" * 40, "d" * 40, "i" * 40, "app-secret"):
            assert canary not in server.said


class TestRefusalToStart:
    def test_names_every_missing_setting(self, launch: Launch) -> None:
        missing = ("LIZAN_SECRET_KEY", "LIZAN_DATA_KEY", "LIZAN_INDEX_KEY", "LIZAN_WECHAT_APP_ID")
        server = launch(without=missing)
        server.spawn()
        assert server.wait(REFUSED_WITHIN) == 2
        for name in missing:
            assert f"{name}：缺少此项设置" in server.said
        assert "Traceback" not in server.said

    def test_is_for_a_schema_that_is_behind(self, launch: Launch, unmigrated_url: str) -> None:
        server = launch(LIZAN_DATABASE_URL=unmigrated_url)
        server.spawn()
        assert server.wait(REFUSED_WITHIN) == 2
        assert "python -m scripts.migrate" in server.said
        assert "0001_tables" in server.said
        assert "Traceback" not in server.said

    def test_is_for_a_second_process_without_redis(self, server: Server, launch: Launch) -> None:
        second = launch()
        second.spawn()
        assert second.wait(REFUSED_WITHIN) == 2
        assert "已有" in second.said
        assert "Traceback" not in second.said
        assert httpx.get(server.url + "/readyz").status_code == 200

    def test_is_for_a_port_that_is_taken(self, server: Server, launch: Launch, unmigrated_url: str) -> None:
        second = launch(LIZAN_PORT=str(server.port), LIZAN_DATABASE_URL=unmigrated_url)
        second.spawn()
        assert second.wait(REFUSED_WITHIN) == 2
        assert str(server.port) in second.said
        assert "Traceback" not in second.said

    def test_is_for_a_database_that_does_not_answer(self, launch: Launch, postgres_only: None) -> None:
        server = launch(LIZAN_DATABASE_URL="postgres://root:canary-password@127.0.0.1:1/nowhere")
        server.spawn()
        assert server.wait(REFUSED_WITHIN) == 2
        assert "canary-password" not in server.said
        assert "Traceback" not in server.said

    @pytest.mark.usefixtures("postgres_only")
    async def test_is_for_commits_that_a_power_cut_would_lose(self, launch: Launch, database_url: str) -> None:
        name = database_url.rpartition("/")[2]
        await run_on(database_url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        try:
            server = launch()
            server.spawn()
            assert await asyncio.to_thread(server.wait, REFUSED_WITHIN) == 2
        finally:
            await run_on(database_url, f'ALTER DATABASE "{name}" RESET synchronous_commit')
        assert "synchronous_commit" in server.said
        assert "Traceback" not in server.said


class TestSigterm:
    async def test_lets_a_request_in_flight_finish(self, server: Server, simulator: Simulator, crowd: Crowd) -> None:
        async with client_of(server.api, timeout=10) as client:
            token = (await client.post("/sessions", json={"code": simulator.code()})).json()["token"]
            client.headers["authorization"] = f"Bearer {token}"
            await client.post("/me/consents", json={"policy_version": POLICY_VERSION})
            simulator.fail("/wxa/msg_sec_check", delay_seconds=2.5)
            words = {"topic": "motherland", "text": "祝福", "byline": "anonymous", "is_over_14": True}
            request = asyncio.create_task(client.post("/greetings", json=words))
            await asyncio.sleep(0.5)
            asked_at = time.monotonic()
            server.signal(signal.SIGTERM)
            answer = await request
            code = await asyncio.to_thread(server.wait, GONE_WITHIN)
        assert (answer.status_code, answer.json()["status"]) == (201, "pending_review")
        assert 1.5 < time.monotonic() - asked_at < GONE_WITHIN
        assert code == 0

    async def test_does_not_wait_for_who_only_keeps_a_connection(self, server: Server) -> None:
        async with client_of(server.url) as client:
            await client.get("/healthz")
            server.signal(signal.SIGTERM)
            assert await asyncio.to_thread(server.wait, 3) == 0

    async def test_loses_nothing_under_load(self, server: Server, crowd: Crowd, database_url: str) -> None:
        ledger = Ledger()
        stream = Stream(crowd, server.api, ledger)
        running = await stream.run_until(60)
        server.signal(signal.SIGTERM)
        assert await asyncio.to_thread(server.wait, GONE_WITHIN) == 0
        stream.end()
        await running
        assert ledger.surprises == []
        assert await losses(database_url, ledger) == []

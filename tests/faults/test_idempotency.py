"""A key outlives the process that answered it, and two processes answer it as one."""

import asyncio

import httpx

from models.greeting import Greeting
from tests.clients import client_of
from tests.faults.conftest import Crowd, Launch, PrivateRedis, Server, database

WORDS = {"topic": "motherland", "text": "祝福", "byline": "anonymous", "is_over_14": True}


async def greet(server: Server, crowd: Crowd, key: str) -> httpx.Response:
    headers = crowd.people[0].headers | {"Idempotency-Key": key}
    async with client_of(server.api, headers, timeout=10) as client:
        return await client.post("/greetings", json=WORDS)


async def greetings_in(database_url: str) -> int:
    async with database(database_url):
        return await Greeting.all().count()


class TestKey:
    async def test_gets_the_same_answer_after_a_kill(self, launch: Launch, crowd: Crowd, database_url: str) -> None:
        server = launch()
        server.start()
        first = await greet(server, crowd, "k")
        server.kill()
        server.start()
        second = await greet(server, crowd, "k")
        assert (first.status_code, second.status_code) == (201, 201)
        assert second.content == first.content
        assert second.headers["idempotent-replayed"] == "true"
        assert await greetings_in(database_url) == 1

    async def test_is_answered_once_by_two_servers(
        self, launch: Launch, redis: PrivateRedis, crowd: Crowd, database_url: str, postgres_only: None
    ) -> None:
        servers = [launch(LIZAN_REDIS_URL=redis.url) for _ in range(2)]
        for server in servers:
            server.start()
        keys = [f"k-{number}" for number in range(4)]
        answers = await asyncio.gather(*(greet(server, crowd, key) for key in keys for server in servers))
        assert {each.status_code for each in answers} <= {201, 409}
        again = await asyncio.gather(*(greet(server, crowd, key) for key in keys for server in servers))
        assert {(each.status_code, each.headers.get("idempotent-replayed")) for each in again} == {(201, "true")}
        assert len({each.content for each in again}) == len(keys)
        assert await greetings_in(database_url) == len(keys)

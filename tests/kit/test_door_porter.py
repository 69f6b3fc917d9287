"""What a door leaves to its porter: how often one may ask, and what was answered before."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sanic import Sanic

from tests.kit.bakery import ORDERING, STEADY, door


class TestPace:
    def test_is_the_routes_own_or_else_the_usual_one(self) -> None:
        paces = {(route.method, route.path): route.paces for route in door.routes}
        assert paces["POST", "/orders"] == (ORDERING,)
        assert paces["GET", "/breads"] == (STEADY,)
        assert paces["GET", "/me"] == ()

    async def test_is_kept_by_the_porter_who_knows_the_caller_by_then(
        self, bakery: Sanic[Any, Any], baker: httpx.AsyncClient, stranger: httpx.AsyncClient
    ) -> None:
        await baker.post("/orders", json={"bread": "rye"})
        await stranger.get("/breads")
        await stranger.post("/orders", json={"bread": "rye"})
        assert bakery.ctx.porter.seen == [("/orders", (ORDERING,), "baker"), ("/breads", (STEADY,), None)]

    async def test_comes_before_the_body_is_looked_at(self, bakery: Sanic[Any, Any], baker: httpx.AsyncClient) -> None:
        bakery.ctx.porter.is_tired = True
        answer = await baker.post("/orders", content=b"not json")
        assert (answer.status_code, answer.json()["code"]) == (429, "TooManyRequests")
        assert bakery.ctx.office.orders == []

    async def test_sees_what_was_refused_where_it_counts_that(
        self, bakery: Sanic[Any, Any], baker: httpx.AsyncClient
    ) -> None:
        await baker.delete(f"/orders/{UUID(int=0)}")
        await baker.post("/orders", json={"bread": "rye", "count": 0})
        assert [each.code for each in bakery.ctx.porter.refused] == ["NoSuchBread"]


class TestForbidden:
    async def test_stands_where_nothing_is_new(self, bakery: Sanic[Any, Any], baker: httpx.AsyncClient) -> None:
        answer = await baker.post("/ovens", json={"bread": "rye"})
        assert (answer.status_code, answer.json()["code"], bakery.ctx.office.orders) == (403, "OnlyForMasters", [])

    async def test_is_not_said_to_who_may_by_now(self, bakery: Sanic[Any, Any], baker: httpx.AsyncClient) -> None:
        bakery.ctx.porter.promoted = "master"
        answer = await baker.post("/ovens", json={"bread": "rye"})
        assert (answer.status_code, answer.json()) == (200, "master")
        assert len(bakery.ctx.office.orders) == 1


class TestKey:
    async def test_makes_of_two_orders_one(self, bakery: Sanic[Any, Any], baker: httpx.AsyncClient) -> None:
        answers = [
            await baker.post("/orders", json={"bread": "rye"}, headers={"Idempotency-Key": "k"}) for _ in range(2)
        ]
        assert [(each.status_code, each.json()) for each in answers] == [(201, {"bread": "rye", "count": 1})] * 2
        assert len(bakery.ctx.office.orders) == 1

    async def test_is_not_needed(self, bakery: Sanic[Any, Any], baker: httpx.AsyncClient) -> None:
        for _ in range(2):
            assert (await baker.post("/orders", json={"bread": "rye"})).status_code == 201
        assert (len(bakery.ctx.office.orders), bakery.ctx.porter.book) == (2, {})

    async def test_means_nothing_where_nothing_is_written_or_nobody_is_known(
        self, bakery: Sanic[Any, Any], baker: httpx.AsyncClient
    ) -> None:
        for key in ("k", "", "x" * 200):
            assert (await baker.get("/me", headers={"Idempotency-Key": key})).status_code == 200
            answer = await baker.post("/baskets", json=[{"bread": "rye"}], headers={"Idempotency-Key": key})
            assert answer.status_code == 200
        assert bakery.ctx.porter.book == {}

    @pytest.mark.parametrize("key", [b"", b"x" * 129, b"a b", b"a\tb", "键".encode(), b"\xff", b"\x7f"])
    async def test_is_refused_unless_it_is_visible_ascii(self, baker: httpx.AsyncClient, key: bytes) -> None:
        answer = await baker.post("/orders", json={"bread": "rye"}, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["code"]) == (422, "IdempotencyKeyInvalid")

    @pytest.mark.parametrize("key", ["a", "~" * 128, '"8e03978e-40d5-43e8-bc93-6894a57f9324"'])
    async def test_may_be_any_visible_ascii(self, baker: httpx.AsyncClient, key: str) -> None:
        answer = await baker.post("/orders", json={"bread": "rye"}, headers={"Idempotency-Key": key})
        assert answer.status_code == 201

    async def test_is_refused_when_there_are_two(self, baker: httpx.AsyncClient) -> None:
        keys = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
        answer = await baker.post("/orders", json={"bread": "rye"}, headers=keys)
        assert (answer.status_code, answer.json()["code"]) == (422, "IdempotencyKeyInvalid")

    async def test_goes_for_an_upload_too_whose_answer_is_read_before_the_door_closes(
        self, bakery: Sanic[Any, Any], baker: httpx.AsyncClient
    ) -> None:
        """Large enough that the client is still sending when the door answers the second time."""
        files = {"file": ("loaf.jpg", b"x" * 900_000)}
        headers = {"Idempotency-Key": "photograph"}
        answers = [await baker.post("/photographs", files=files, headers=headers) for _ in range(3)]
        assert [(each.status_code, each.json()) for each in answers] == [(201, 900_000)] * 3

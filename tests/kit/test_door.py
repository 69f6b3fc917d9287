"""A door asks who is calling before anything else, and takes only what its types allow."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sanic import Sanic

from tests.kit.bakery import Order, door


class TestWho:
    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("application/json", b"not json"),
            ("application/json", b'{"bread":"rye","unknown":1}'),
            ("text/plain", b"{}"),
            ("application/json", b'{"bread":"' + b"x" * 300 + b'"}'),
        ],
    )
    async def test_is_asked_before_the_body_is_looked_at(
        self, stranger: httpx.AsyncClient, content_type: str, body: bytes
    ) -> None:
        answer = await stranger.post("/orders", content=body, headers={"content-type": content_type})
        assert (answer.status_code, answer.json()["code"]) == (401, "Unauthenticated")

    async def test_reaches_the_handler(self, baker: httpx.AsyncClient) -> None:
        assert (await baker.get("/me")).json() == {"name": "baker"}

    async def test_is_not_asked_where_the_handler_does_not_need_it(self, stranger: httpx.AsyncClient) -> None:
        assert (await stranger.get("/breads")).status_code == 200


class TestWhat:
    async def test_reaches_the_handler_as_its_type(self, bakery: Sanic[Any, Any], baker: httpx.AsyncClient) -> None:
        answer = await baker.post("/orders", json={"bread": "黑麦", "count": 2})
        assert (answer.status_code, answer.json()) == (201, {"bread": "黑麦", "count": 2})
        assert bakery.ctx.office.orders == [("baker", Order("黑麦", 2))]

    @pytest.mark.parametrize(
        "content_type",
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "", "multipart/form-data"],
    )
    async def test_is_refused_unless_it_says_that_it_is_json(self, baker: httpx.AsyncClient, content_type: str) -> None:
        answer = await baker.post("/orders", content=b'{"bread":"rye"}', headers={"content-type": content_type})
        assert (answer.status_code, answer.json()["code"]) == (415, "WrongMediaType")

    @pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
    async def test_is_taken_however_the_type_is_spelled(self, baker: httpx.AsyncClient, content_type: str) -> None:
        answer = await baker.post("/orders", content=b'{"bread":"rye"}', headers={"content-type": content_type})
        assert answer.status_code == 201

    async def test_is_refused_over_the_limit_of_its_own_route(self, baker: httpx.AsyncClient) -> None:
        at_limit = b'{"bread":"rye"}'.ljust(200)
        json = {"content-type": "application/json"}
        assert (await baker.post("/orders", content=at_limit, headers=json)).status_code == 201
        answer = await baker.post("/orders", content=at_limit + b" ", headers=json)
        assert (answer.status_code, answer.json()["code"]) == (413, "BodyTooLarge")
        # The neighbour without a limit of its own takes as much.
        assert (await baker.post("/baskets", content=b'[{"bread":"rye"}]'.ljust(300), headers=json)).status_code == 200

    async def test_is_refused_with_a_field_that_is_unknown(self, baker: httpx.AsyncClient) -> None:
        answer = await baker.post("/orders", json={"bread": "rye", "price": 0})
        assert (answer.status_code, answer.json()["fields"]) == (422, {"price": "不认识的字段"})

    async def test_is_refused_when_it_is_empty(self, baker: httpx.AsyncClient) -> None:
        answer = await baker.post("/orders", content=b"", headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "MalformedJson")

    @pytest.mark.parametrize(("count", "status"), [(0, 422), (1, 200), (2, 200), (3, 422)])
    async def test_keeps_the_bounds_of_a_list_that_is_the_body(
        self, stranger: httpx.AsyncClient, count: int, status: int
    ) -> None:
        assert (await stranger.post("/baskets", json=[{"bread": "rye"}] * count)).status_code == status


class TestAsked:
    async def test_reaches_the_handler_as_its_types(self, stranger: httpx.AsyncClient) -> None:
        answer = await stranger.get("/breads", params={"bread": "黑麦·𠮷", "limit": "20", "fresh": "true"})
        assert answer.json() == {"bread": "黑麦·𠮷", "limit": 20, "fresh": True}

    async def test_has_its_defaults(self, stranger: httpx.AsyncClient) -> None:
        assert (await stranger.get("/breads")).json() == {"bread": None, "limit": 10, "fresh": False}

    @pytest.mark.parametrize(
        ("query", "field", "words"),
        [
            ("limit=1&limit=2", "limit", "只能出现一次"),
            ("limit=1&limit=1", "limit", "只能出现一次"),
            ("limit=&limit=1", "limit", "只能出现一次"),
            ("colour=red", "colour", "不认识的字段"),
            ("bread=rye&__proto__=1", "__proto__", "不认识的字段"),
            ("limit=51", "limit", "数值太大"),
            ("limit=0", "limit", "数值太小"),
            ("limit=", "limit", "类型不对"),
            ("limit=ten", "limit", "类型不对"),
            ("limit=1.5", "limit", "类型不对"),
            ("fresh=perhaps", "fresh", "类型不对"),
            ("bread=a%00b", "bread", "文字中含有无法保存的字符，请删除后再提交。"),
            ("bread=%1b%5b31m", "bread", "文字中含有无法保存的字符，请删除后再提交。"),
        ],
    )
    async def test_is_refused_with_the_name_of_the_field(
        self, stranger: httpx.AsyncClient, query: str, field: str, words: str
    ) -> None:
        answer = await stranger.get(f"/breads?{query}")
        assert (answer.status_code, answer.json()["fields"]) == (422, {field: words})


class TestAnswer:
    async def test_is_204_and_empty_where_there_is_nothing_to_say(self, baker: httpx.AsyncClient) -> None:
        answer = await baker.delete(f"/orders/{uuid4()}")
        assert (answer.status_code, answer.content) == (204, b"")

    async def test_is_the_refusal_that_the_handler_raised(self, baker: httpx.AsyncClient) -> None:
        answer = await baker.delete(f"/orders/{UUID(int=0)}")
        assert (answer.status_code, answer.json()["detail"]) == (404, "没有这种面包。")

    async def test_is_json_in_utf_8(self, stranger: httpx.AsyncClient) -> None:
        answer = await stranger.get("/breads")
        assert answer.headers["content-type"] == "application/json; charset=utf-8"

    async def test_may_be_made_by_the_handler_itself(self, stranger: httpx.AsyncClient) -> None:
        assert (await stranger.get("/plain")).text == "GET"


class TestRoute:
    def test_is_public_only_where_nobody_is_asked_for(self) -> None:
        assert {route.path for route in door.routes if route.is_public} == {"/breads", "/baskets", "/plain"}

    def test_takes_its_name_from_its_module_and_its_summary_from_its_docstring(self) -> None:
        (route,) = [route for route in door.routes if route.path == "/me"]
        assert (route.name, route.summary) == ("bakery.show_me", "Who is calling")


BOUNDARY = "bread"
BAKER = {"authorization": "Bearer baker", "content-type": f"multipart/form-data; boundary={BOUNDARY}"}


def photograph(content: bytes) -> bytes:
    head = b'Content-Disposition: form-data; name="file"; filename="loaf.jpg"'
    return b"--bread\r\n" + head + b"\r\n\r\n" + content + b"\r\n--bread--\r\n"


async def in_pieces(whole: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(whole), 50_000):
        yield whole[start : start + 50_000]


class TestUpload:
    async def test_takes_a_file_as_it_comes(self, stranger: httpx.AsyncClient, bakery: Sanic[Any, Any]) -> None:
        answer = await stranger.post("/photographs", content=photograph(b"x" * 900_000), headers=BAKER)
        assert (answer.status_code, answer.json()) == (201, 900_000)
        assert len(bakery.ctx.office.orders) > 1

    async def test_takes_one_in_chunks(self, stranger: httpx.AsyncClient) -> None:
        answer = await stranger.post("/photographs", content=in_pieces(photograph(b"x" * 300_000)), headers=BAKER)
        assert (answer.status_code, answer.json()) == (201, 300_000)

    async def test_asks_who_is_calling_before_a_byte_is_read(
        self, stranger: httpx.AsyncClient, bakery: Sanic[Any, Any]
    ) -> None:
        answer = await stranger.post("/photographs", content=photograph(b"x" * 900_000))
        assert (answer.status_code, answer.json()["code"]) == (401, "Unauthenticated")
        assert bakery.ctx.office.orders == []

    @pytest.mark.parametrize("size", [10, 900_000, 5_000_000])
    async def test_lets_the_refused_read_why(self, size: int, stranger: httpx.AsyncClient) -> None:
        """Also who is still sending: a reset connection would tell nothing."""
        for _ in range(10):
            answer = await stranger.post("/photographs", content=photograph(b"x" * size))
            assert answer.status_code == 401
            assert answer.headers["connection"] == "close"
        burnt = photograph(b"burnt" + b"x" * min(size, 900_000))
        answer = await stranger.post("/photographs", content=burnt, headers=BAKER)
        assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchBread")

    @pytest.mark.parametrize("is_told", [True, False])
    async def test_refuses_more_than_its_limit(self, is_told: bool, stranger: httpx.AsyncClient) -> None:
        whole = photograph(b"x" * 3_000_000)
        content: Any = whole if is_told else in_pieces(whole)
        answer = await stranger.post("/photographs", content=content, headers=BAKER)
        assert (answer.status_code, answer.json()["code"]) == (413, "FileTooLarge")

    async def test_refuses_json(self, stranger: httpx.AsyncClient) -> None:
        answer = await stranger.post("/photographs", json={}, headers={"authorization": "Bearer baker"})
        assert (answer.status_code, answer.json()["code"]) == (415, "NotMultipart")

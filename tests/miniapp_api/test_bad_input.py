"""Bad input at every route: a clear refusal in Chinese, nothing written, never a fault of ours.

The cases of `HOSTILE` are sent to every route that takes a body; what they have in common is checked by `refused`. The
fuzzer makes its own from the document that the server publishes.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, get_origin
from uuid import uuid4

import httpx
import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounded
from schemathesis.generation.modes import GenerationMode
from tortoise import Tortoise

from kit.door import Route
from kit.openapi import document
from miniapp_api import door
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event
from models.role import Role, RoleName
from models.volunteer import Volunteer, VolunteerStatus
from server.settings import Settings
from tests.cast import Cast, Someone
from tests.conftest import settings_for

JSON = "application/json"
# What the outside must never see: a validator's English, a traceback, SQL, a path, a class of a library.
OURS_ALONE = re.compile(
    r"(?i)msgspec|expected `|object (missing|contains)|traceback|line \d+|select |insert |asyncpg|sqlite|tortoise|"
    r"\.py\b|/tmp/|/home/|exception"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Well-formed and malformed ones each, so twice as many per operation.
EXAMPLES = 10
PART = re.compile(r"<(\w+)(?::\w+)?>")

WRITES = [route for route in door.routes if "what" in route.needs]
SEARCHES = [route for route in door.routes if "asked" in route.needs]
UUID_ROUTES = [route for route in door.routes if ":uuid>" in route.path]


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Without a pace: what is refused here is refused for what it says, however many come."""
    return settings_for(database_url, pace=False)


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def hostile(route: Route) -> Iterator[tuple[str, str | None, bytes, int]]:
    """What is wrong with it, its content type, the body, and the status that it must get where it is not too large."""
    empty = b"[]" if get_origin(route.needs["what"]) is list else b"{}"
    yield "no content type", None, empty, 415
    yield "plain text, which needs no preflight", "text/plain", empty, 415
    yield "a form", "application/x-www-form-urlencoded", b"a=1", 415
    yield "an empty body", JSON, b"", 400
    yield "not JSON", JSON, b"{text: 1}", 400
    yield "half of it", JSON, b'{"text": "', 400
    yield "not UTF-8", JSON, b'{"text": "\xff"}', 400
    yield "a byte order mark", JSON, b"\xef\xbb\xbf{}", 400
    yield "not a number", JSON, b'{"x": NaN}', 400
    yield "infinity", JSON, b'{"x": -Infinity}', 400
    yield "infinity by its digits", JSON, b'{"x": 1e999}', 400
    yield "a key twice", JSON, b'{"text": "1", "text": "2"}', 400
    yield "NUL", JSON, rb'{"text": "a\u0000b"}', 422
    yield "NUL in a key", JSON, rb'{"te\u0000xt": "a"}', 422
    yield "a lone surrogate", JSON, rb'{"text": "\ud800"}', 422
    yield "a lone surrogate in a key twice", JSON, rb'{"\ud800": 1, "\ud800": 2}', 400
    yield "a non-character", JSON, rb'{"text": "\uffff"}', 422
    yield "900 digits", JSON, b'{"version": ' + b"9" * 900 + b"}", 422
    yield "too many brackets", JSON, b"[" * 2000 + b"]" * 2000, 400
    yield "100,000 deep", JSON, b"[" * 100_000 + b"]" * 100_000, 400
    yield "deep objects", JSON, b'{"x":' * 300 + b"1" + b"}" * 300, 400
    yield "one byte over its limit", JSON, b" " * (route.limit - 1) + b"{}", 413
    yield "more than any route takes", JSON, b" " * 1_100_000, 413
    yield "a text", JSON, b'"text"', 422
    yield "null", JSON, b"null", 422
    yield "a field that nobody knows", JSON, b'{"surprise": 1}' if empty == b"{}" else b'[{"surprise": 1}]', 422


def wrongly_typed(route: Route) -> Iterator[tuple[str, bytes]]:
    message = route.needs["what"]
    if not (isinstance(message, type) and issubclass(message, msgspec.Struct)):
        return
    for name in message.__struct_encode_fields__:
        for wrong in ([[]], {"x": {}}, [None]):
            yield f"{name} = {wrong}", json.dumps({name: wrong}).encode()


# A sound body of each message, to be spoilt in one place at a time.
SOUND: dict[str, dict[str, Any]] = {
    "/check-ins": {"code": "/c/x", "nonce": "nonce-0001"},
    "/scans": {"point_id": str(uuid4()), "code": "LZ1.x", "nonce": "nonce-0001"},
    "/staff/screen-sessions": {"point_id": str(uuid4()), "secret": "x", "device": "screen-1"},
    "/points/<point_id:uuid>/screen-links": {"label": "大厅", "shows_wall": True},
    "/me/consents": {"policy_version": "2026-11-24"},
    "/events": {"unit_code": "150100", "title": "讲座", "category": "study", "mode": "offline", "batch": "B1"}
    | {"recording_unit_code": "150100", "risk_level": "low", "place": "馆", "content": "讲", "person_in_charge": "王"}
    | {"contact_phone": "0471", "risk_note": "无", "insurance_no": "1", "points": ["主入口"]},
    "/events/<event_id:uuid>": {"title": "讲座", "recording_unit_code": "150100", "place": "馆", "category": "study"},
    "/events/<event_id:uuid>/shifts": {"role": "讲解", "starts_at": "2019-05-30T09:00:00+08:00"}
    | {"ends_at": "2019-05-30T12:00:00+08:00", "seats": 1},
    "/events/<event_id:uuid>/cancellation": {"reason": "下雨"},
    "/greetings": {"topic": "motherland", "text": "祝福", "byline": "nickname", "byline_name": "小张"}
    | {"is_over_14": True},
    "/greetings/<greeting_id:uuid>": {"topic": "motherland", "text": "祝福", "byline": "nickname"}
    | {"byline_name": "小张", "is_over_14": True},
    "/greetings/<greeting_id:uuid>/decision": {"decision": "rejected", "reason_code": "other", "reason_note": "无"},
    "/links": {"kind": "page", "target": "pages/event/list"},
    "/teams": {"unit_code": "150100", "name": "科普队", "level": "company", "trade": "guides", "leader_no": "V1"}
    | {"parent_id": str(uuid4()), "founded_on": "2019-05-01"},
    "/teams/<team_id:uuid>": {"name": "科普队", "trade": "guides", "leader_no": "V1"},
    "/teams/<team_id:uuid>/decision": {"decision": "returned", "reason": "请补全"},
    "/teams/<team_id:uuid>/flag": {"given_on": "2019-05-30", "given_by": "市科协"},
    "/teams/<team_id:uuid>/merger": {"successor_id": str(uuid4()), "reason": "两队合并"},
    "/teams/<team_id:uuid>/dissolution": {"reason": "任务完成"},
    "/units/<code:str>/team-gap": {"reason": "正在筹建"},
    "/me/memberships": {"invitation": "x"},
    "/teams/<team_id:uuid>/invitees": {"volunteer_no": "V1"},
    "/teams/<team_id:uuid>/invitations": {"days": 7, "max_uses": 1},
    "/memberships/<membership_id:uuid>/decision": {"decision": "rejected", "reason": "请补全"},
    "/memberships/<membership_id:uuid>/removal": {"reason": "长期不参加"},
    "/memberships/<membership_id:uuid>/transfer": {"team_id": str(uuid4()), "reason": "工作调动"},
    "/memberships/<membership_id:uuid>/role": {"role": "deputy"},
    "/invitations": {"role": "unit_organizer", "unit_code": "150100"},
    "/me/roles": {"invitation": "x"},
    "/sessions": {"code": "code-of-somebody"},
    "/me/volunteer": {"name": "王", "sex": "1", "id_type": "99", "id_number": "AB12345", "division_code": "150102"}
    | {"phone": "13800000000", "unit_code": "150100", "workplace": "院", "title_level": "410", "title_name": "研究员"}
    | {"discipline": "110", "skills": ["气象"], "service_classes": ["popsci"], "submit": False},
    "/registrations/<registration_id:uuid>/decision": {"decision": "returned", "reason": "请补全"},
}  # fmt: skip


def overlong(route: Route) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each text longer than any field is, yet within the limit of the route, so that not the whole body is refused."""
    sound, text = SOUND[route.path], "字" * (1200 if route.limit <= 4096 else 2100)
    for name, value in sound.items():
        if isinstance(value, str):
            yield name, sound | {name: text}
        if value and isinstance(value, list):
            yield f"{name}[0]", sound | {name: [text]}
            yield name, sound | {name: value * 1100}


def refused(answer: httpx.Response, what: str) -> None:
    """Any refusal, whatever it refuses, looks like this."""
    said = answer.json()
    assert 400 <= answer.status_code < 500, (what, said)
    assert answer.headers["content-type"].startswith("application/problem+json"), what
    assert said["status"] == answer.status_code, what
    assert said["type"] == f"urn:lizan:problem:{said['code']}", what
    assert len(said["request_id"]) == 36, what
    assert said["request_id"] == answer.headers["x-request-id"], what
    assert CHINESE.search(said["detail"]), (what, said)
    assert not OURS_ALONE.search(answer.text), (what, said)


async def rows() -> dict[str, int]:
    """How many rows every table holds."""
    return {name: await model.all().count() for name, model in Tortoise.apps["models"].items()}


@pytest.fixture
async def everybody(cast: Cast) -> Someone:
    """An approved volunteer with every role, so that no refusal is for want of one."""
    someone = await cast.volunteer()
    for role in (RoleName.CITY_ADMIN, RoleName.MODERATOR):
        await Role.create(person=someone.person, name=role, given_at=cast.office.now())
    return someone


@pytest.fixture
async def client(everybody: Someone, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with everybody.client(base_url) as client:
        yield client


def address(route: Route) -> str:
    """Of nothing that is there, but of a channel that is: otherwise the path is refused before the question."""
    return PART.sub(lambda _: str(uuid4()), route.path.replace("<channel:str>", "wall"))


class TestWriteRoute:
    async def test_refuses_every_hostile_body(self, client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
        for route in WRITES:
            with subtests.test(name_of(route)):
                await self._send_hostile(route, client)

    async def _send_hostile(self, route: Route, client: httpx.AsyncClient) -> None:
        before = await rows()
        for what, kind, body, status in hostile(route):
            headers = {"content-type": kind} if kind else {}
            answer = await client.request(route.method, address(route), content=body, headers=headers)
            refused(answer, what)
            due = 413 if len(body) > route.limit else status
            assert answer.status_code == due, (what, answer.json())
        assert await rows() == before

    async def test_refuses_every_field_of_a_wrong_type(
        self, client: httpx.AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for route in WRITES:
            with subtests.test(name_of(route)):
                await self._send_wrongly_typed(route, client)

    async def _send_wrongly_typed(self, route: Route, client: httpx.AsyncClient) -> None:
        before = await rows()
        for what, body in wrongly_typed(route):
            answer = await client.request(route.method, address(route), content=body, headers={"content-type": JSON})
            refused(answer, what)
            assert (answer.status_code, answer.json()["code"]) == (422, "InvalidMessage"), what
        assert await rows() == before

    @pytest.mark.parametrize("route", [route for route in WRITES if route.path in SOUND], ids=name_of)
    async def test_refuses_every_text_that_is_too_long(
        self, route: Route, everybody: Someone, client: httpx.AsyncClient, event: Event
    ) -> None:
        await Volunteer.filter(person_id=everybody.id).update(status=VolunteerStatus.DRAFT)
        path = route.path.replace("<event_id:uuid>", str(event.id))
        before = await rows()
        for what, body in overlong(route):
            refused(await client.request(route.method, PART.sub(str(uuid4()), path), json=body), what)
        assert await rows() == before

    async def test_tells_a_stranger_nothing_about_the_body(
        self, anyone: httpx.AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for route in WRITES:
            if not route.is_public:
                with subtests.test(name_of(route)):
                    await self._send_unasked(route, anyone)

    async def _send_unasked(self, route: Route, anyone: httpx.AsyncClient) -> None:
        for _, kind, body, _ in list(hostile(route))[:12]:
            headers = {"content-type": kind} if kind else {}
            answer = await anyone.request(route.method, address(route), content=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "Unauthenticated")


GARBAGE = [
    {"limit": "0"},
    {"limit": "-1"},
    {"limit": "201"},
    {"limit": "1e3"},
    {"limit": "9" * 400},
    {"limit": ""},
    {"limit": "NaN"},
    {"cursor": "x"},
    {"cursor": "AAAA"},
    {"cursor": "'; DROP TABLE event; --"},
    {"cursor": "%00"},
    {"surprise": "1"},
    {"limit": "1\x00"},
    {"\x00": "1"},
]


class TestQuery:
    async def test_refuses_garbage(self, client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
        for route in SEARCHES:
            with subtests.test(name_of(route)):
                for asked in GARBAGE:
                    answer = await client.get(address(route), params=asked)
                    refused(answer, str(asked))
                    assert answer.status_code == 422, (asked, answer.json())

    async def test_refuses_a_field_twice(self, client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
        for route in SEARCHES:
            with subtests.test(name_of(route)):
                answer = await client.get(f"{address(route)}?limit=1&limit=2")
                refused(answer, "limit twice")
                assert answer.json()["fields"] == {"limit": "只能出现一次"}

    @pytest.mark.parametrize("asked", [{"unit": "1" * 17}, {"category": "x" * 21}, {"q": "讲" * 41}, {"q": ""}])
    async def test_refuses_words_that_are_too_long(self, asked: dict[str, str], client: httpx.AsyncClient) -> None:
        answer = await client.get("/events", params=asked)
        refused(answer, str(asked))
        assert (answer.status_code, list(answer.json()["fields"])) == (422, list(asked))

    @pytest.mark.parametrize("field", ["from", "to"])
    @pytest.mark.parametrize(
        "moment",
        ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "2019-05-30T09:00:00", "2019-05-30", "now", ""],
    )
    async def test_refuses_a_moment_that_nobody_can_mean(
        self, field: str, moment: str, client: httpx.AsyncClient
    ) -> None:
        answer = await client.get("/events", params={field: moment})
        refused(answer, moment)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])

    @pytest.mark.parametrize("words", ["%", "_", "'", '"', "\\", "%%%", "'; DROP TABLE x", "𠮷", "\u202e"])
    async def test_takes_any_words_as_words(self, words: str, client: httpx.AsyncClient) -> None:
        for asked in ({"q": words}, {"unit": words}, {"category": words}):
            answer = await client.get("/events", params=asked)
            assert (answer.status_code, answer.json().get("items")) == (200, []), (asked, answer.text)


class TestBodyMoment:
    @pytest.mark.parametrize(
        "moment", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-08:00"]
    )
    async def test_is_refused_where_nobody_can_mean_it(self, moment: str, client: httpx.AsyncClient) -> None:
        before = await rows()
        shift = {"role": "讲解", "starts_at": moment, "ends_at": moment, "seats": 1}
        draft = {"unit_code": "150100", "title": "讲座", "category": "study"}
        ends_late = shift | {"starts_at": "9999-12-31T00:00:00Z", "ends_at": "9999-12-31T23:59:59Z"}
        for more in ({"shifts": [shift]}, {"shifts": [ends_late]}, {"enrolment_opens_at": moment}):
            refused(await client.post("/events", json=draft | more), str(more))
        assert await rows() == before


class TestPath:
    @pytest.mark.parametrize(
        "part", ["x", "1", "%00", "..%2f..%2fetc", "a" * 3000, "%F0%A0%AE%B7", "%ff", "{}", "%0d%0aX:1"]
    )
    async def test_is_not_found_where_it_is_no_id(self, part: str, client: httpx.AsyncClient) -> None:
        for route in UUID_ROUTES:
            answer = await client.request(route.method, PART.sub(part, route.path))
            refused(answer, name_of(route))
            assert answer.status_code in {404, 405}, name_of(route)

    @pytest.mark.parametrize("part", ["x", "%00", "a" * 3000, "%ff", "__class__", "..%2fcodes"])
    async def test_is_not_found_where_it_is_no_code_list(self, part: str, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/codes/{part}")
        refused(answer, part)
        assert answer.status_code == 404


SCHEMA = schemathesis.openapi.from_dict(document([door], title="x", version="1"))
OPERATIONS = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations()}
SEEDED = bounded(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


# Nothing in these requests can be malformed: they have neither token, body nor query, and any text is a path.
BEYOND_SPOILING = {
    f"{route.method} /api/v1{PART.sub(lambda part: f'{{{part[1]}}}', route.path)}"
    for route in door.routes
    if route.is_public and not {"what", "asked"} & route.needs.keys() and route not in UUID_ROUTES
}


class TestFuzz:
    """Well-formed and malformed requests made from the published document, the same ones in every run."""

    @pytest.mark.parametrize("label", OPERATIONS)
    async def test_finds_no_fault_of_ours(
        self, label: str, everybody: Someone, client: httpx.AsyncClient, event: Event, base_url: str
    ) -> None:
        known = await self._known(everybody, client, event)
        host = base_url.removesuffix("/api/v1")
        for mode in GenerationMode:
            if mode is GenerationMode.NEGATIVE and label in BEYOND_SPOILING:
                continue
            await asyncio.to_thread(self._fuzz, label, mode, known, host, everybody.token)

    async def _known(self, who: Someone, client: httpx.AsyncClient, event: Event) -> dict[str, str]:
        """Rows that are there, so that well-formed requests reach beyond "not found"."""
        words = {"topic": "motherland", "text": "祝福", "byline": "anonymous", "is_over_14": True}
        left = (await client.post("/greetings", json=words)).json()
        shift, now = event.shifts[0], who.office.now()
        enrolled = await Enrolment.create(
            event=event, shift=shift, person=who.person, status=EnrolmentStatus.WAITLISTED, queue_no=1,
            enrolled_at=now, changed_at=now,
        )  # fmt: skip
        return {
            "event_id": str(event.id), "shift_id": str(shift.id), "point_id": str(event.points[0].id),
            "greeting_id": left["id"], "enrolment_id": str(enrolled.id), "registration_id": str(uuid4()),
            "name": "discipline",
        }  # fmt: skip

    def _fuzz(self, label: str, mode: GenerationMode, known: dict[str, str], host: str, token: str) -> None:
        operation = OPERATIONS[label]

        @SEEDED
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            if mode is GenerationMode.POSITIVE:
                case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
            asked = case.as_transport_kwargs(base_url=host, headers={"authorization": f"Bearer {token}"})
            # What is pushed has no end, and a picture that was asked for has no text.
            with requests.request(**asked, stream=True, timeout=20) as answer:
                assert answer.status_code < 500, (case.as_curl_command(), answer.text)
                assert answer.status_code < 300 or not OURS_ALONE.search(answer.text), answer.text

        ask()

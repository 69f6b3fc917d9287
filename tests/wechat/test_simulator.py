"""The simulated WeChat keeps the rules of the real one, and does to order what the real one does by accident."""

from datetime import timedelta

import httpx
import pytest

from tests.clients import client_of
from wechat.simulator.serving import NotLoopback, serve
from wechat.simulator.state import Account

MINI = Account("wx000000000000000a", "secret-a")
OFFICIAL = Account("wx000000000000000b", "secret-b", kind="official")
LOGIN = "/sns/jscode2session"
CHECK = "/wxa/msg_sec_check"
PLAIN = "/cgi-bin/token"
STABLE = "/cgi-bin/stable_token"
PROOF = {"appid": MINI.app_id, "secret": MINI.app_secret}
GRANT = {"grant_type": "client_credential", **PROOF}


@pytest.fixture
def mini():
    return MINI


@pytest.fixture
def official():
    return OFFICIAL


@pytest.fixture
async def wire(simulated):
    async with client_of(simulated.base) as client:
        yield client


async def errcode(answer):
    return (await answer).json().get("errcode", 0)


async def stable_token(wire, **more):
    return (await wire.post(STABLE, json={**GRANT, **more})).json()


async def check(wire, token, **fields):
    return await wire.post(CHECK, params={"access_token": token}, json=fields)


class TestGeneralRules:
    async def test_answers_every_refusal_with_200_and_a_rid(self, wire):
        answer = await wire.post(CHECK)
        assert answer.status_code == 200
        assert answer.json()["errcode"] == 41001
        assert "rid: " in answer.json()["errmsg"]

    async def test_looks_at_token_then_method_then_body(self, wire, simulated):
        token = (await stable_token(wire))["access_token"]
        assert await errcode(wire.get(CHECK)) == 41001
        assert await errcode(wire.get(CHECK, params={"access_token": "x"})) == 40001
        assert await errcode(wire.get(CHECK, params={"access_token": token})) == 43002
        assert await errcode(wire.post(CHECK, params={"access_token": token})) == 44002
        assert await errcode(wire.post(CHECK, params={"access_token": token}, content="{")) == 47001
        assert await errcode(wire.post(CHECK, params={"access_token": token}, content="[]")) == 47001

    async def test_tells_an_expired_token_and_one_of_the_wrong_kind(self, wire, clock):
        proof = {"grant_type": "client_credential", "appid": OFFICIAL.app_id, "secret": OFFICIAL.app_secret}
        official = (await wire.get(PLAIN, params=proof)).json()["access_token"]
        assert (await check(wire, official, content="好")).json()["errcode"] == 48001
        token = (await stable_token(wire))["access_token"]
        clock.advance(timedelta(seconds=7_200))
        assert (await check(wire, token, content="好")).json()["errcode"] == 42001

    async def test_refuses_an_address_that_is_no_call(self, wire):
        assert await errcode(wire.get("/cgi-bin/nothing")) == 40066

    async def test_counts_the_day(self, wire, clock, simulated):
        for _ in range(2_000):
            simulated.world.exceeds(2_000, 86_400, MINI.app_id, PLAIN)
        assert await errcode(wire.get(PLAIN, params=GRANT)) == 45009
        clock.advance(timedelta(days=1))
        assert await errcode(wire.get(PLAIN, params=GRANT)) == 0


class TestTokens:
    @pytest.mark.parametrize(
        ("wrong", "number"),
        [
            ({"grant_type": "x"}, 40002),
            ({"appid": "x"}, 40013),
            ({"appid": ""}, 41002),
            ({"secret": "x"}, 40125),
            ({"secret": ""}, 41004),
        ],
    )
    async def test_need_the_right_proof(self, wire, wrong, number):
        assert await errcode(wire.get(PLAIN, params={**GRANT, **wrong})) == number
        assert (await stable_token(wire, **wrong))["errcode"] == number

    async def test_plain_is_new_each_time_and_ends_the_one_before_after_five_minutes(self, wire, clock):
        first = (await wire.get(PLAIN, params=GRANT)).json()["access_token"]
        second = (await wire.get(PLAIN, params=GRANT)).json()["access_token"]
        assert first != second
        assert (await check(wire, first, content="好")).json()["errcode"] == 0
        clock.advance(timedelta(seconds=300))
        assert (await check(wire, first, content="好")).json()["errcode"] == 42001
        assert (await check(wire, second, content="好")).json()["errcode"] == 0

    async def test_stable_stays_until_its_last_five_minutes(self, wire, clock):
        first = await stable_token(wire)
        clock.advance(timedelta(seconds=6_899))
        again = await stable_token(wire)
        assert (again["access_token"], again["expires_in"]) == (first["access_token"], 301)
        clock.advance(timedelta(seconds=1))
        new = await stable_token(wire)
        assert (new["access_token"] != first["access_token"], new["expires_in"]) == (True, 7_200)
        assert (await check(wire, first["access_token"], content="好")).json()["errcode"] == 0

    async def test_stable_wants_json(self, wire):
        assert await errcode(wire.post(STABLE, data=GRANT)) == 47001
        assert await errcode(wire.get(STABLE, params=GRANT)) == 43002

    async def test_forced_ends_the_old_one_but_not_within_thirty_seconds(self, wire, clock):
        first = (await stable_token(wire))["access_token"]
        second = (await stable_token(wire, force_refresh=True))["access_token"]
        assert second != first
        assert (await check(wire, first, content="好")).json()["errcode"] == 40001
        assert (await stable_token(wire, force_refresh=True))["access_token"] == second
        clock.advance(timedelta(seconds=30))
        assert (await stable_token(wire, force_refresh=True))["access_token"] != second

    async def test_forced_works_twenty_times_a_day(self, wire, clock):
        values = set()
        for _ in range(25):
            clock.advance(timedelta(seconds=30))
            values.add((await stable_token(wire, force_refresh=True))["access_token"])
        assert len(values) == 20


class TestLogin:
    async def _log_in(self, wire, code, **more):
        query = {**PROOF, "js_code": code, "grant_type": "authorization_code", **more}
        return await wire.get(LOGIN, params=query)

    async def test_answers_as_plain_text_without_an_errcode(self, wire, simulated):
        answer = await self._log_in(wire, simulated.code(simulated.world.create_user()))
        assert answer.headers["content-type"].startswith("text/plain")
        assert set(answer.json()) == {"openid", "session_key"}

    async def test_refuses_the_code_of_another_account(self, wire, simulated):
        code = simulated.code(simulated.world.create_user(), OFFICIAL)
        assert await errcode(self._log_in(wire, code)) == 40029

    async def test_counts_a_hundred_a_minute_for_one_person(self, wire, simulated):
        user = simulated.world.create_user()
        numbers = [await errcode(self._log_in(wire, simulated.code(user))) for _ in range(101)]
        assert numbers == [0] * 100 + [45011]


class TestTextCheck:
    FIELDS = {"version": 2, "scene": 2, "content": "好"}  # noqa: RUF012

    @pytest.fixture
    async def token(self, wire):
        return (await stable_token(wire))["access_token"]

    async def test_knows_version_one_by_its_missing_openid(self, wire, token):
        assert (await check(wire, token, content="好")).json()["errcode"] == 0
        assert (await check(wire, token, content="RISKY")).json()["errcode"] == 87014

    async def test_passes_escaped_text_whatever_it_says(self, wire, token, simulated, events):
        fields = {**self.FIELDS, "content": "【违规】", "openid": simulated.visitor()}
        escaped = httpx.Request("POST", "http://x", json=fields).content.decode().encode("ascii", "backslashreplace")
        answer = await wire.post(CHECK, params={"access_token": token}, content=escaped)
        assert answer.json()["result"]["suggest"] == "pass"
        assert [event["event"] for event in events] == ["escaped_text_passes"]

    async def test_is_not_trapped_by_a_typed_backslash(self, wire, token, simulated):
        fields = {**self.FIELDS, "content": r"RISKY \u4e2d", "openid": simulated.visitor()}
        assert (await check(wire, token, **fields)).json()["result"]["suggest"] == "risky"

    @pytest.mark.parametrize(
        ("wrong", "number"),
        [({"scene": 5}, 40129), ({"content": ""}, 44002), ({"content": "好" * 2_501}, 47001), ({"openid": "x"}, 40003)],
    )
    async def test_refuses_wrong_fields(self, wire, token, simulated, wrong, number):
        fields = {**self.FIELDS, "openid": simulated.visitor(), **wrong}
        assert (await check(wire, token, **fields)).json()["errcode"] == number

    async def test_knows_the_openid_of_another_account(self, wire, token, simulated):
        openid = simulated.world.openid(OFFICIAL.app_id, simulated.world.create_user())
        assert (await check(wire, token, **self.FIELDS, openid=openid)).json()["errcode"] == 43104

    async def test_wants_a_visit_within_two_hours(self, wire, token, simulated):
        user = (await wire.post("/control/users", json={"name": "李静"})).json()
        fields = {**self.FIELDS, "openid": user["openids"][MINI.app_id]}
        assert (await check(wire, token, **fields)).json()["errcode"] == 61010
        await wire.post("/control/visit", json={"user": user["user"]})
        assert (await check(wire, token, **fields)).json()["errcode"] == 0
        await wire.post("/control/clock", json={"seconds": 7_201})
        token = (await stable_token(wire))["access_token"]
        assert (await check(wire, token, **fields)).json()["errcode"] == 61010


class TestControl:
    async def test_logs_in_a_crowd_with_one_call(self, wire, simulated, mini_program):
        crowd = (await wire.post("/control/crowd", json={"count": 300})).json()["users"]
        openids = {(await mini_program.exchange_login_code(user["code"])).openid for user in crowd}
        assert openids == {user["openids"][MINI.app_id] for user in crowd}
        assert len(openids) == 300

    async def test_names_a_crowd_as_asked(self, wire):
        crowd = (await wire.post("/control/crowd", json={"count": 2, "user": "spring-"})).json()["users"]
        assert [user["user"] for user in crowd] == ["spring-1", "spring-2"]

    async def test_gives_a_code_for_a_person(self, wire, mini_program):
        await wire.post("/control/users", json={"name": "李静", "user": "li"})
        code = (await wire.post("/control/login", json={"user": "li"})).json()["code"]
        assert await mini_program.exchange_login_code(code)

    async def test_makes_a_call_fail_as_often_as_told(self, wire):
        await wire.post("/control/faults", json={"path": PLAIN, "errcode": -1, "times": 2})
        assert [await errcode(wire.get(PLAIN, params=GRANT)) for _ in range(3)] == [-1, -1, 0]

    async def test_revokes_a_token(self, wire):
        token = (await stable_token(wire))["access_token"]
        await wire.post("/control/token-revocations", json={})
        assert (await check(wire, token, content="好")).json()["errcode"] == 40001

    async def test_lists_calls_without_their_secrets(self, wire, simulated):
        code = simulated.code(simulated.world.create_user())
        await wire.get(LOGIN, params={**PROOF, "js_code": code, "grant_type": "authorization_code"})
        listed = await wire.get("/control/calls", params={"path": LOGIN})
        assert listed.json()["calls"][0]["fields"]["appid"] == MINI.app_id
        assert code not in listed.text
        assert MINI.app_secret not in listed.text

    async def test_forgets_all_on_reset(self, wire):
        await wire.post("/control/users", json={"name": "李静"})
        await wire.post("/control/reset")
        assert (await wire.get("/control/users")).json() == {"users": []}
        assert (await wire.get("/control/calls")).json() == {"calls": []}

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [("login", {"user": "nobody"}, 404), ("login", {}, 400), ("faults", {"path": "/x"}, 400), ("nothing", {}, 404)],
    )
    async def test_says_what_was_wrong(self, wire, path, body, status):
        assert (await wire.post(f"/control/{path}", json=body)).status_code == status


class TestPage:
    async def test_lets_a_newcomer_make_somebody_up_and_log_in(self, wire, mini_program):
        await wire.post("/control/page/users", data={"name": "<王&芳>"})
        page = await wire.get("/control/")
        assert "<title>模拟微信</title>" in page.text
        assert "&lt;王&amp;芳&gt;" in page.text
        shown = await wire.post("/control/page/login", data={"user": "<王&芳>"})
        code = shown.text.partition("<code>")[2].partition("</code>")[0]
        assert await mini_program.exchange_login_code(code)

    async def test_allows_no_script(self, wire):
        assert "default-src 'none'" in (await wire.get("/control/")).headers["content-security-policy"]


class TestServe:
    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])  # noqa: S104
    def test_refuses_an_address_that_others_reach(self, host):
        with pytest.raises(NotLoopback, match=r"127\.0\.0\.1"):
            serve(None, host, 8531)


class TestSeed:
    async def test_makes_a_play_repeatable(self, simulated):
        def play():
            simulated.world.reset()
            return simulated.openid(simulated.world.create_user()), simulated.world.session_key()

        assert play() == play()

    async def test_gives_no_login_code_twice(self, simulated):
        """The server remembers spent codes, and the simulator is restarted beside it."""

        def play():
            simulated.world.reset()
            return simulated.code(simulated.world.create_user())

        assert play() != play()

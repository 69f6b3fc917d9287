"""What reaches the wire, in what time, and what never reaches a log."""

import asyncio
import logging
import traceback

import httpx
import pytest

from kit.errors import Refusal
from wechat.answers import TextScene
from wechat.errors import WeChatUnavailable
from wechat.wire import Call, HiddenQuery, Wire

LOGIN = "/sns/jscode2session"
CHECK = "/wxa/msg_sec_check"
TOKEN = "/cgi-bin/stable_token"


def stub(reply):
    return Wire("http://wechat.test", 0.5, httpx.MockTransport(reply))


class TestAsk:
    async def test_carries_query_and_body(self):
        seen = []

        def reply(request):
            seen.append((str(request.url), request.content, request.headers["content-type"]))
            return httpx.Response(200, json={})

        wire = stub(reply)
        await wire.ask(Call("POST", "/a", {"b": "你 &"}, "好".encode()).with_token("t"))
        await wire.close()
        url = "http://wechat.test/a?b=%E4%BD%A0+%26&access_token=t"
        assert seen == [(url, "好".encode(), "application/json")]

    async def test_gives_a_picture_as_bytes(self):
        wire = stub(lambda _: httpx.Response(200, content=b"\x89PNG", headers={"content-type": "image/png"}))
        assert await wire.ask(Call("POST", "/a")) == b"\x89PNG"
        await wire.close()

    async def test_reads_json_where_a_picture_was_expected(self):
        wire = stub(lambda _: httpx.Response(200, text='{"errcode":"41030","errmsg":"a\tb"}'))
        assert (await wire.ask(Call("POST", "/a")))["errcode"] == 41030
        await wire.close()

    async def test_does_not_wait_for_an_answer_in_drops(self):
        ended = asyncio.Event()

        async def drip(_reader, writer):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(15):
                writer.write(b" ")
                await asyncio.sleep(0.05)
            writer.close()
            ended.set()

        async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
            wire = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", 0.2, None)
            with pytest.raises(WeChatUnavailable):
                await asyncio.wait_for(wire.ask(Call("GET", "/a")), timeout=0.5)
            await wire.close()
            await ended.wait()

    async def test_is_unavailable_where_nobody_listens(self, unused_tcp_port):
        wire = Wire(f"http://127.0.0.1:{unused_tcp_port}", 0.5, None)
        with pytest.raises(WeChatUnavailable):
            await wire.ask(Call("GET", "/a"))
        await wire.close()


class Ears:
    """Everything that logs and exceptions say."""

    def __init__(self, caplog, events):
        self._caplog = caplog
        self._events = events
        self._errors = []

    async def listen(self, question):
        try:
            return await question
        except Refusal as error:
            lines = traceback.format_exception(error)
            self._errors += [str(error), repr(error), *lines, str(error.facts)]
            context = error.__context__
            while context:
                self._errors += [repr(context), str(context)]
                context = context.__context__

    def heard(self):
        return "\n".join([self._caplog.text, *map(str, self._events), *self._errors])


@pytest.fixture
def ears(caplog, events):
    caplog.set_level(logging.DEBUG)
    # Our own log setting quiets these two; here they shall say all they know.
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    return Ears(caplog, events)


class TestSecrets:
    """Canaries: none of them may be found in what the ears hear."""

    CONTENT = "content-canary-内容"

    async def _tell_all(self, simulated, mini_program, ears):
        """Every question, answered well and in every bad way."""
        user = simulated.world.create_user("canary", key="canary-key")
        simulated.visitor()
        codes = [simulated.code(user) for _ in range(8)]
        faults = [{}, {"errcode": 40029}, {"http_status": 500}, {"html": True}, {"drop": True}, {"errcode": 1}]
        for code, fault in zip(codes, faults, strict=False):
            if fault:
                simulated.fail(LOGIN, **fault)
            await ears.listen(mini_program.exchange_login_code(code))
        openid = simulated.openid(user)
        for path in (TOKEN, CHECK):
            for fault in [{"errcode": 40001}, *faults[1:]]:
                simulated.fail(path, **fault)
                simulated.world.tokens.revoke(simulated.mini.app_id)
                await ears.listen(mini_program.check_text(self.CONTENT, openid=openid, scene=TextScene.FORUM))
        token = simulated.world.tokens.stable(simulated.mini.app_id, force=False).value
        return [*codes, openid, token, user.session_key, self.CONTENT, simulated.mini.app_secret]

    async def test_stay_out_of_logs_and_exceptions(self, simulated, connect, ears):
        mini_program = connect(timeout_seconds=0.5)
        canaries = await self._tell_all(simulated, mini_program, ears)
        heard = ears.heard()
        assert "HTTP Request: GET" in heard
        assert [canary for canary in canaries if canary in heard] == []
        assert "?" not in "".join(
            line for line in heard.splitlines() if "HTTP Request" in line and "/control" not in line
        )

    async def test_stay_out_of_every_repr(self, simulated, mini_program):
        user = simulated.world.create_user()
        identity = await mini_program.exchange_login_code(simulated.code(user))
        call = Call("POST", "/a", {"secret": "canary"}, b"canary").with_token("canary")
        shown = repr([identity, mini_program, vars(mini_program), call])
        for canary in (identity.openid, simulated.mini.app_secret, "canary"):
            assert canary not in shown

    async def test_would_be_heard_without_the_hidden_query(self, simulated, ears):
        async with httpx.AsyncClient(base_url=simulated.base, trust_env=False) as plain:
            await plain.get(LOGIN, params={"js_code": "planted-canary"})
        assert "planted-canary" in ears.heard()


class TestHiddenQuery:
    async def test_is_not_in_the_request_that_an_exception_carries(self):
        def refuse(request):
            raise httpx.ConnectError("no", request=request)

        transport = HiddenQuery(httpx.MockTransport(refuse))
        async with httpx.AsyncClient(transport=transport) as client:
            with pytest.raises(httpx.ConnectError) as error:
                await client.get("http://wechat.test/a", extensions={"lizan.query": {"secret": "canary"}})
        assert "canary" not in str(error.value)

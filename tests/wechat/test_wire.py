"""What reaches the wire, in what time, and what never reaches a log."""

import asyncio
import logging
import traceback

import httpx
import pytest

from kit.errors import Refusal
from tests.clients import client_of
from wechat.answers import MediaKind, TextScene
from wechat.errors import ReminderOutcomeUnknown, WeChatUnavailable
from wechat.simulator.reminder_values import Template
from wechat.wire import Call, HiddenQuery, Wire

LOGIN = "/sns/jscode2session"
CHECK = "/wxa/msg_sec_check"
TOKEN = "/cgi-bin/stable_token"
PHONE = "/wxa/business/getuserphonenumber"
MEDIA = "/wxa/media_check_async"
REMINDER = "/cgi-bin/message/subscribe/send"
DRAW = "/wxa/getwxacodeunlimit"


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

    @pytest.mark.parametrize("content_type", ["image/png", "image/jpeg", "text/plain"])
    @pytest.mark.parametrize("picture", [b"\x89PNG\r\n", b"\xff\xd8\xff\xe0"], ids=["png", "jpeg"])
    async def test_gives_a_picture_as_bytes(self, picture, content_type):
        wire = stub(lambda _: httpx.Response(200, content=picture, headers={"content-type": content_type}))
        assert await wire.ask(Call("POST", "/a")) == picture
        await wire.close()

    @pytest.mark.parametrize("content_type", ["application/json", "image/jpeg"])
    async def test_reads_json_where_a_picture_was_expected(self, content_type):
        refusal = b'{"errcode":"41030","errmsg":"a\tb"}'
        wire = stub(lambda _: httpx.Response(200, content=refusal, headers={"content-type": content_type}))
        assert (await wire.ask(Call("POST", "/a")))["errcode"] == 41030
        await wire.close()

    async def test_leaves_open_what_became_of_a_question_that_is_given_up(self):
        arrived = asyncio.Event()

        async def stall(_request):
            arrived.set()
            await asyncio.sleep(60)

        wire, call = Wire("http://wechat.test", 60, httpx.MockTransport(stall)), Call("POST", "/a")
        asking = asyncio.create_task(wire.ask(call))
        await arrived.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert call.delivery.may_be_done
        await wire.close()

    @pytest.mark.parametrize(
        ("answer", "may_be_done"), [({}, True), ({"errcode": -1}, True), ({"errcode": 43101}, False)], ids=str
    )
    async def test_notes_whether_wechat_may_have_done_it(self, answer, may_be_done):
        wire, call = stub(lambda _: httpx.Response(200, json=answer)), Call("POST", "/a")
        await wire.ask(call)
        assert call.delivery.may_be_done == may_be_done
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
        except (Refusal, ReminderOutcomeUnknown) as error:
            lines = traceback.format_exception(error)
            self._errors += [str(error), repr(error), *lines, str(vars(error))]
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
    URL = "http://127.0.0.1:1/media-canary.png"

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
        codes += await self._tell_the_rest(simulated, mini_program, ears, user, faults)
        token = simulated.world.tokens.stable(simulated.mini.app_id, force=False).value
        return [*codes, openid, token, user.session_key, self.CONTENT, simulated.mini.app_secret]

    async def _tell_the_rest(self, simulated, mini_program, ears, user, faults):
        """The phone, a picture, a reminder and a code, each answered well and in every bad way."""
        openid, world = simulated.openid(user), simulated.world
        world.templates["t"] = Template("t", simulated.mini.app_id, {"thing1": "thing"})
        taps = []
        for fault in faults:
            for path in (PHONE, MEDIA, REMINDER, DRAW):
                if fault:
                    simulated.fail(path, **fault)
            world.credits[(user.key, "t")] = 1
            taps.append(world.issue_phone_code(user, simulated.mini, "phone-canary"))
            questions = [
                mini_program.exchange_phone_code(taps[-1], openid=openid),
                mini_program.check_media(self.URL, kind=MediaKind.IMAGE, openid=openid, scene=TextScene.FORUM),
                mini_program.send_reminder(openid, template_id="t", page=None, data={"thing1": self.CONTENT}),
                mini_program.send_reminder(openid, template_id="t", page=None, data={"thing2": self.CONTENT}),
                mini_program.draw_code("scene-canary", page="pages/a", check_page=False, env="release"),
                mini_program.draw_code("scene-canary%", page="pages/a", check_page=False, env="release"),
            ]
            for question in questions:
                await ears.listen(question)
        assert world.sent
        assert world.drawn
        return [*taps, self.URL, "phone-canary", "scene-canary"]

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
        code = simulated.world.issue_phone_code(user, simulated.mini, "phone-canary")
        phone = await mini_program.exchange_phone_code(code, openid=None)
        shown = repr([identity, phone, mini_program, vars(mini_program), call])
        for canary in (phone.number, code, identity.openid, simulated.mini.app_secret, "canary"):
            assert canary not in shown

    async def test_would_be_heard_without_the_hidden_query(self, simulated, ears):
        async with client_of(simulated.base) as plain:
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

"""The simulated WeChat pushes as the real one does: in three modes and two formats, up to three times."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.wechat.conftest import AES_KEY, PUSH_TOKEN, Simulated
from wechat.answers import MediaKind, TextScene
from wechat.mini_program import MiniProgram
from wechat.push import PushDoor, PushForged, PushMalformed, PushNotSealed, PushStale
from wechat.push_events import MediaVerdictPush, SubscribePush
from wechat.simulator.app import create_simulator
from wechat.simulator.postman import Postman
from wechat.simulator.pushes import PushSettings
from wechat.simulator.serving import listening
from wechat.simulator.state import World

FORGERIES = {
    "token": PushForged,
    "key": (PushForged, PushMalformed),
    "app_id": PushForged,
    "body": PushForged,
    "stale": PushStale,
    "plain": PushNotSealed,
}


@pytest.fixture
async def cast(simulated, hand):
    """Somebody, and a reminder that can be accepted."""
    await hand("users", user="chen")
    await hand("templates", template_id="t", keys=["thing1"])
    return simulated.openid(simulated.world.user("chen"))


async def accept(hand):
    """Makes WeChat push something."""
    return await hand("accept", user="chen", template_id="t")


class TestMatrix:
    @pytest.mark.parametrize("form", ["xml", "json"])
    @pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
    async def test_is_read_by_our_door(self, simulated, hand, our_server, cast, mini, clock, mini_program, mode, form):
        simulated.push_to(our_server.push_url, mode, form)
        door = PushDoor(mini.app_id, PUSH_TOKEN, AES_KEY, clock, allows_plain=mode == "plain")
        await accept(hand)
        await mini_program.send_reminder(cast, template_id="t", page=None, data={"thing1": "好"}, state="formal")
        await hand("decline", user="chen", template_id="t")
        await simulated.postman.settle()
        read = [door.read(each.query, each.body) for each in our_server.deliveries]
        assert sorted(read, key=lambda push: push.event) == [
            SubscribePush("change", cast, [("t", "reject")]),
            SubscribePush("popup", cast, [("t", "accept")]),
            SubscribePush("sent", cast, [("t", "success")]),
        ]
        assert {each.content_type for each in our_server.deliveries} == {
            "text/xml" if form == "xml" else "application/json"
        }

    @pytest.mark.parametrize(("mode", "is_open"), [("plain", True), ("compatible", True), ("safe", False)])
    async def test_shows_the_content_only_outside_safe_mode(self, simulated, hand, our_server, cast, mode, is_open):
        simulated.push_to(our_server.push_url, mode)
        await accept(hand)
        await simulated.postman.settle()
        assert (b"subscribe_msg_popup_event" in our_server.deliveries[0].body) == is_open


class TestDeliver:
    async def test_ends_with_the_first_success(self, simulated, hand, our_server, cast):
        simulated.push_to(our_server.push_url)
        our_server.statuses = [500, 403, 200, 200]
        await accept(hand)
        await simulated.postman.settle()
        assert simulated.world.pushes[0].attempts == [500, 403, 200]

    async def test_gives_up_after_three(self, simulated, hand, our_server, cast):
        simulated.push_to(our_server.push_url)
        our_server.statuses = [500] * 9
        await accept(hand)
        await simulated.postman.settle()
        assert simulated.world.pushes[0].attempts == [500, 500, 500]

    async def test_repeats_what_was_answered_too_late(self, simulated, hand, our_server, cast):
        simulated.push_to(our_server.push_url)
        simulated.postman.patience_seconds = 0.4
        our_server.delay_seconds = 1
        await accept(hand)
        await simulated.postman.settle()
        assert simulated.world.pushes[0].attempts == [0, 0, 0]
        assert len(our_server.deliveries) == 3

    def test_waits_five_seconds(self, simulated):
        assert Postman(simulated.world).patience_seconds == 5

    @pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://example.invalid/", "no address"])
    async def test_reaches_no_dead_server_and_nobody_elses(self, simulated, hand, cast, unused_tcp_port, url):
        simulated.push_to(url.format(port=unused_tcp_port))
        await accept(hand)
        await simulated.postman.settle()
        assert simulated.world.pushes[0].attempts == [0, 0, 0]

    async def test_tells_nobody_where_nothing_is_set(self, simulated, hand, cast):
        await accept(hand)
        await simulated.postman.settle()
        assert [push["attempts"] for push in (await hand("pushes/deliver"))["pushes"]] == [[]]


class TestHold:
    async def test_keeps_pushes_back_until_they_are_delivered(self, simulated, hand, our_server, cast, door):
        simulated.push_to(our_server.push_url)
        await hand("pushes/hold", is_held=True)
        for _ in range(3):
            await accept(hand)
        await simulated.postman.settle()
        assert our_server.deliveries == []
        # In any order: the last first.
        await hand("pushes/deliver", push_id=3)
        assert [push.attempts for push in simulated.world.pushes] == [[], [], [200]]
        await hand("pushes/deliver")
        assert [push.attempts for push in simulated.world.pushes] == [[200], [200], [200]]
        assert [type(door.read(each.query, each.body)) for each in our_server.deliveries] == [SubscribePush] * 3

    async def test_ends(self, simulated, hand, our_server, cast):
        simulated.push_to(our_server.push_url)
        await hand("pushes/hold", is_held=True)
        await accept(hand)
        await hand("pushes/hold", is_held=False)
        await simulated.postman.settle()
        assert len(our_server.deliveries) == 1


class TestDuplicate:
    async def test_delivers_once_more_and_signs_anew(self, simulated, hand, our_server, cast, door):
        simulated.push_to(our_server.push_url)
        await accept(hand)
        await simulated.postman.settle()
        assert await hand("pushes/duplicate") == {"status": 200}
        first, second = our_server.deliveries
        assert door.read(first.query, first.body) == door.read(second.query, second.body)
        assert first.query["nonce"] != second.query["nonce"]


class TestReplay:
    async def test_delivers_the_very_bytes_of_then(self, simulated, hand, our_server, cast, door, clock):
        simulated.push_to(our_server.push_url)
        await accept(hand)
        await simulated.postman.settle()
        clock.advance(timedelta(minutes=6))
        assert await hand("pushes/replay", push_id=1) == {"status": 200}
        first, second = our_server.deliveries
        assert (first.query, first.body) == (second.query, second.body)
        with pytest.raises(PushStale):
            door.read(second.query, second.body)

    async def test_needs_a_delivery(self, hand):
        assert "error" in await hand("pushes/replay")


class TestForge:
    @pytest.mark.parametrize("how", FORGERIES)
    @pytest.mark.parametrize("form", ["xml", "json"])
    async def test_makes_what_our_door_refuses(self, simulated, hand, our_server, cast, door, events, form, how):
        simulated.push_to(our_server.push_url, form=form)
        await accept(hand)
        await simulated.postman.settle()
        await hand("pushes/forge", push_id=1, how=how)
        forged = our_server.deliveries[-1]
        with pytest.raises(FORGERIES[how]):
            door.read(forged.query, forged.body)


class TestPushSettings:
    async def test_are_taken_after_the_address_echoed(self, simulated, hand, our_server, cast):
        settings = {"token": PUSH_TOKEN, "aes_key": AES_KEY, "mode": "safe", "format": "xml", "is_verified": True}
        assert "error" in await hand("push-settings", url="http://127.0.0.1:1/", **settings)
        assert (await hand("push-settings", url=our_server.push_url, **settings))["mode"] == "safe"
        await accept(hand)
        await simulated.postman.settle()
        assert len(our_server.deliveries) == 1

    async def test_are_not_shown_with_their_keys(self, hand, our_server):
        shown = await hand("push-settings", url=our_server.push_url, token=PUSH_TOKEN, aes_key=AES_KEY)
        assert PUSH_TOKEN not in str(shown)
        assert AES_KEY not in str(shown)

    async def test_that_an_account_brings_survive_a_reset(self, mini, clock):
        settings = PushSettings("http://127.0.0.1:1/", PUSH_TOKEN, AES_KEY)
        world = World([replace(mini, push=settings, pages=frozenset({"pages/a"}))], clock, 0)
        world.push_settings.clear()
        world.released.clear()
        world.reset()
        assert (world.push_settings, world.released) == ({mini.app_id: settings}, {mini.app_id: {"pages/a"}})


class TestJudgesMediaAfter:
    async def test_lets_a_verdict_come_by_itself(self, mini, clock, memory, our_server, door):
        app = create_simulator(accounts=[mini], clock=clock, judges_media_after=0.05)
        our_server.files = {"/a.png": b"\x89PNG\r\n RISKY"}
        async with listening(app) as base:
            world, mini_program = app.ctx.world, MiniProgram(mini.app_id, mini.app_secret, base, clock, memory)
            simulated = Simulated(base, world, app.ctx.postman)
            simulated.push_to(our_server.push_url)
            openid, url = simulated.visitor(), f"{our_server.base}/a.png"
            trace_id = await mini_program.check_media(url, kind=MediaKind.IMAGE, openid=openid, scene=TextScene.COMMENT)
            await app.ctx.postman.settle()
            await mini_program.close()
        [delivery] = our_server.deliveries
        assert door.read(delivery.query, delivery.body) == MediaVerdictPush(trace_id, "risky", 20006, None)

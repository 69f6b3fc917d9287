"""A picture or a voice is asked about, fetched from our server, judged, and the verdict arrives by push."""

from datetime import timedelta

import pytest

from tests.clients import client_of
from tests.media import picture
from wechat.answers import MediaKind, TextScene
from wechat.errors import PersonMustDecide, WeChatMisconfigured, WeChatQuotaUsedUp, WeChatUnavailable
from wechat.push_events import MediaVerdictPush
from wechat.simulator.media_check import CHECK

PNG = b"\x89PNG\r\n\x1a\n"
MP3 = b"ID3\x04"


@pytest.fixture
async def files(our_server):
    our_server.files = {
        "/a.png": PNG,
        "/b.png": PNG + b"REVIEW",
        "/c.jpg": b"\xff\xd8\xff" + "【违规】".encode(),
        "/RISKY.png": PNG,
        "/red.jpg": picture("JPEG", color=(255, 0, 0)),
        "/reddish.jpg": picture("JPEG", color=(200, 30, 30)),
        "/a.mp3": MP3,
        "/b.wav": b"RIFF\0\0\0\0WAVE RISKY",
        "/film.mp4": b"\0\0\0\x18ftypmp42",
        "/error.png": b"<html>RISKY</html>",
        "/large.png": PNG + bytes(10 * 1024 * 1024),
    }
    return our_server.base


@pytest.fixture
def ask(simulated, mini_program, our_server):
    """Ask about a file of ours; the verdict will be pushed to us."""
    simulated.push_to(our_server.push_url)

    async def ask(url, kind=MediaKind.IMAGE):
        return await mini_program.check_media(url, kind=kind, openid=simulated.visitor(), scene=TextScene.COMMENT)

    return ask


class TestCheckMedia:
    @pytest.mark.parametrize(
        ("path", "kind", "suggest", "label"),
        [
            ("/a.png", MediaKind.IMAGE, "pass", 100),
            ("/b.png", MediaKind.IMAGE, "review", 21000),
            ("/c.jpg", MediaKind.IMAGE, "risky", 20003),
            ("/RISKY.png", MediaKind.IMAGE, "risky", 20006),
            ("/red.jpg", MediaKind.IMAGE, "risky", 20002),
            ("/reddish.jpg", MediaKind.IMAGE, "pass", 100),
            ("/a.mp3", MediaKind.VOICE, "pass", 100),
            ("/b.wav", MediaKind.VOICE, "risky", 20006),
        ],
    )
    async def test_names_the_verdict_that_is_pushed(
        self, files, ask, hand, our_server, door, path, kind, suggest, label
    ):
        trace_id = await ask(files + path, kind)
        assert our_server.deliveries == []
        await hand("media-checks")
        [delivery] = our_server.deliveries
        assert door.read(delivery.query, delivery.body) == MediaVerdictPush(trace_id, suggest, label, None)

    @pytest.mark.parametrize(
        ("path", "errcode"),
        [("/missing.png", -1008), ("/film.mp4", -1009), ("/error.png", -1009), ("/large.png", -1009)],
    )
    async def test_ends_without_a_verdict_where_nothing_can_be_judged(
        self, files, ask, hand, our_server, door, path, errcode
    ):
        trace_id = await ask(files + path)
        await hand("media-checks")
        [delivery] = our_server.deliveries
        assert door.read(delivery.query, delivery.body) == MediaVerdictPush(trace_id, None, None, errcode)

    @pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/a.png", "http://example.invalid/a.png", "no address"])
    async def test_reaches_no_dead_server_and_nobody_elses(self, ask, hand, our_server, door, unused_tcp_port, url):
        await ask(url.format(port=unused_tcp_port))
        await hand("media-checks")
        [delivery] = our_server.deliveries
        assert door.read(delivery.query, delivery.body).errcode == -1008

    async def test_passes_a_voice_that_was_called_a_picture(self, files, ask, hand, our_server, door, events):
        await ask(files + "/b.wav", MediaKind.IMAGE)
        await hand("media-checks")
        assert door.read(our_server.deliveries[0].query, our_server.deliveries[0].body).suggest == "pass"
        assert "wrong_media_type_passes" in [event["event"] for event in events]

    async def test_hands_a_person_who_was_not_here_lately_to_a_person(self, simulated, mini_program, clock, files):
        openid = simulated.visitor()
        clock.advance(timedelta(hours=2, seconds=1))
        with pytest.raises(PersonMustDecide):
            await mini_program.check_media(files, kind=MediaKind.IMAGE, openid=openid, scene=TextScene.COMMENT)

    async def test_has_no_number_for_a_video(self, ask):
        with pytest.raises(WeChatMisconfigured):
            await ask("http://127.0.0.1/film.mp4", 3)

    async def test_asks_a_busy_wechat_once_more(self, simulated, ask):
        simulated.fail(CHECK, errcode=-1)
        assert await ask("http://127.0.0.1/a.png")

    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            ({"errcode": 45009}, WeChatQuotaUsedUp),
            ({"errcode": 43104}, WeChatMisconfigured),
            ({"http_status": 500}, WeChatUnavailable),
            ({"html": True}, WeChatUnavailable),
            ({"drop": True}, WeChatUnavailable),
        ],
        ids=str,
    )
    async def test_tells_refusals_apart(self, simulated, ask, fault, kind):
        simulated.fail(CHECK, **fault)
        with pytest.raises(kind):
            await ask("http://127.0.0.1/a.png")

    @pytest.mark.parametrize("trace_id", [None, "", 7, "x" * 81], ids=str)
    async def test_takes_no_answer_without_a_trace_id(self, canned, trace_id):
        with pytest.raises(WeChatUnavailable):
            await canned({"errcode": 0, "trace_id": trace_id}).check_media(
                "http://x/", kind=MediaKind.IMAGE, openid="o", scene=TextScene.COMMENT
            )


class TestJudgement:
    async def test_comes_when_the_clock_moves(self, files, ask, hand, our_server):
        await ask(files + "/a.png")
        await hand("clock", seconds=9)
        assert our_server.deliveries == []
        await hand("clock", seconds=1)
        assert len(our_server.deliveries) == 1

    async def test_is_signed_in_the_receivers_time_however_far_the_clock_moved(
        self, files, ask, hand, our_server, door
    ):
        await ask(files + "/a.png")
        await hand("clock", seconds=3_600)
        assert door.read(our_server.deliveries[0].query, our_server.deliveries[0].body).suggest == "pass"

    async def test_is_made_to_order(self, files, ask, hand, our_server, door):
        first, second = await ask(files + "/a.png"), await ask(files + "/a.png")
        await hand("media-checks", trace_id=second, suggest="risky", label=20002)
        [delivery] = our_server.deliveries
        assert door.read(delivery.query, delivery.body) == MediaVerdictPush(second, "risky", 20002, None)
        await hand("media-checks")
        assert door.read(our_server.deliveries[1].query, our_server.deliveries[1].body).trace_id == first

    async def test_comes_in_the_first_version_to_who_asked_in_it(self, simulated, files, hand, our_server, door):
        simulated.push_to(our_server.push_url)
        token = simulated.world.tokens.stable(simulated.mini.app_id, force=False).value
        told = {"media_url": files + "/RISKY.png", "media_type": 2}
        async with client_of(simulated.base) as client:
            answer = (await client.post(CHECK, params={"access_token": token}, json=told)).json()
        await hand("media-checks")
        [delivery] = our_server.deliveries
        verdict = door.read(delivery.query, delivery.body)
        assert verdict == MediaVerdictPush(answer["trace_id"], "risky", None, None)

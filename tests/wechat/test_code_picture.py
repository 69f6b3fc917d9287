"""A mini-program code is drawn, read again by a scanner, and opens the page that it names."""

import base64
import io

import pytest
import zxingcpp
from PIL import Image

from tests.clients import client_of
from wechat.errors import CodeNotDrawable, WeChatMisconfigured, WeChatQuotaUsedUp, WeChatUnavailable

DRAW = "/wxa/getwxacodeunlimit"
PAGE = "pages/event/show"
SCENE = "e-Zk3=7&x!*()"


@pytest.fixture(autouse=True)
def released(simulated):
    simulated.world.released[simulated.mini.app_id].add(PAGE)


async def draw(mini_program, scene=SCENE, **changes):
    return await mini_program.draw_code(scene, **{"page": PAGE, "check_page": True, "env": "release", **changes})


def read_by_scanner(picture):
    return zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))[0].text


class TestDrawCode:
    @pytest.mark.parametrize("width", [280, 430, 1280])
    async def test_gives_a_picture_of_the_width_that_a_scanner_reads(self, mini_program, mini, width):
        picture = await draw(mini_program, width=width)
        assert Image.open(io.BytesIO(picture)).size == (width, width)
        assert read_by_scanner(picture) == f"sim://{mini.app_id}/{PAGE}?scene={SCENE}"

    @pytest.mark.parametrize("scene", ["x", "0123456789abcdefghijABCDEFGHIJ~-"])
    async def test_takes_one_to_thirty_two_characters(self, mini_program, scene):
        assert read_by_scanner(await draw(mini_program, scene)).endswith(f"?scene={scene}")

    @pytest.mark.parametrize(
        ("scene", "changes"),
        [
            ("", {}),
            ("x" * 33, {}),
            ("a%20b", {}),
            ("中文", {}),
            ("a b", {}),
            ("a\n", {}),
            ("x", {"page": "/pages/event"}),
            ("x", {"page": "pages/event?id=1"}),
            ("x", {"page": ""}),
            ("x", {"width": 279}),
            ("x", {"width": 1281}),
        ],
        ids=str,
    )
    async def test_does_not_ask_for_what_wechat_would_refuse(self, simulated, mini_program, scene, changes):
        with pytest.raises(CodeNotDrawable) as refusal:
            await draw(mini_program, scene, **changes)
        assert refusal.value.status == 422
        assert simulated.calls(DRAW) == []

    async def test_blames_our_settings_for_a_page_that_is_not_released(self, mini_program):
        with pytest.raises(WeChatMisconfigured):
            await draw(mini_program, page="pages/new")

    async def test_takes_an_unreleased_page_unchecked(self, mini_program):
        assert await draw(mini_program, page="pages/new", check_page=False, env="trial")

    async def test_asks_a_busy_wechat_once_more(self, simulated, mini_program):
        simulated.fail(DRAW, errcode=-1)
        assert (await draw(mini_program)).startswith(b"\x89PNG")

    async def test_says_when_to_come_back_after_too_many(self, simulated, mini_program):
        simulated.fail(DRAW, errcode=45009)
        with pytest.raises(WeChatQuotaUsedUp):
            await draw(mini_program)

    @pytest.mark.parametrize("fault", [{"http_status": 500}, {"html": True}, {"empty": True}, {"drop": True}], ids=str)
    async def test_is_unavailable_when_no_answer_came(self, simulated, mini_program, fault):
        simulated.fail(DRAW, **fault)
        with pytest.raises(WeChatUnavailable):
            await draw(mini_program)

    async def test_takes_no_json_for_a_picture(self, canned):
        with pytest.raises(WeChatUnavailable):
            await draw(canned({"errcode": 0, "errmsg": "ok"}))


class TestScan:
    async def test_opens_the_page_with_the_scene_as_a_phone_writes_it(self, mini_program, hand):
        picture = await draw(mini_program, "a=1&b")
        image = base64.b64encode(picture).decode()
        opened = await hand("scan", image=image)
        assert (opened["page"], opened["scene"]) == (PAGE, "a%3D1%26b")
        assert await hand("scan", content=read_by_scanner(picture)) == opened
        assert await hand("scan", page=PAGE, scene="a=1&b") == opened

    async def test_counts_as_a_visit(self, simulated, hand):
        user = simulated.world.create_user(key="chen")
        await hand("scan", scene="x", user="chen")
        assert user.last_visit_at == simulated.world.clock.now()

    @pytest.mark.parametrize(
        "told", [{"image": base64.b64encode(b"x").decode()}, {"image": "?"}, {"content": "https://x"}, {}], ids=str
    )
    async def test_reads_nothing_that_was_not_drawn_here(self, hand, told):
        assert "page" not in await hand("scan", **told)

    async def test_releases_pages(self, mini_program, hand):
        assert "pages/new" in (await hand("pages", page="pages/new"))["pages"]
        assert await draw(mini_program, page="pages/new")


class TestSimulatedRefusals:
    """What our own client never asks, asked past it."""

    @pytest.mark.parametrize(
        ("told", "errcode"),
        [
            ({}, 40129),
            ({"scene": "a%20"}, 40129),
            ({"scene": "x" * 33}, 40169),
            ({"scene": "x", "page": f"/{PAGE}"}, 41030),
            ({"scene": "x", "page": "pages/new"}, 41030),
            ({"scene": "x", "page": f"{PAGE}?id=1"}, 41030),
            ({"scene": "x", "page": PAGE, "width": 100}, 40097),
            ({"scene": "x", "page": PAGE, "width": "430"}, 40097),
            ({"scene": "x", "page": PAGE, "env_version": "beta"}, 40097),
        ],
        ids=str,
    )
    async def test_are_json_with_a_number(self, simulated, told, errcode):
        token = simulated.world.tokens.stable(simulated.mini.app_id, force=False).value
        async with client_of(simulated.base) as client:
            answer = await client.post(DRAW, params={"access_token": token}, json={"page": PAGE, **told})
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.json()["errcode"] == errcode

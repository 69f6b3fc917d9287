"""Giving the own number over the door: masked in every answer, and no dead end."""

import pytest

from kit.errors import Refusal
from tests.cast import Cast
from tests.doubles import FakeWeChat
from tests.stage import code_of, everything
from wechat.errors import WeChatQuotaUsedUp, WeChatUnavailable

TAPPED = {"code": "phone-86-13912345678"}


class TestConfirm:
    async def test_answers_with_the_mask_and_shows_it_everywhere(self, cast: Cast, base_url: str) -> None:
        async with (await cast.scientist()).client(base_url) as client:
            answer = await client.post("/me/phone", json=TAPPED)
            assert (answer.status_code, answer.json()["phone_masked"]) == (200, "139****5678")
            me = await client.get("/me")
            assert (me.json()["phone_masked"], me.json()["phone_verified_at"]) == (
                "139****5678",
                answer.json()["verified_at"],
            )
            draft = await client.put("/me/volunteer", json={"name": "巴特尔", "submit": False})
            assert draft.json()["phone_verified_at"] == answer.json()["verified_at"]
            typed = await client.put("/me/volunteer", json={"phone": "13800000000", "submit": False})
            assert typed.json()["phone_verified_at"] is None
            assert (await client.get("/me")).json()["phone_masked"] is None
        for each in (answer, me, draft, typed):
            assert "13912345678" not in each.text

    async def test_of_a_used_code_is_409(self, cast: Cast, base_url: str) -> None:
        async with (await cast.scientist()).client(base_url) as client:
            await client.post("/me/phone", json=TAPPED)
            before = await everything()
            answer = await client.post("/me/phone", json=TAPPED)
        assert code_of(answer) == (409, "PhoneCodeRefused")
        assert await everything() == before

    @pytest.mark.parametrize("refusal", [WeChatUnavailable(), WeChatQuotaUsedUp()])
    async def test_while_wechat_does_not_answer_is_503(
        self, cast: Cast, base_url: str, wechat: FakeWeChat, refusal: Refusal
    ) -> None:
        wechat.refusal = refusal
        before_log_in = await cast.scientist()
        async with before_log_in.client(base_url) as client:
            answer = await client.post("/me/phone", json=TAPPED)
        assert code_of(answer) == (503, refusal.code)

    @pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "x" * 201}, {"code": 5}, {"code": "x", "phone": "1"}])
    async def test_takes_a_code_and_nothing_else(self, cast: Cast, base_url: str, body: dict[str, object]) -> None:
        async with (await cast.scientist()).client(base_url) as client:
            assert (await client.post("/me/phone", json=body)).status_code == 422

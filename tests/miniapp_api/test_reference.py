"""Looking up what everybody may know, over the door."""

import httpx
import pytest

from models.campaign import Campaign


class TestShowCampaign:
    async def test_shows_this_years(self, anyone: httpx.AsyncClient, campaign: Campaign) -> None:
        answer = await anyone.get("/campaigns/current")
        assert answer.status_code == 200
        shown = answer.json()
        assert (shown["year"], shown["ordinal"], shown["theme"]) == (2019, 3, "礼赞共和国 追梦新时代")
        assert (shown["anchor_date"], shown["starts_on"], shown["ends_on"]) == (
            "2019-05-30",
            "2019-05-11",
            "2019-06-10",
        )
        assert (shown["contact_names"], shown["contact_phone"]) == ("巴特尔 王国文", "0471-6621013")

    async def test_is_404_before_there_is_one(self, anyone: httpx.AsyncClient) -> None:
        answer = await anyone.get("/campaigns/current")
        assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchCampaign")


class TestListUnits:
    async def test_shows_the_tree(self, anyone: httpx.AsyncClient, campaign: Campaign) -> None:
        units = (await anyone.get("/units")).json()
        assert len(units) == 16
        assert {unit["parent_code"] for unit in units[1:]} == {"150100"}
        assert units[0] == {
            "code": "150100",
            "name": "呼和浩特市科学技术协会",
            "kind": "assoc",
            "level": 3,
            "division_code": "150100",
            "parent_code": None,
        }


class TestShowCodeList:
    async def test_shows_codes_in_the_order_of_the_standard(self, anyone: httpx.AsyncClient) -> None:
        assert (await anyone.get("/codes/sex")).json() == [
            {"code": "0", "name": "未知的性别"},
            {"code": "1", "name": "男性"},
            {"code": "2", "name": "女性"},
            {"code": "9", "name": "未说明的性别"},
        ]

    @pytest.mark.parametrize("name", ["nations", "SEX", "%2e%2e%2fsex", "%00", "性别"])
    async def test_of_another_name_is_404(self, anyone: httpx.AsyncClient, name: str) -> None:
        answer = await anyone.get(f"/codes/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchCodeList")
        assert "sex" in answer.json()["known"]

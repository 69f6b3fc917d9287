"""Looking up the campaign, the units and the code lists."""

from datetime import date, timedelta

import pytest

from capabilities.reference import NoSuchCampaign, NoSuchCodeList, code_list, current_campaign, units
from kit.clock import StandingClock
from models.campaign import Campaign
from models.code_list import all_lists
from tests.stage import refused


class TestCurrentCampaign:
    async def test_is_the_latest_years(self, campaign: Campaign) -> None:
        await Campaign.create(
            year=2018,
            ordinal=2,
            **{
                name: getattr(campaign, name)
                for name in (
                    "title", "theme", "main_line", "background", "window_text", "anchor_date", "starts_on", "ends_on",
                    "summary_due_at", "issuer_id", "contact_names", "contact_phone", "contact_email",
                )
            },
        )  # fmt: skip
        found = await current_campaign()
        assert (found.year, found.ordinal, found.theme) == (2019, 3, "礼赞共和国 追梦新时代")

    async def test_is_missing_where_none_was_loaded(self, database: None) -> None:
        await refused(NoSuchCampaign, current_campaign())

    async def test_covers_its_window_with_both_ends(self, campaign: Campaign) -> None:
        first, last, day = date(2019, 5, 11), date(2019, 6, 10), timedelta(days=1)
        assert [campaign.covers(each) for each in (first - day, first, last, last + day)] == [False, True, True, False]


class TestUnits:
    async def test_stand_in_one_order_with_their_parents(self, campaign: Campaign) -> None:
        rows = await units()
        assert [row.code for row in rows] == sorted(row.code for row in rows)
        assert len(rows) == 16
        parents = {row.code: row.parent.code if row.parent else None for row in rows}
        assert parents.pop("150100") is None
        assert set(parents.values()) == {"150100"}


class TestCodeList:
    @pytest.mark.parametrize("name", sorted(all_lists()))
    def test_has_words_for_every_code(self, name: str) -> None:
        assert all(code.strip() and words.strip() for code, words in code_list(name).items())

    @pytest.mark.parametrize("name", ["", "SEX", "../sex", "nations"])
    def test_that_does_not_exist_is_refused_with_those_that_do(self, name: str) -> None:
        with pytest.raises(NoSuchCodeList) as caught:
            code_list(name)
        assert caught.value.facts == {"known": sorted(all_lists())}

    def test_keeps_the_order_of_the_standard(self) -> None:
        assert list(code_list("sex")) == ["0", "1", "2", "9"]
        assert list(code_list("title_level"))[:4] == ["000", "410", "411", "412"]


@pytest.fixture
def database(office: object, clock: StandingClock) -> None:
    """An open and empty database: opening the office opens it."""

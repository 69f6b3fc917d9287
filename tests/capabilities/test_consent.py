"""Consent: what was agreed to, in which version, and what is refused without it."""

import asyncio

import pytest

from capabilities.consent import (
    POLICY_VERSION,
    ConsentNeeded,
    PolicyOutdated,
    agree,
    consents_of,
    policy_text,
    require_consent,
)
from capabilities.office import Office
from models.consent import Consent, ConsentScope
from tests.cast import Cast
from tests.stage import everything, refused

POLICY, ID_NUMBER = ConsentScope.POLICY, ConsentScope.ID_NUMBER


class TestAgree:
    async def test_writes_down_who_agreed_to_what_and_when(self, office: Office, cast: Cast) -> None:
        someone = await cast.visitor()
        await agree(office, await someone.caller(), version=POLICY_VERSION, scopes=[POLICY, ID_NUMBER])
        rows = await Consent.all().order_by("id")
        assert [(row.person_id, row.scope, row.policy_version, row.given_at) for row in rows] == [
            (someone.id, POLICY, POLICY_VERSION, office.now()),
            (someone.id, ID_NUMBER, POLICY_VERSION, office.now()),
        ]

    @pytest.mark.parametrize("version", ["2019-05-28", "2999-01-01", "", POLICY_VERSION + " "])
    async def test_refuses_a_policy_that_is_not_in_force(self, office: Office, cast: Cast, version: str) -> None:
        who = await (await cast.visitor()).caller()
        refusal = await refused(PolicyOutdated, agree(office, who, version=version, scopes=[POLICY]))
        assert refusal.facts == {"policy_version": POLICY_VERSION}

    async def test_counts_twice_once(self, office: Office, cast: Cast) -> None:
        who = await (await cast.visitor()).caller()
        await agree(office, who, version=POLICY_VERSION, scopes=[POLICY, POLICY])
        before = await everything()
        assert [row.scope for row in await agree(office, who, version=POLICY_VERSION, scopes=[POLICY])] == [POLICY]
        assert await everything() == before

    async def test_counts_many_at_once_once(self, office: Office, cast: Cast) -> None:
        who = await (await cast.visitor()).caller()
        answers = await asyncio.gather(
            *(agree(office, who, version=POLICY_VERSION, scopes=[POLICY, ID_NUMBER]) for _ in range(8))
        )
        assert await Consent.all().count() == 2
        assert all([row.scope for row in rows] == [POLICY, ID_NUMBER] for rows in answers)

    async def test_gives_a_withdrawn_consent_anew_beside_the_old_proof(self, office: Office, cast: Cast) -> None:
        who = await (await cast.scientist()).caller()
        await Consent.filter(person_id=who.person_id).update(withdrawn_at=office.now())
        await agree(office, who, version=POLICY_VERSION, scopes=[POLICY])
        assert [row.scope for row in await consents_of(who)] == [POLICY]
        assert await Consent.filter(person_id=who.person_id).count() == 3


class TestRequireConsent:
    async def test_is_content_with_what_was_given(self, cast: Cast) -> None:
        await require_consent((await cast.scientist()).id, POLICY, ID_NUMBER)

    async def test_names_every_scope_that_is_missing(self, cast: Cast) -> None:
        refusal = await refused(ConsentNeeded, require_consent((await cast.visitor()).id, POLICY, ID_NUMBER))
        assert refusal.facts == {"policy_version": POLICY_VERSION, "scopes": ["policy", "id_number"]}

    async def test_names_only_what_is_missing(self, cast: Cast) -> None:
        someone = await cast.scientist()
        await Consent.filter(scope=ID_NUMBER).update(withdrawn_at=cast.office.now())
        refusal = await refused(ConsentNeeded, require_consent(someone.id, POLICY, ID_NUMBER))
        assert refusal.facts["scopes"] == ["id_number"]

    async def test_is_not_content_with_an_older_policy(self, cast: Cast) -> None:
        someone = await cast.scientist()
        await Consent.all().update(policy_version="2019-05-28")
        refusal = await refused(ConsentNeeded, require_consent(someone.id, POLICY))
        assert refusal.facts["scopes"] == ["policy"]

    async def test_is_not_content_with_anothers_consent(self, cast: Cast) -> None:
        await cast.scientist()
        await refused(ConsentNeeded, require_consent((await cast.visitor()).id, POLICY))


class TestPolicyText:
    @pytest.mark.parametrize("duty", ["处理者", "为什么收集", "收集什么", "敏感个人信息", "保存多久", "您的权利"])
    def test_says_what_the_law_asks_for(self, duty: str) -> None:
        """个人信息保护法 第十七条."""
        assert duty in policy_text()

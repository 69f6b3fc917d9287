"""Logging in and out, told through WeChat's double."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from capabilities.caller import SessionEnded, caller_with
from capabilities.log_in import DOUBLE_TAP, REFUSALS, AccountClosed, OpenedSession, log_in, log_out
from capabilities.office import Office
from kit.clock import StandingClock
from kit.errors import Refusal
from kit.seals import decode
from models.fields import blind
from models.person import Person
from models.session import Login, Session
from tests.cast import Cast
from tests.doubles import FakeWeChat
from tests.stage import everything, refused
from wechat.answers import Identity
from wechat.errors import LoginCodeRefused, WeChatUnavailable

CODE = "code-of-batuer"
PHONE, OTHER_PHONE = "10.0.0.1|MicroMessenger", "10.0.0.2|MicroMessenger"


@dataclass
class HeldWeChat(FakeWeChat):
    """A WeChat that answers a log-in only once it is let go."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def exchange_login_code(self, code: str) -> Identity:
        self.asked.set()
        await self.let_go.wait()
        return await super().exchange_login_code(code)


@pytest.fixture
def held(office: Office) -> HeldWeChat:
    office.wechat = HeldWeChat()
    return office.wechat


async def counts() -> tuple[int, int, int]:
    """People, sessions, uses of a code."""
    return await Person.all().count(), await Session.all().count(), await Login.all().count()


class TestLogIn:
    async def test_opens_a_session_of_thirty_days_for_whom_wechat_names(self, office: Office) -> None:
        opened = await log_in(office, CODE, phone=PHONE)
        assert (await Person.known_as("openid-batuer")) == opened.person
        assert opened.session.expires_at == office.now() + timedelta(days=30)
        assert (await caller_with(office, opened.token)).person_id == opened.person.id

    async def test_knows_the_same_person_again_on_another_phone(self, office: Office) -> None:
        first = await log_in(office, CODE + "#1", phone=PHONE)
        second = await log_in(office, CODE + "#2", phone=OTHER_PHONE)
        assert second.person == first.person
        assert second.token != first.token
        assert await counts() == (1, 2, 2)

    async def test_makes_one_person_of_two_first_log_ins_at_once(self, office: Office) -> None:
        opened = await asyncio.gather(*(log_in(office, f"{CODE}#{n}", phone=f"phone-{n}") for n in range(8)))
        assert len({each.person.id for each in opened}) == 1
        assert await counts() == (1, 8, 8)

    async def test_leaves_a_token_unreadable_in_logs(self, office: Office) -> None:
        opened = await log_in(office, CODE, phone=PHONE)
        assert opened.token not in repr(opened)

    async def test_makes_tokens_of_at_least_128_bits_that_never_repeat(self, office: Office) -> None:
        tokens = [(await log_in(office, f"{CODE}#{n}", phone=PHONE)).token for n in range(50)]
        assert len(set(tokens)) == 50
        raw = [decode(token) or b"" for token in tokens]
        assert min(map(len, raw)) * 8 >= 128
        # No part is the same in all of them, as it would be in a counter or a prefix.
        assert all(len({each[place] for each in raw}) > 1 for place in range(len(raw[0])))

    async def test_stores_neither_token_nor_code_nor_openid_in_clear(self, office: Office) -> None:
        opened = await log_in(office, CODE, phone=PHONE)
        stored = await raw_values()
        # The control: what is stored in clear is found by the same search.
        assert opened.session.token_hash.encode() in stored
        for secret in (opened.token.encode(), decode(opened.token), CODE.encode(), b"openid-batuer", PHONE.encode()):
            assert secret is not None
            assert secret not in stored

    @pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.__name__)
    async def test_passes_on_what_wechat_refuses_and_makes_nobody(
        self, office: Office, wechat: FakeWeChat, refusal: type[Refusal]
    ) -> None:
        wechat.refusal = refusal()
        await refused(refusal, log_in(office, CODE, phone=PHONE), writes=["login"])
        assert await counts() == (0, 0, 1)

    @pytest.mark.parametrize("code", ["false", "code-of", "code-of-batuer#spent", "", "💥"])
    async def test_refuses_a_false_or_spent_code(self, office: Office, wechat: FakeWeChat, code: str) -> None:
        wechat.spent.add("code-of-batuer#spent")
        await refused(LoginCodeRefused, log_in(office, code, phone=PHONE), writes=["login"])

    async def test_refuses_an_account_that_is_closed_in_this_very_moment(self, office: Office) -> None:
        opened = await log_in(office, CODE, phone=PHONE)
        await Person.filter(id=opened.person.id).update(closed_at=office.now())
        await refused(AccountClosed, log_in(office, CODE + "#2", phone=PHONE), writes=["login"])
        await refused(AccountClosed, log_in(office, CODE + "#2", phone=PHONE))


class TestSecondTap:
    async def test_gets_the_first_ones_token(self, office: Office, wechat: FakeWeChat) -> None:
        first, second = await log_in(office, CODE, phone=PHONE), await log_in(office, CODE, phone=PHONE)
        assert (second.token, second.session, second.person) == (first.token, first.session, first.person)
        assert (wechat.exchanged, await counts()) == (1, (1, 1, 1))

    async def test_gets_the_first_ones_token_when_all_come_at_once(self, office: Office, wechat: FakeWeChat) -> None:
        opened = await asyncio.gather(*(log_in(office, CODE, phone=PHONE) for _ in range(8)))
        assert len({each.token for each in opened}) == 1
        assert (wechat.exchanged, await counts()) == (1, (1, 1, 1))

    async def test_waits_while_wechat_thinks_about_the_first(self, office: Office, held: HeldWeChat) -> None:
        first = asyncio.create_task(log_in(office, CODE, phone=PHONE))
        await held.asked.wait()
        second = asyncio.create_task(log_in(office, CODE, phone=PHONE))
        done, _ = await asyncio.wait([second], timeout=0.3)
        assert not done
        held.let_go.set()
        assert (await second).token == (await first).token
        assert held.exchanged == 1

    async def test_of_another_phone_is_not_kept_waiting(self, office: Office, held: HeldWeChat) -> None:
        first = asyncio.create_task(log_in(office, CODE, phone=PHONE))
        await held.asked.wait()
        async with asyncio.timeout(1):
            await refused(LoginCodeRefused, log_in(office, CODE, phone=OTHER_PHONE))
        held.let_go.set()
        assert isinstance(await first, OpenedSession)

    async def test_of_another_phone_is_refused(self, office: Office, wechat: FakeWeChat) -> None:
        await log_in(office, CODE, phone=PHONE)
        await refused(LoginCodeRefused, log_in(office, CODE, phone=OTHER_PHONE))
        assert wechat.exchanged == 1

    async def test_counts_within_a_minute_and_not_after(self, office: Office, clock: StandingClock) -> None:
        first = await log_in(office, CODE, phone=PHONE)
        clock.advance(DOUBLE_TAP)
        assert (await log_in(office, CODE, phone=PHONE)).token == first.token
        clock.advance(timedelta(seconds=1))
        await refused(LoginCodeRefused, log_in(office, CODE, phone=PHONE))

    @pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.__name__)
    async def test_is_refused_as_the_first_was(
        self, office: Office, wechat: FakeWeChat, refusal: type[Refusal]
    ) -> None:
        wechat.refusal = refusal()
        await refused(refusal, log_in(office, CODE, phone=PHONE), writes=["login"])
        wechat.refusal = None
        await refused(refusal, log_in(office, CODE, phone=PHONE))
        assert wechat.exchanged == 1

    async def test_ends_its_patience_when_the_first_never_finished(self, office: Office) -> None:
        """The process of the first tap was killed while WeChat thought; this waits the six seconds out."""
        await Login.create(
            code_index=blind(CODE, kind="login-code"), caller_index=blind(PHONE, kind="phone"), at=office.now()
        )
        await refused(WeChatUnavailable, log_in(office, CODE, phone=PHONE))


class TestLogOut:
    async def test_ends_this_session_and_no_other(self, office: Office) -> None:
        phone = await log_in(office, CODE + "#1", phone=PHONE)
        tablet = await log_in(office, CODE + "#2", phone=OTHER_PHONE)
        await log_out(office, await caller_with(office, phone.token))
        await refused(SessionEnded, caller_with(office, phone.token))
        assert (await caller_with(office, tablet.token)).session_id == tablet.session.id

    async def test_leaves_other_people_in(self, office: Office, cast: Cast) -> None:
        batuer, siqin = await cast.visitor(), await cast.visitor()
        await log_out(office, await batuer.caller())
        assert (await siqin.caller()).person_id == siqin.id


class TestRotation:
    def rotated(self, office: Office) -> Office:
        return replace(office, secret=b"n" * 40, previous_secret=office.secret)

    async def test_of_the_secret_leaves_sessions_open(self, office: Office) -> None:
        opened = await log_in(office, CODE, phone=PHONE)
        assert (await caller_with(self.rotated(office), opened.token)).person_id == opened.person.id

    async def test_between_two_taps_opens_nothing_false(self, office: Office) -> None:
        await log_in(office, CODE, phone=PHONE)
        second = await log_in(self.rotated(office), CODE, phone=PHONE)
        await refused(SessionEnded, caller_with(self.rotated(office), second.token))


async def raw_values() -> bytes:
    """Everything that the database holds, as it is written there."""
    cells = [cell for rows in (await everything()).values() for row in rows for cell in row.values()]
    return b"\0".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)

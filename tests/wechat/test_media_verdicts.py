"""From a picture in a greeting to what becomes of it, through the simulated WeChat and its pushes, end to end."""

from datetime import timedelta

import pytest

from capabilities import machine_check
from capabilities.machine_check import ASK, GIVEN_UP_AFTER
from models.fields import blind
from models.greeting import Greeting, GreetingStatus
from models.media_check import MediaCheck
from models.media_verdict import MediaVerdict
from models.person import Person
from models.transition import Transition
from tests.conftest import settings_for
from tests.judged import do_jobs, picture, states_of, submitted, voice
from tests.letters import ADDRESS, AES_KEY, APP_ID, TOKEN
from wechat.simulator.state import Account

PNG = b"\x89PNG\r\n\x1a\n a picture"
MP3 = b"ID3 a voice"
FORGERIES = ["token", "key", "app_id", "body", "stale", "plain"]


class Hasty:
    """Asks as our mini-program does, and has its verdict pushed before it hears under which trace id."""

    def __init__(self, mini_program, hand):
        self._mini_program, self._hand = mini_program, hand

    def __getattr__(self, name):
        return getattr(self._mini_program, name)

    async def check_media(self, *about, **more):
        trace_id = await self._mini_program.check_media(*about, **more)
        await self._hand("media-checks", trace_id=trace_id, suggest="risky", label=20002)
        return trace_id


@pytest.fixture
def mini():
    return Account(APP_ID, "mini-secret-canary")


@pytest.fixture
def settings(database_url):
    return settings_for(database_url, wechat_push_token=TOKEN, wechat_push_aes_key=AES_KEY)


@pytest.fixture
def wechat(mini_program):
    return mini_program


@pytest.fixture
async def writer(cast, simulated):
    """Somebody who uses the mini-program just now, as WeChat knows too."""
    someone, openid = await cast.scientist(), simulated.visitor()
    await Person.filter(id=someone.id).update(openid=openid, openid_index=blind(openid, kind="openid"))
    return someone


@pytest.fixture
def pushes(simulated, app):
    """WeChat delivers to our server: by default sealed, in JSON."""

    def go(mode="safe", form="json"):
        simulated.push_to(app.ctx.base_url + ADDRESS, mode, form, token=TOKEN)

    go()
    return go


@pytest.fixture
def write(office, writer, our_server):
    """A greeting with a picture and a voice, about both of which WeChat was asked."""
    our_server.files = {"/picture": PNG, "/voice": MP3}

    async def address_of(_, part):
        return f"{our_server.base}/{part.piece}"

    async def work(office, about):
        await machine_check.ask(office, about, address_of=address_of)

    async def go(*parts):
        row = await submitted(office, writer, parts or [picture(), voice()])
        await do_jobs(office, {ASK: work})
        return row

    return go


async def status_of(row):
    return (await Greeting.get(id=row.id)).status


class TestVerdict:
    @pytest.mark.parametrize("form", ["xml", "json"])
    @pytest.mark.parametrize("mode", ["safe", "compatible"])
    async def test_passes_a_harmless_picture_and_voice_on_to_a_person(self, office, pushes, write, hand, mode, form):
        pushes(mode, form)
        row = await write()
        assert await status_of(row) is GreetingStatus.SUBMITTED
        await hand("media-checks")
        await do_jobs(office)
        assert await states_of(row.id) == [("picture", "answered", "pass"), ("voice", "answered", "pass")]
        assert await status_of(row) is GreetingStatus.PENDING_REVIEW

    async def test_refuses_what_is_risky(self, office, pushes, write, hand):
        row = await write()
        await hand("media-checks", suggest="risky", label=20002)
        await do_jobs(office)
        assert await status_of(row) is GreetingStatus.REJECTED
        assert {check.label for check in await MediaCheck.filter(subject_id=row.id)} == {20002}

    async def test_that_wechat_could_not_reach_is_a_persons(self, office, pushes, write, hand, our_server):
        row = await write()
        our_server.files.clear()
        await hand("media-checks")
        await do_jobs(office)
        assert {check.fault for check in await MediaCheck.filter(subject_id=row.id)} == {"wechat -1008"}
        assert await status_of(row) is GreetingStatus.PENDING_REVIEW

    async def test_pushed_twice_counts_once(self, office, pushes, write, hand):
        row = await write()
        await hand("media-checks")
        for push_id in (1, 2):
            assert await hand("pushes/duplicate", push_id=push_id) == {"status": 200}
        await do_jobs(office)
        assert await Transition.filter(subject_id=row.id).count() == 1
        assert await MediaVerdict.all().count() == 2

    async def test_replayed_counts_once(self, office, pushes, write, hand, clock):
        row = await write(picture())
        await hand("media-checks")
        await do_jobs(office)
        assert await hand("pushes/replay", push_id=1) == {"status": 200}
        clock.advance(timedelta(minutes=6))
        assert await hand("pushes/replay", push_id=1) == {"status": 403}
        assert await Transition.filter(subject_id=row.id).count() == 1

    @pytest.mark.parametrize("how", FORGERIES)
    async def test_forged_changes_nothing(self, office, simulated, pushes, write, hand, app, how):
        row = await write(picture())
        await hand("pushes/hold", is_held=True)
        await hand("media-checks", suggest="pass")
        forged = await hand("pushes/forge", push_id=1, how=how)
        await do_jobs(office)
        assert forged["status"] in {400, 403}
        assert await MediaVerdict.all().count() == 0
        assert await status_of(row) is GreetingStatus.SUBMITTED

    async def test_before_our_row_is_found_afterwards(self, office, pushes, write, hand, mini_program):
        office.wechat = Hasty(mini_program, hand)
        row = await write(picture())
        assert await states_of(row.id) == [("picture", "answered", "risky")]
        assert await status_of(row) is GreetingStatus.REJECTED

    async def test_that_never_comes_leaves_it_to_a_person(self, office, pushes, write, clock):
        row = await write()
        clock.advance(GIVEN_UP_AFTER + timedelta(seconds=1))
        assert await machine_check.give_up_media_checks(office) == 2
        await do_jobs(office)
        assert await status_of(row) is GreetingStatus.PENDING_REVIEW

    async def test_is_not_asked_of_who_has_left(self, office, pushes, write, simulated, clock):
        """Two hours after somebody used the mini-program WeChat judges nothing of theirs."""
        clock.advance(timedelta(hours=2, minutes=1))
        row = await write(picture())
        assert [check.fault for check in await MediaCheck.filter(subject_id=row.id)] == ["PersonMustDecide"]
        assert await status_of(row) is GreetingStatus.PENDING_REVIEW

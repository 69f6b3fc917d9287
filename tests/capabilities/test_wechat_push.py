"""To each kind of push the capability that it concerns."""

from capabilities.office import Office
from capabilities.wechat_push import take
from models.media_verdict import MediaVerdict
from tests.cast import Cast
from tests.reminders import TEMPLATES, allow, left
from tests.stage import everything
from wechat.push_events import MediaVerdictPush, OtherPush, SubscribePush


class TestTake:
    async def test_writes_a_verdict_down(self, office: Office) -> None:
        await take(office, MediaVerdictPush("trace-1", "review", 20012, None))
        row = await MediaVerdict.get(trace_id="trace-1")
        assert (row.suggest, row.label, row.errcode, row.heard_at) == ("review", 20012, None, office.now())

    async def test_passes_over_what_nothing_waits_for(self, office: Office) -> None:
        before = await everything()
        await take(office, OtherPush("user_enter_tempsession"))
        assert await everything() == before

    async def test_takes_away_what_a_person_switched_off(self, office: Office, cast: Cast) -> None:
        office.templates = TEMPLATES
        someone = await cast.visitor()
        await allow(someone)
        await take(office, SubscribePush("change", someone.person.openid, [("template-result", "reject")]))
        assert await left(someone) == 0

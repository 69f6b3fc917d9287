"""Pictures and sounds are judged by WeChat, later and by a push."""

from capabilities import machine_check
from capabilities.office import Office
from models.media_verdict import MediaVerdict
from wechat.push_events import MediaVerdictPush


class TestHear:
    async def test_lets_the_first_word_stand(self, office: Office) -> None:
        assert await machine_check.hear(office, MediaVerdictPush("trace-1", "risky", 20002, None))
        assert not await machine_check.hear(office, MediaVerdictPush("trace-1", "pass", 100, None))
        assert (await MediaVerdict.get(trace_id="trace-1")).suggest == "risky"

"""Take what WeChat tells us unasked (消息推送): to each kind the capability that it concerns."""

import structlog

from capabilities import machine_check, message
from capabilities.office import Office
from wechat.push_events import MediaVerdictPush, Push, SubscribePush

log = structlog.get_logger(__name__)


async def take(office: Office, push: Push) -> None:
    """Write down what was told, which is quick; what follows from it is done afterwards. Twice told is once done."""
    if isinstance(push, MediaVerdictPush):
        await machine_check.hear(office, push)
        return
    if isinstance(push, SubscribePush):
        await message.note_subscription(office, push)
        return
    log.info("wechat_push_passed_over", kind=type(push).__name__)

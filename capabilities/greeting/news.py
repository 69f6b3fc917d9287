"""Tell the sender what was decided on their greeting."""

from capabilities import message
from capabilities.office import Office
from models.greeting import Greeting, GreetingStatus
from models.message import MessageKind

# At most five characters, as WeChat's template takes them.
OUTCOMES = {
    GreetingStatus.ACCEPTED: "已通过",
    GreetingStatus.RETURNED: "请修改",
    GreetingStatus.REJECTED: "未通过",
    GreetingStatus.PENDING_REVIEW: "重新审核",
}


async def tell_decision(office: Office, greeting: Greeting, outcome: GreetingStatus, reason: str | None) -> None:
    """In the transaction of the decision. `greeting` is as it was before it; `reason` is in words."""
    is_appeal = greeting.appeal_words is not None and outcome is not GreetingStatus.PENDING_REVIEW
    kind = MessageKind.APPEAL_DECIDED if is_appeal else MessageKind.GREETING_DECIDED
    about = {"outcome": OUTCOMES[outcome]} | ({"reason": reason} if reason else {})
    key = f"greeting:{greeting.id}:{greeting.version}:{outcome}:{office.now():%Y%m%dT%H%M%S.%f}"
    await message.tell(office, greeting.person_id, kind, about=about, key=key)

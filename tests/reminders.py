"""Reminders in the tests' stories: what an office needs to send them, who allowed them, and their sending."""

from uuid import UUID

from capabilities import message
from capabilities.job import run_due
from capabilities.message import Answers, note_answers
from capabilities.office import Office
from models.message import Credit, Message, MessageKind, ReminderKind
from server.works import WORKS
from tests.cast import Someone
from tests.doubles import FakeWeChat
from wechat.reminder import ReminderTemplate

KEYS = {"subject": "thing1", "outcome": "phrase2", "time": "time3", "note": "thing4"}
TEMPLATES = {kind: ReminderTemplate(f"template-{kind}", KEYS) for kind in ReminderKind}
RESULT = MessageKind.APPEAL_DECIDED
ABOUT = {"title": "科普讲座", "outcome": "已支持", "event_id": "1"}


async def allow(someone: Someone, kind: ReminderKind = ReminderKind.RESULT, times: int = 1) -> None:
    """The person taps "allow" so many times."""
    for _ in range(times):
        await note_answers(someone.office, await someone.caller(), Answers(accepted=[kind]))


async def tell(someone: Someone, key: str = "1", kind: MessageKind = RESULT, event_id: UUID | None = None) -> Message:
    await message.tell(someone.office, someone.id, kind, about=ABOUT, key=key, event_id=event_id)
    return await Message.get(person_id=someone.id, key=key)


async def run(office: Office) -> None:
    """Do every job that is due."""
    while await run_due(office, WORKS):
        pass


async def again(told: Message) -> Message:
    """As it stands in the database now."""
    return await Message.get(id=told.id)


async def left(someone: Someone, kind: ReminderKind = ReminderKind.RESULT) -> int:
    return await Credit.left([someone.id], [kind]).count()


def wechat_of(office: Office) -> FakeWeChat:
    assert isinstance(office.wechat, FakeWeChat)
    return office.wechat

"""Messages (消息): tell people what happened, in their inbox and, as far as they allow it, by a WeChat reminder.

One acceptance is one reminder, at most two per person and event, none at night, none twice.
"""

from capabilities.message.credits import Answers, Standing, note_answers, standing
from capabilities.message.inbox import NoSuchMessage, mine, read, read_all, unread
from capabilities.message.news import SEND, News, tell, tell_all, tell_each
from capabilities.message.outbox import expire_unsent, give_up_unanswered, send
from capabilities.message.pushed import note_subscription
from capabilities.message.wording import moment, pages

__all__ = [
    "SEND",
    "Answers",
    "News",
    "NoSuchMessage",
    "Standing",
    "expire_unsent",
    "give_up_unanswered",
    "mine",
    "moment",
    "note_answers",
    "note_subscription",
    "pages",
    "read",
    "read_all",
    "send",
    "standing",
    "tell",
    "tell_all",
    "tell_each",
    "unread",
]

"""Run events (活动): draft, change, publish, cancel, close; and find the published ones."""

from capabilities.event.draft import (
    MAIN_DOOR,
    EventChanges,
    EventFields,
    NewEvent,
    NewShift,
    add_shift,
    change,
    create,
    span,
)
from capabilities.event.find import (
    EventSearch,
    for_everyone,
    for_organizer,
    of_staff,
    search,
)
from capabilities.event.publish import (
    cancel,
    close,
    needs_review,
    publish,
    require_complete,
)
from capabilities.event.refusals import (
    EventChangedMeanwhile,
    EventIncomplete,
    EventInvalid,
    EventNotOpenToChange,
    NoCampaign,
    NoSuchEvent,
)
from capabilities.event.told import TELL, reminders_of, tell_enrolled

__all__ = [
    "MAIN_DOOR",
    "TELL",
    "EventChangedMeanwhile",
    "EventChanges",
    "EventFields",
    "EventIncomplete",
    "EventInvalid",
    "EventNotOpenToChange",
    "EventSearch",
    "NewEvent",
    "NewShift",
    "NoCampaign",
    "NoSuchEvent",
    "add_shift",
    "cancel",
    "change",
    "close",
    "create",
    "for_everyone",
    "for_organizer",
    "needs_review",
    "of_staff",
    "publish",
    "reminders_of",
    "require_complete",
    "search",
    "span",
    "tell_enrolled",
]

"""Presence (在场): at which points somebody is now, by the passages that count; attendance does not follow from it.

At a point somebody is present whose last passage there is a check-in, unless a later passage has led away:

- all entrances are one place, and whoever is in is told under the entrance passed last;
- a check-in at a point that `leaves_others` ends presence at every other point, entrances too;
- a check-out at an entrance leaves the event, and with it every point.

Leaving a point is no check-out (签退): who went on to the next hall still attends the event.
"""

from collections.abc import Sequence
from uuid import UUID

from capabilities.judging import NO_POINT, Passage, ordered
from models.scan import Direction


def present_at(passages: Sequence[Passage]) -> frozenset[UUID]:
    """The points where somebody is after these passages, in whatever order they are given.

    `models/presence.py` counts by the same rule for a whole event.
    """
    here: dict[UUID, UUID] = {}
    for each in ordered(passages):
        is_in = each.direction is Direction.IN
        place = NO_POINT if each.is_entrance else each.point_id
        here.pop(place, None)
        if each.leaves_others if is_in else each.is_entrance:
            here.clear()
        if is_in:
            here[place] = each.point_id
    return frozenset(here.values())

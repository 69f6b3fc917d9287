"""The roster (名册) of an event: for people who run it, as counts, and for phones that judge without a network."""

from capabilities.roster.for_phones import ChangesSince, PhoneRoster, PhoneRow, phone_roster, short
from capabilities.roster.listing import Counts, RosterLine, counts, for_staff, roster

__all__ = [
    "ChangesSince",
    "Counts",
    "PhoneRoster",
    "PhoneRow",
    "RosterLine",
    "counts",
    "for_staff",
    "phone_roster",
    "roster",
    "short",
]

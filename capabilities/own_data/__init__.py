"""Own data (本人信息): where it lies, a copy of it for its person, and the log of what people ask about it."""

from capabilities.own_data.copy import OwnCopy, Section, copy_of
from capabilities.own_data.place import Fate, Place, person_columns, sealed_columns
from capabilities.own_data.places import IMPERSONAL, PLACES
from capabilities.own_data.proof import delete_rows, prove
from capabilities.own_data.requests import RequestKind, note_request

__all__ = [
    "IMPERSONAL",
    "PLACES",
    "Fate",
    "OwnCopy",
    "Place",
    "RequestKind",
    "Section",
    "copy_of",
    "delete_rows",
    "note_request",
    "person_columns",
    "prove",
    "sealed_columns",
]

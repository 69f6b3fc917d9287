"""A guardian (监护人): who consents for somebody who is too young to do so alone."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Guardian(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=50)]
    relation: Annotated[str, Meta(min_length=1, max_length=20)]
    phone: Annotated[str, Meta(min_length=5, max_length=20)]

    @property
    def is_filled_in(self) -> bool:
        """Spaces are no name."""
        return all(part.strip() for part in (self.name, self.relation, self.phone))


def written(guardian: Guardian | None) -> str | None:
    """As text for a sealed column."""
    return msgspec.json.encode(guardian).decode() if guardian else None


def read(text: str | None) -> Guardian | None:
    return msgspec.json.decode(text, type=Guardian) if text else None

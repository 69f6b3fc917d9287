"""What WeChat can judge of an upload: a picture, a sound; of a video its frames and its sound, each by itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from capabilities.office import Office
from models.media_check import MediaPieceKind


@dataclass(frozen=True)
class Part:
    """`piece` names it within its upload: `picture`, `voice`, `frame-1` …, `sound`."""

    upload_id: UUID
    piece: str
    kind: MediaPieceKind


# The address under which WeChat can fetch a part for at least half an hour without a log-in, and nobody can guess.
# Raises a refusal where the upload is gone.
AddressOf = Callable[[Office, Part], Awaitable[str]]

"""Live (实时): what the doors and the wall are at now, pushed to who watches an event."""

from capabilities.live.hub import close
from capabilities.live.watch import TooManyWatch, watch

__all__ = ["TooManyWatch", "close", "watch"]

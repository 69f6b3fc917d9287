"""Place (位置核验): is a phone within so many metres of a point? Only the answer is kept, never where it was."""

from math import asin, cos, radians, sin, sqrt
from typing import Annotated

import msgspec
from msgspec import Meta

from models.doors import PointRow
from models.event import Point
from models.scan import Place

EARTH_RADIUS_M = 6_371_000
# Phones in halls are this unsure of where they are; who is only that far out is not sent away.
ALLOWANCE_M = 100


class Location(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Degrees (GCJ-02, as WeChat gives them and a map in China shows them), and how sure the phone is, in metres."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] = 0


def place_of(location: Location | None, point: Point | PointRow | None) -> Place:
    """Unknown where the phone said nothing or the point asks for nothing: that keeps nobody out."""
    if location is None or point is None:
        return Place.UNKNOWN
    latitude, longitude, radius = point.latitude, point.longitude, point.radius_m
    if latitude is None or longitude is None or radius is None:
        return Place.UNKNOWN
    allowed = radius + min(location.accuracy_m, ALLOWANCE_M)
    away = metres_between(location.latitude, location.longitude, latitude, longitude)
    return Place.INSIDE if away <= allowed else Place.OUTSIDE


def metres_between(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Along the great circle (haversine), which is right to within half a percent."""
    phi, other_phi = radians(latitude), radians(other_latitude)
    across = sin((other_phi - phi) / 2) ** 2
    along = cos(phi) * cos(other_phi) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(across + along))

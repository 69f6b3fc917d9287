"""A crowd, and a second office beside the first."""

import dataclasses

import pytest

from capabilities.office import Office
from models.database import transaction
from tests.cast import Cast, Someone

CROWD = 200


@pytest.fixture
async def crowd(cast: Cast) -> list[Someone]:
    """Two hundred approved volunteers."""
    async with transaction():
        return [await cast.volunteer() for _ in range(CROWD)]


@pytest.fixture
def beside(office: Office) -> Office:
    """Another office at the same database, with batches of its own: what a second process has."""
    return dataclasses.replace(office)

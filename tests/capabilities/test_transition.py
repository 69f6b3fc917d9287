"""The log of every change of state."""

from uuid import uuid4

import pytest

from capabilities.office import Office
from capabilities.transition import note
from models.database import transaction
from models.transition import Transition
from models.volunteer import VolunteerStatus
from tests.stage import everything


class TestNote:
    async def test_says_who_what_from_to_when_and_why(self, office: Office) -> None:
        subject, actor = uuid4(), uuid4()
        await note(
            "volunteer", subject, actor, VolunteerStatus.SUBMITTED, VolunteerStatus.RETURNED, office.now(), "请补正"
        )
        line = await Transition.get(subject_id=subject)
        assert (line.subject, line.actor_id, line.before, line.after) == ("volunteer", actor, "submitted", "returned")
        assert (line.at, line.reason) == (office.now(), "请补正")

    async def test_leaves_open_what_there_was_not(self, office: Office) -> None:
        await note("event", uuid4(), None, None, "draft", office.now())
        line = await Transition.get(subject="event")
        assert (line.actor_id, line.before, line.reason) == (None, None, None)

    async def test_goes_back_with_the_change_that_failed(self, office: Office) -> None:
        before = await everything()

        async def change() -> None:
            async with transaction():
                await note("event", uuid4(), None, None, "draft", office.now())
                raise KeyError("the change itself")

        with pytest.raises(KeyError):
            await change()
        assert await everything() == before

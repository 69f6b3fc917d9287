"""The caller's own enrolments, with the place in the queue."""

from collections.abc import Sequence
from uuid import UUID

from capabilities.caller import Caller
from capabilities.office import Office
from models.enrolment_rows import EnrolmentRow, of_people


async def mine(office: Office, who: Caller) -> Sequence[EnrolmentRow]:
    """All enrolments of the caller, newest first, each with its place in the queue where it waits."""
    return await office.together(_of_each, who.person_id)


async def _of_each(_: Office, person_ids: Sequence[UUID]) -> list[Sequence[EnrolmentRow]]:
    """Of all who ask in one moment, read in one statement that began after the last of them asked."""
    found = await of_people(set(person_ids))
    return [found[person_id] for person_id in person_ids]

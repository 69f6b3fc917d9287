"""Close an account (关闭账号): from this commit on it opens nothing, and a job sweeps up what is left of it."""

from datetime import datetime, timedelta
from uuid import UUID

from capabilities import job
from capabilities.caller import rights_changed
from capabilities.office import Office
from models.person import Person

SWEEP = "leaving.sweep"
# The longest write that was let in before is over by then.
SWEEP_AFTER = timedelta(minutes=2)


async def close_account(office: Office, person_id: UUID, now: datetime) -> bool:
    """Make a tombstone of the person, in the caller's transaction; False where it is one already.

    The id stays, so that what is kept leads somewhere; the index is one that no account can ever have, so that whoever
    logs in with the same WeChat account is somebody new.
    """
    open_one = Person.filter(id=person_id, closed_at=None)
    closed = await open_one.update(openid="", openid_index=f"erased:{person_id.hex}", closed_at=now, restricted_at=None)
    rights_changed(office, person_id)
    if closed:
        about = {"person_id": str(person_id)}
        await job.put(office, SWEEP, about, not_before=now + SWEEP_AFTER, once=f"{SWEEP}:{person_id}")
    return bool(closed)

"""What goes with the words of a greeting: put in, and ordered to be checked, in the transaction that writes them."""

from collections.abc import Sequence
from uuid import UUID

from capabilities import upload
from capabilities.greeting.check import SUBJECT
from capabilities.machine_check import order
from capabilities.office import Office
from models.greeting import Greeting


async def put_in(office: Office, greeting: Greeting, upload_ids: Sequence[UUID] | None) -> None:
    """Make the uploads of this version these; None leaves what is there. Raises `UploadsUnfit`.

    What stays is checked again too: a verdict holds for one version.
    """
    if upload_ids is not None:
        await upload.attach(greeting.id, greeting.person_id, upload_ids, office.now())
    uploads = (await upload.of([greeting.id]))[greeting.id]
    parts = upload.parts_to_check(uploads)
    if parts:
        await order(office, SUBJECT, greeting.id, greeting.version, greeting.person_id, parts)

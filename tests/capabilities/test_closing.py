"""A closed account opens nothing, is swept up later, and its WeChat account begins anew."""

from capabilities.closing import SWEEP, SWEEP_AFTER, close_account
from capabilities.office import Office
from models.database import transaction
from models.job import Job
from models.person import Person
from tests.cast import Cast


class TestCloseAccount:
    async def test_leaves_an_id_that_no_account_leads_to(self, office: Office, cast: Cast) -> None:
        someone = await cast.visitor()
        openid = someone.person.openid
        assert await Person.known_as(openid) is not None
        async with transaction():
            assert await close_account(office, someone.id, office.now())
        left = await Person.get(id=someone.id)
        assert (left.openid, left.closed_at) == ("", office.now())
        assert await Person.known_as(openid) is None

    async def test_orders_the_sweep_once(self, office: Office, cast: Cast) -> None:
        someone = await cast.visitor()
        async with transaction():
            assert await close_account(office, someone.id, office.now())
            assert not await close_account(office, someone.id, office.now())
        order = await Job.get(work=SWEEP)
        assert (order.run_at, order.about) == (office.now() + SWEEP_AFTER, {"person_id": str(someone.id)})

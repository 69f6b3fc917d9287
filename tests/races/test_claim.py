"""A claim is made at the moment in which one of its sides goes: refused or ended with them, and never left open."""

import asyncio
from collections import Counter

import pytest

from capabilities.claim import ClaimForm, NothingToClaim, make
from capabilities.consent import ConsentNeeded
from capabilities.leaving import Receipt, Withdrawn, erase, withdraw_consent
from capabilities.office import Office
from capabilities.registration import RegistrationForm, RegistrationLocked, save
from models.claim import Claim, ClaimStatus
from models.volunteer import Volunteer
from tests.capabilities.forms import FILLED
from tests.cast import Cast, Someone

ROUNDS = 8
# What may be said to the two of them; a deadlock or a fault of ours is none of it.
ANSWERS = {Claim, NothingToClaim, RegistrationLocked, ConsentNeeded, Receipt, Withdrawn}


async def fields_for(holder: Someone) -> dict[str, object]:
    number = (await Volunteer.get(person_id=holder.id)).id_number
    return FILLED | {"id_type": "99", "id_number": number}


async def goes(someone: Someone, how: str) -> Receipt | Withdrawn:
    who = await someone.caller()
    return await (erase(someone.office, who) if how == "erase" else withdraw_consent(someone.office, who, how))


class TestMake:
    @pytest.mark.parametrize("side", ["holder", "claimant"])
    @pytest.mark.parametrize("how", ["erase", "id_number"])
    async def test_leaves_nothing_open_where_a_side_goes(
        self, office: Office, beside: Office, cast: Cast, side: str, how: str
    ) -> None:
        seen: Counter[type] = Counter()
        for turn in range(ROUNDS):
            holder, claimant = await cast.volunteer(), await cast.scientist()
            who, fields = await claimant.caller(), await fields_for(holder)
            await save(office, who, RegistrationForm(**fields, submit=False))  # type: ignore[arg-type]
            form = ClaimForm(**fields, statement="这是我本人的登记")  # type: ignore[arg-type]
            going = goes(holder if side == "holder" else claimant, how)
            asking = make(beside, who, form)
            pair = (going, asking) if turn % 2 else (asking, going)
            seen.update(type(each) for each in await asyncio.gather(*pair, return_exceptions=True))
            assert not await Claim.filter(status=ClaimStatus.OPEN).exists()
        assert set(seen) <= ANSWERS

"""Who stands as a volunteer at this moment, and what those who do not are told."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from capabilities.office import Office
from capabilities.registration import (
    NoSuchRegistration,
    RegistrationNotApproved,
    RegistrationSuspended,
    mine,
    require_approved,
    standing_refusal,
)
from kit.errors import Refusal
from models.volunteer import Volunteer, VolunteerStatus
from tests.capabilities.forms import volunteer
from tests.cast import Cast
from tests.stage import refused


class TestRequireApproved:
    BARRED: ClassVar[dict[VolunteerStatus, type[Refusal]]] = {VolunteerStatus.SUSPENDED: RegistrationSuspended}

    @pytest.mark.parametrize("status", [each for each in VolunteerStatus if each is not VolunteerStatus.APPROVED])
    async def test_refuses_every_other_state(self, office: Office, cast: Cast, status: VolunteerStatus) -> None:
        someone = await cast.volunteer()
        until = office.now() + timedelta(days=1)
        await Volunteer.filter(person_id=someone.id).update(status=status, suspended_until=until)
        await refused(self.BARRED.get(status, RegistrationNotApproved), require_approved(someone.id))

    async def test_refuses_who_never_registered(self, cast: Cast) -> None:
        someone = await cast.visitor()
        await refused(RegistrationNotApproved, require_approved(someone.id))
        await refused(NoSuchRegistration, mine(await someone.caller()))


class TestStandingRefusal:
    """Asked with the moment: a suspension ends on its second, whether somebody has noticed or not."""

    UNTIL = datetime(2019, 6, 30, 16, 0, tzinfo=UTC)

    def suspended(self) -> Volunteer:
        return volunteer(status=VolunteerStatus.SUSPENDED, suspended_until=self.UNTIL)

    def test_names_the_day_in_words_and_facts(self) -> None:
        refusal = standing_refusal(self.suspended(), self.UNTIL - timedelta(seconds=1))
        assert isinstance(refusal, RegistrationSuspended)
        assert "2019年7月1日00:00" in refusal.detail
        assert refusal.facts == {"until": self.UNTIL.isoformat()}

    def test_is_none_once_the_time_is_up(self) -> None:
        assert standing_refusal(self.suspended(), self.UNTIL) is None
        assert standing_refusal(volunteer(status=VolunteerStatus.APPROVED), self.UNTIL) is None

    @pytest.mark.parametrize(
        "status", sorted(set(VolunteerStatus) - {VolunteerStatus.APPROVED, VolunteerStatus.SUSPENDED})
    )
    def test_wants_a_registration_in_force(self, status: VolunteerStatus) -> None:
        assert isinstance(standing_refusal(volunteer(status=status), self.UNTIL), RegistrationNotApproved)

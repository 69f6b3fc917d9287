"""A role is in force from its giving until its end, and not a moment longer."""

from datetime import timedelta

from models.role import Role, RoleName
from tests.cast import Cast


class TestInForce:
    async def test_finds_a_role_without_an_end(self, cast: Cast) -> None:
        admin = await cast.city_admin()
        (role,) = await Role.in_force(cast.office.now()).filter(person_id=admin.id)
        assert role.name is RoleName.CITY_ADMIN

    async def test_ends_at_the_very_moment_it_names(self, cast: Cast) -> None:
        admin, until = await cast.city_admin(), cast.office.now() + timedelta(hours=1)
        await Role.filter(person_id=admin.id).update(until=until)
        assert await Role.in_force(until - timedelta(microseconds=1)).filter(person_id=admin.id).count() == 1
        assert await Role.in_force(until).filter(person_id=admin.id).count() == 0

    async def test_leaves_out_a_role_that_was_taken(self, cast: Cast) -> None:
        admin, now = await cast.city_admin(), cast.office.now()
        await Role.filter(person_id=admin.id).update(taken_at=now, until=now + timedelta(days=1))
        assert await Role.in_force(now).filter(person_id=admin.id).count() == 0

    async def test_leaves_out_the_roles_of_others(self, cast: Cast) -> None:
        await cast.city_admin()
        stranger = await cast.scientist()
        assert await Role.in_force(cast.office.now()).filter(person_id=stranger.id).count() == 0

    async def test_keeps_the_roles_of_one_person_apart(self, cast: Cast) -> None:
        someone, now = await cast.city_admin(), cast.office.now()
        await Role.create(person=someone.person, name=RoleName.MODERATOR, given_at=now, taken_at=now)
        await Role.create(person=someone.person, name=RoleName.AUDITOR, given_at=now, until=now + timedelta(days=1))
        names = {role.name for role in await Role.in_force(now).filter(person_id=someone.id)}
        assert names == {RoleName.CITY_ADMIN, RoleName.AUDITOR}

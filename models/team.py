"""A team (科技志愿服务队) of a unit, in a tree of levels; who belongs to it, and the codes that invite into it."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.functions import Count
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.fields import UtcDatetimeField, key_field
from models.person import Person
from models.unit import Unit

# 中国科协 platform: one volunteer belongs to at most five organisations. The check on `slot` holds the same number.
MAX_TEAMS = 5


class TeamLevel(StrEnum):
    """`domain.md` §3.9, from the top down: 总队, 支队, 大队, 中队（分队）, 小队."""

    CORPS = "corps"
    DETACHMENT = "detachment"
    BRIGADE = "brigade"
    COMPANY = "company"
    SQUAD = "squad"

    def is_above(self, other: "TeamLevel") -> bool:
        levels = list(TeamLevel)
        return levels.index(self) < levels.index(other)


class TeamStatus(StrEnum):
    """`domain.md` §4.2."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACTIVE = "active"
    RETURNED = "returned"
    MERGED = "merged"
    DISSOLVED = "dissolved"


# Who holds a name: a draft holds none, and what has ended gives its name free.
LIVE_TEAM = (TeamStatus.SUBMITTED, TeamStatus.ACTIVE)


class TeamRole(StrEnum):
    """`domain.md` §3.9."""

    LEADER = "leader"
    DEPUTY = "deputy"
    SECRETARY = "secretary"
    ADMIN = "admin"
    LIAISON = "liaison"
    MEMBER = "member"


# Who lets people in and out of their own team without being an organizer.
LEADING = (TeamRole.LEADER, TeamRole.DEPUTY, TeamRole.ADMIN)


class MembershipStatus(StrEnum):
    """`domain.md` §4.2. `declined` is the person's own no; `ended` is a team that ceased to be."""

    APPLIED = "applied"
    INVITED = "invited"
    ACTIVE = "active"
    REJECTED = "rejected"
    DECLINED = "declined"
    LEFT = "left"
    REMOVED = "removed"
    TRANSFERRED = "transferred"
    ENDED = "ended"


LIVE_MEMBERSHIP = (MembershipStatus.APPLIED, MembershipStatus.INVITED, MembershipStatus.ACTIVE)


class Team(Model):
    """`leader` is whom the unit named; who leads now is a membership. `name_key` is the name as it is compared.

    A team that was merged or dissolved keeps its row, its members' past and its dates.
    """

    id: UUID = key_field()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", on_delete=fields.RESTRICT, related_name="teams"
    )
    parent: fields.ForeignKeyNullableRelation["Team"] = fields.ForeignKeyField(
        "models.Team", null=True, on_delete=fields.RESTRICT, related_name="teams_below"
    )
    name = fields.CharField(max_length=40)
    name_key = fields.CharField(max_length=40)
    level = fields.CharEnumField(TeamLevel, max_length=12)
    trade = fields.CharField(max_length=16)
    status = fields.CharEnumField(TeamStatus, max_length=12)
    leader: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="teams_named_to_lead"
    )
    founded_on: date | None = fields.DateField(null=True)
    flag_given_on: date | None = fields.DateField(null=True)
    flag_given_by = fields.CharField(max_length=60, null=True)
    successor: fields.ForeignKeyNullableRelation["Team"] = fields.ForeignKeyField(
        "models.Team", null=True, on_delete=fields.RESTRICT, related_name="teams_taken_in"
    )
    reason = fields.CharField(max_length=300, null=True)
    created_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="teams_drafted"
    )
    created_at = UtcDatetimeField()
    decided_at = UtcDatetimeField(null=True)
    ended_at = UtcDatetimeField(null=True)
    version = fields.IntField(default=1)

    if TYPE_CHECKING:
        unit_id: UUID
        parent_id: UUID | None
        leader_id: UUID | None
        successor_id: UUID | None
        created_by_id: UUID | None

    class Meta:
        table = "team"
        indexes: Any = [
            ("unit_id",),
            ("parent_id",),
            ("leader_id",),
            ("successor_id",),
            ("created_by_id",),
            ("status",),
        ]
        constraints: Any = [
            CheckConstraint(
                check="status NOT IN ('submitted', 'active') OR leader_id IS NOT NULL", name="ck_team_leader_named"
            ),
            CheckConstraint(check="status <> 'active' OR founded_on IS NOT NULL", name="ck_team_active_founded"),
            CheckConstraint(
                check="(status = 'merged') = (successor_id IS NOT NULL)", name="ck_team_merged_into_another"
            ),
            CheckConstraint(check="successor_id <> id AND parent_id <> id", name="ck_team_not_its_own"),
            CheckConstraint(
                check="status NOT IN ('returned', 'merged', 'dissolved') OR reason IS NOT NULL",
                name="ck_team_ended_with_reason",
            ),
            CheckConstraint(check="flag_given_on >= founded_on", name="ck_team_flag_after_founding"),
        ]

    @classmethod
    def active(cls) -> QuerySet["Team"]:
        return cls.filter(status=TeamStatus.ACTIVE)

    @classmethod
    def below(cls, team_id: UUID) -> QuerySet["Team"]:
        """Teams that hang on this one and stand or wait for approval."""
        return cls.filter(parent_id=team_id, status__in=LIVE_TEAM)


class Membership(Model):
    """One live row per person and team, one leader per team (partial unique indexes).

    `slot` numbers the person's teams from 1 to 5 while the membership is active: unique per person and bounded, so a
    sixth cannot be written by whatever race.
    """

    id: UUID = key_field()
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField(
        "models.Team", on_delete=fields.RESTRICT, related_name="memberships"
    )
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", on_delete=fields.RESTRICT, related_name="memberships"
    )
    role = fields.CharEnumField(TeamRole, max_length=12, default=TeamRole.MEMBER)
    status = fields.CharEnumField(MembershipStatus, max_length=12)
    slot: int | None = fields.SmallIntField(null=True)
    applied_at = UtcDatetimeField()
    joined_at: datetime | None = UtcDatetimeField(null=True)
    ended_at: datetime | None = UtcDatetimeField(null=True)
    reason = fields.CharField(max_length=300, null=True)
    version = fields.IntField(default=1)

    if TYPE_CHECKING:
        team_id: UUID
        person_id: UUID

    class Meta:
        table = "membership"
        indexes: Any = [("team_id", "status", "id"), ("person_id", "id")]
        constraints: Any = [
            CheckConstraint(check="(status = 'active') = (slot IS NOT NULL)", name="ck_membership_slot"),
            CheckConstraint(check="slot >= 1 AND slot <= 5", name="ck_membership_five_at_most"),
            CheckConstraint(check="status <> 'active' OR joined_at IS NOT NULL", name="ck_membership_joined"),
            CheckConstraint(
                check="status NOT IN ('rejected', 'removed', 'ended') OR reason IS NOT NULL",
                name="ck_membership_reason",
            ),
        ]

    @classmethod
    def live(cls) -> QuerySet["Membership"]:
        return cls.filter(status__in=LIVE_MEMBERSHIP)

    @classmethod
    def active(cls) -> QuerySet["Membership"]:
        return cls.filter(status=MembershipStatus.ACTIVE)

    @classmethod
    async def counted(cls, team_ids: Collection[UUID]) -> dict[UUID, int]:
        """How many belong to each of these teams now."""
        rows = cls.active().filter(team_id__in=list(team_ids)).annotate(n=Count("id")).group_by("team_id")
        return dict.fromkeys(team_ids, 0) | {row["team_id"]: row["n"] for row in await rows.values("team_id", "n")}


class TeamInvitation(Model):
    """A code that lets approved volunteers into one team until it expires, is used up or is revoked.

    The code itself is a seal over the id and is kept nowhere.
    """

    id: UUID = key_field()
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField(
        "models.Team", on_delete=fields.RESTRICT, related_name="invitations"
    )
    made_by: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", on_delete=fields.RESTRICT, related_name="team_invitations_made"
    )
    made_at = UtcDatetimeField()
    expires_at = UtcDatetimeField()
    max_uses: int | None = fields.IntField(null=True)
    uses = fields.IntField(default=0)
    revoked_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        team_id: UUID
        made_by_id: UUID

    class Meta:
        table = "team_invitation"
        indexes: Any = [("team_id", "id"), ("made_by_id",)]
        constraints: Any = [
            CheckConstraint(
                check="uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name="ck_team_invitation_uses"
            )
        ]


class TeamGap(Model):
    """Why a unit has no team (yet): stated by the unit, so that the gap list is empty or explained."""

    id: UUID = key_field()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", on_delete=fields.RESTRICT, related_name="team_gaps"
    )
    reason = fields.CharField(max_length=300)
    stated_by: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", on_delete=fields.RESTRICT, related_name="team_gaps_stated"
    )
    stated_at = UtcDatetimeField()

    if TYPE_CHECKING:
        unit_id: UUID
        stated_by_id: UUID

    class Meta:
        table = "team_gap"
        indexes: Any = [("stated_by_id",)]
        constraints: Any = [UniqueConstraint(fields=("unit_id",), name="uq_team_gap_unit")]

"""Join teams and leave them; let people in, give them roles, invite them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import membership
from capabilities.caller import Caller
from capabilities.membership import (
    LONGEST_DAYS,
    AdminsFull,
    MemberLine,
    MemberSearch,
    MembershipNotLive,
    NoSuchMembership,
    NoSuchTeamInvitation,
    NoSuchVolunteer,
    TeamInvitationInvalid,
)
from capabilities.office import Office
from capabilities.registration import RegistrationNotApproved, RegistrationSuspended
from capabilities.team import (
    AlreadyInTeam,
    MemberNotApproved,
    NoSuchTeam,
    NotYourTeam,
    TeamNotOpenToChange,
    TeamReasonNeeded,
    TooManyTeams,
)
from kit.paging import BadCursor
from miniapp_api.door import Page, cut, door
from models.team import Membership, MembershipStatus, TeamInvitation, TeamRole

Reason = Annotated[str, Meta(min_length=2, max_length=300)]


class MembershipShown(msgspec.Struct):
    id: UUID
    team_id: UUID
    team_name: str
    unit_name: str
    role: TeamRole
    status: MembershipStatus
    applied_at: datetime
    joined_at: datetime | None
    ended_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, row: Membership) -> "MembershipShown":
        same = {name: getattr(row, name) for name in cls.__struct_fields__ if hasattr(row, name)}
        return cls(**same | {"team_name": row.team.name, "unit_name": row.team.unit.name})


class MemberShown(msgspec.Struct):
    """A line for who leads the team; somebody who is only invited has no name in it yet."""

    id: UUID
    name: str
    phone_masked: str
    role: TeamRole
    status: MembershipStatus
    applied_at: datetime
    joined_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, line: MemberLine) -> "MemberShown":
        row = line.membership
        return cls(row.id, line.name, line.phone, row.role, row.status, row.applied_at, row.joined_at, row.ended_at)


class MembershipDecision(msgspec.Struct, forbid_unknown_fields=True):
    """A no needs a reason."""

    decision: Literal["active", "rejected"]
    reason: Annotated[str, Meta(max_length=300)] | None = None


class Removal(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason


class Transfer(msgspec.Struct, forbid_unknown_fields=True):
    team_id: UUID
    reason: Reason


class RoleGiven(msgspec.Struct, forbid_unknown_fields=True):
    role: TeamRole


class Invitee(msgspec.Struct, forbid_unknown_fields=True):
    volunteer_no: Annotated[str, Meta(min_length=1, max_length=20)]


class TeamInvite(msgspec.Struct, forbid_unknown_fields=True):
    """Without `max_uses` anybody may use it until it expires."""

    days: Annotated[int, Meta(ge=1, le=LONGEST_DAYS)] = 7
    max_uses: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class TeamInvitationShown(msgspec.Struct):
    """`code` is the text of the QR code."""

    id: UUID
    team_id: UUID
    code: str
    made_at: datetime
    expires_at: datetime
    max_uses: int | None
    uses: int
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: TeamInvitation, office: Office) -> "TeamInvitationShown":
        same = {name: getattr(row, name) for name in cls.__struct_fields__ if hasattr(row, name)}
        return cls(**same | {"code": membership.code_of(office, row)})


class JoinByInvitation(msgspec.Struct, forbid_unknown_fields=True):
    invitation: Annotated[str, Meta(min_length=1, max_length=300)]


LEADING = (NotYourTeam, NoSuchTeam)
MANAGING = (NotYourTeam, NoSuchMembership, MembershipNotLive, TeamNotOpenToChange)
JOINING = (TeamNotOpenToChange, AlreadyInTeam, TooManyTeams, MemberNotApproved)


@door.get("/me/memberships")
async def list_mine(who: Caller) -> list[MembershipShown]:
    """我的队伍、申请和邀请"""
    return [MembershipShown.of(row) for row in await membership.my_memberships(who)]


@door.post(
    "/me/memberships",
    status=201,
    limit=4096,
    refusals=(
        RegistrationNotApproved,
        RegistrationSuspended,
        TeamInvitationInvalid,
        AlreadyInTeam,
        TooManyTeams,
        MemberNotApproved,
    ),
)
async def redeem(who: Caller, office: Office, what: JoinByInvitation) -> MembershipShown:
    """凭入队邀请（二维码）入队"""
    return MembershipShown.of(await membership.redeem(office, who, what.invitation))


@door.post(
    "/teams/<team_id:uuid>/memberships",
    status=201,
    refusals=(RegistrationNotApproved, RegistrationSuspended, NoSuchTeam, *JOINING),
)
async def apply(who: Caller, office: Office, team_id: UUID) -> MembershipShown:
    """申请入队"""
    return MembershipShown.of(await membership.apply(office, who, team_id))


@door.get("/teams/<team_id:uuid>/memberships", refusals=(*LEADING, BadCursor))
async def list_members(who: Caller, team_id: UUID, asked: MemberSearch) -> Page[MemberShown]:
    """队员、申请人和受邀人（电话脱敏）"""
    page, following = cut(await membership.members(who, team_id, asked), asked.limit)
    return Page([MemberShown.of(line) for line in page], following)


@door.post("/teams/<team_id:uuid>/invitees", status=201, limit=4096, refusals=(*LEADING, NoSuchVolunteer, *JOINING))
async def invite_volunteer(who: Caller, office: Office, team_id: UUID, what: Invitee) -> MembershipShown:
    """按志愿者编号邀请一人入队"""
    return MembershipShown.of(await membership.invite_volunteer(office, who, team_id, what.volunteer_no))


@door.post("/teams/<team_id:uuid>/invitations", status=201, limit=4096, refusals=(*LEADING, TeamNotOpenToChange))
async def invite(who: Caller, office: Office, team_id: UUID, what: TeamInvite) -> TeamInvitationShown:
    """生成入队邀请码"""
    made = await membership.invite(office, who, team_id, days=what.days, max_uses=what.max_uses)
    return TeamInvitationShown.of(made, office)


@door.get("/teams/<team_id:uuid>/invitations", refusals=LEADING)
async def list_invitations(who: Caller, office: Office, team_id: UUID) -> list[TeamInvitationShown]:
    """本队的入队邀请码"""
    return [TeamInvitationShown.of(row, office) for row in await membership.invitations(who, team_id)]


@door.delete("/team-invitations/<team_invitation_id:uuid>", refusals=(NoSuchTeamInvitation, NotYourTeam))
async def revoke(who: Caller, office: Office, team_invitation_id: UUID) -> None:
    """停用入队邀请码"""
    await membership.revoke(office, who, team_invitation_id)


@door.delete("/memberships/<membership_id:uuid>", refusals=(NoSuchMembership, MembershipNotLive, TeamNotOpenToChange))
async def leave(who: Caller, office: Office, membership_id: UUID) -> None:
    """退队、撤回申请或谢绝邀请"""
    await membership.leave(office, who, membership_id)


@door.post("/memberships/<membership_id:uuid>/acceptance", refusals=(NoSuchMembership, MembershipNotLive, *JOINING))
async def accept(who: Caller, office: Office, membership_id: UUID) -> MembershipShown:
    """接受入队邀请"""
    return MembershipShown.of(await membership.accept(office, who, membership_id))


@door.post(
    "/memberships/<membership_id:uuid>/decision",
    limit=4096,
    refusals=(*MANAGING, TeamReasonNeeded, TooManyTeams, MemberNotApproved),
)
async def decide(who: Caller, office: Office, membership_id: UUID, what: MembershipDecision) -> MembershipShown:
    """审批入队申请"""
    approve = what.decision == "active"
    return MembershipShown.of(await membership.decide(office, who, membership_id, approve=approve, reason=what.reason))


@door.post("/memberships/<membership_id:uuid>/removal", limit=4096, refusals=MANAGING)
async def remove(who: Caller, office: Office, membership_id: UUID, what: Removal) -> MembershipShown:
    """移出队伍"""
    return MembershipShown.of(await membership.remove(office, who, membership_id, what.reason))


@door.post(
    "/memberships/<membership_id:uuid>/transfer",
    status=201,
    limit=4096,
    refusals=(*MANAGING, NoSuchTeam, AlreadyInTeam, MemberNotApproved),
)
async def transfer(who: Caller, office: Office, membership_id: UUID, what: Transfer) -> MembershipShown:
    """转入另一支队伍"""
    return MembershipShown.of(await membership.transfer(office, who, membership_id, what.team_id, what.reason))


@door.put("/memberships/<membership_id:uuid>/role", limit=4096, refusals=(*MANAGING, AdminsFull))
async def change_role(who: Caller, office: Office, membership_id: UUID, what: RoleGiven) -> MembershipShown:
    """调整队内职务"""
    return MembershipShown.of(await membership.change_role(office, who, membership_id, what.role))

"""Membership: apply to a team or be invited, be let in, take a role, leave, go over to another."""

from capabilities.membership.find import MemberLine, MemberSearch, lines, members, my_memberships
from capabilities.membership.invite import LONGEST_DAYS, code_of, invitations, invite, open_code, redeem, revoke
from capabilities.membership.join import accept, apply, decide, invite_volunteer
from capabilities.membership.leave import change_role, leave, most_admins, remove, transfer
from capabilities.membership.refusals import (
    AdminsFull,
    MembershipNotLive,
    NoSuchMembership,
    NoSuchTeamInvitation,
    NoSuchVolunteer,
    TeamInvitationInvalid,
)

__all__ = [
    "LONGEST_DAYS",
    "AdminsFull",
    "MemberLine",
    "MemberSearch",
    "MembershipNotLive",
    "NoSuchMembership",
    "NoSuchTeamInvitation",
    "NoSuchVolunteer",
    "TeamInvitationInvalid",
    "accept",
    "apply",
    "change_role",
    "code_of",
    "decide",
    "invitations",
    "invite",
    "invite_volunteer",
    "leave",
    "lines",
    "members",
    "most_admins",
    "my_memberships",
    "open_code",
    "redeem",
    "remove",
    "revoke",
    "transfer",
]

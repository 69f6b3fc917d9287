"""Teams (科技志愿服务队): founded by a unit, approved above it, in a tree of levels, merged or dissolved in the end."""

from capabilities.team.belonging import (
    admit,
    end,
    end_memberships,
    free_slot,
    hold_active_teams,
    hold_volunteers,
)
from capabilities.team.ending import dissolve, give_flag, merge
from capabilities.team.find import TeamSearch, TeamSeen, for_everyone, managed, search, seen
from capabilities.team.found import NewTeam, TeamChanges, change, decide, draft, for_organizer, submit
from capabilities.team.gaps import Gaps, gaps, state_reason
from capabilities.team.leading import authority, require_authority
from capabilities.team.refusals import (
    AlreadyInTeam,
    MemberNotApproved,
    NoSuchTeam,
    NoSuchUnit,
    NotYourTeam,
    TeamChangedMeanwhile,
    TeamIncomplete,
    TeamInvalid,
    TeamNameTaken,
    TeamNotOpenToChange,
    TeamReasonNeeded,
    TeamsHangOnIt,
    TooManyTeams,
)

__all__ = [
    "AlreadyInTeam",
    "Gaps",
    "MemberNotApproved",
    "NewTeam",
    "NoSuchTeam",
    "NoSuchUnit",
    "NotYourTeam",
    "TeamChangedMeanwhile",
    "TeamChanges",
    "TeamIncomplete",
    "TeamInvalid",
    "TeamNameTaken",
    "TeamNotOpenToChange",
    "TeamReasonNeeded",
    "TeamSearch",
    "TeamSeen",
    "TeamsHangOnIt",
    "TooManyTeams",
    "admit",
    "authority",
    "change",
    "decide",
    "dissolve",
    "draft",
    "end",
    "end_memberships",
    "for_everyone",
    "for_organizer",
    "free_slot",
    "gaps",
    "give_flag",
    "hold_active_teams",
    "hold_volunteers",
    "managed",
    "merge",
    "require_authority",
    "search",
    "seen",
    "state_reason",
    "submit",
]

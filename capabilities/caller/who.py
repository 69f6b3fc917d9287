"""What a caller is and may do: the roles in force at this moment, each with its reach."""

from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q

from kit.errors import Forbidden
from models.role import RoleName


class RoleNeeded(Forbidden):
    """The caller holds no role that allows this."""

    words = "您没有此项权限，请联系本单位管理员。"


class NotYourUnit(Forbidden):
    """The caller organizes, but not for this unit."""

    words = "这不属于您负责的单位。"


class NotForStaffPhones(Forbidden):
    """A staff phone's session opens the calls of the door and no others."""

    words = "工作手机只能用于本活动现场，其他功能请用本人微信登录。"


class NotForScreens(Forbidden):
    """A hall screen's session opens its door's code and its event's counts, and nothing else."""

    words = "大厅屏幕只能显示本签到点的签到码和现场人数。"


class NotYourEvent(Forbidden):
    """The caller is not on duty at this event."""

    words = "您不是本活动的工作人员。"


@dataclass(frozen=True)
class Grant:
    """`unit_path` is empty for a role over all units."""

    role: RoleName
    unit_path: str = ""
    event_id: UUID | None = None


@dataclass(frozen=True)
class ScreenOf:
    """The one door whose code a hall screen shows."""

    point_id: UUID
    event_id: UUID


@dataclass(frozen=True)
class Caller:
    """`is_phone`: a staff phone without an account; both ids are then its pass's, and no row of a person has them.

    So it is with a `screen`, which holds no role at all.
    """

    person_id: UUID
    session_id: UUID
    grants: tuple[Grant, ...] = ()
    # The policy's consent is withdrawn: reading, agreeing again and erasing, nothing else (`server/porter.py`).
    is_restricted: bool = False
    is_phone: bool = False
    screen: ScreenOf | None = None

    @property
    def has_pass(self) -> bool:
        """A phone or a screen, and nobody's account."""
        return self.is_phone or self.screen is not None

    def holds(self, *roles: RoleName) -> bool:
        return any(grant.role in roles for grant in self.grants)

    def organized_paths(self) -> list[str]:
        """Where the caller organizes: "" is everywhere, and only the city's. An organizer without a unit has none."""
        everywhere = [""] if self.holds(RoleName.CITY_ADMIN) else []
        return everywhere + [g.unit_path for g in self.grants if g.role is RoleName.UNIT_ORGANIZER and g.unit_path]

    def organizes(self, unit_path: str) -> bool:
        return any(unit_path.startswith(path) for path in self.organized_paths())

    def require_organizer(self) -> None:
        if not self.organized_paths():
            raise RoleNeeded

    def require_organizer_of(self, unit_path: str) -> None:
        self.require_organizer()
        if not self.organizes(unit_path):
            raise NotYourUnit

    def require_moderator(self) -> None:
        if not self.holds(RoleName.MODERATOR, RoleName.CITY_ADMIN):
            raise RoleNeeded

    def require_staff_of(self, event_id: UUID, unit_path: str) -> None:
        """Staff of this very event, or who organizes it."""
        on_duty = any(g.role is RoleName.EVENT_STAFF and g.event_id == event_id for g in self.grants)
        if not on_duty and not self.organizes(unit_path):
            raise NotYourEvent

    def require_watcher_of(self, event_id: UUID, unit_path: str) -> None:
        """Who may see the live counts: staff of the event, and its screens."""
        if self.screen is None or self.screen.event_id != event_id:
            self.require_staff_of(event_id, unit_path)

    def require_shower_of(self, point_id: UUID, event_id: UUID, unit_path: str) -> None:
        """Who may show this door's code: staff of the event, and this door's screen."""
        if self.screen is None or self.screen.point_id != point_id:
            self.require_staff_of(event_id, unit_path)

    def scope(self, field: str) -> Q:
        """The filter that keeps a query within the caller's units; `field` is the path's name in that query."""
        self.require_organizer()
        return Q(*(Q(**{f"{field}__startswith": path}) for path in self.organized_paths()), join_type="OR")

"""Make a one-time invitation to a role: the first organizer comes in this way."""

import argparse
import sys
from datetime import UTC, datetime

from capabilities.invitation import write_invitation
from kit.clock import LOCAL
from models.role import RoleName
from models.unit import Unit
from scripts.office import open_office, run


async def _invite(role: RoleName, unit_code: str | None) -> int:
    async with open_office() as settings:
        unit = await Unit.get_or_none(code=unit_code) if unit_code else None
        if (unit is not None) != (role is RoleName.UNIT_ORGANIZER) or (unit_code and unit is None):
            sys.stderr.write("unit_organizer 须用 --unit 指明一个已有单位的代码，其他角色不带 --unit。\n")
            return 2
        made = await write_invitation(datetime.now(UTC), role, unit=unit)
    until = made.invitation.expires_at.astimezone(LOCAL)
    print(f"邀请码（只显示这一次，北京时间 {until:%Y-%m-%d %H:%M} 前有效）：{made.code}")
    print(f"登录后提交到 {settings.public_url}/api/v1/me/roles，或打开 {settings.public_url}/api/v1/docs 填写。")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.invite", description=__doc__)
    roles = [role.value for role in RoleName if role is not RoleName.EVENT_STAFF]
    parser.add_argument("--role", required=True, choices=roles, help="event staff are invited by an event's organizer")
    parser.add_argument("--unit", metavar="CODE", help="the unit's code, for unit_organizer")
    asked = parser.parse_args()
    return run(_invite(RoleName(asked.role), asked.unit))


if __name__ == "__main__":
    sys.exit(main())

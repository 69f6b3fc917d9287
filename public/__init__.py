"""Doors that need no login: what this is, health, the contract, the policy, short links."""

from collections.abc import Sequence

from sanic import Blueprint

from kit.door import Door
from public import (
    consent,
    contract,
    health,
    home,
    media,
    sign_in_code,
    staff_page,
    staff_screen,
    static_files,
    wechat_push,
)
from wechat.push import PushDoor


def blueprint(
    doors: Sequence[Door],
    *,
    version: str,
    is_demo: bool = False,
    simulator: str | None = None,
    push_door: PushDoor | None = None,
) -> Blueprint:
    """`simulator` is the address of the simulated WeChat's page, where there is one; `push_door` hears WeChat."""
    served = Blueprint("public")
    health.serve(served)
    contract.serve(served, doors, version=version)
    consent.serve(served)
    sign_in_code.serve(served)
    static_files.serve(served)
    staff_page.serve(served)
    staff_screen.serve(served)
    media.serve(served)
    wechat_push.serve(served, push_door)
    home.serve(served, version=version, is_demo=is_demo, simulator=simulator)
    return served

"""Doors that need no login: what this is, health, the contract, short links."""

from collections.abc import Sequence

from sanic import Blueprint

from kit.door import Door
from public import contract, health, home


def blueprint(doors: Sequence[Door], *, version: str) -> Blueprint:
    served = Blueprint("public")
    health.serve(served)
    contract.serve(served, doors, version=version)
    home.serve(served)
    return served

"""Applications of which a process serves hundreds, one after the other."""

from typing import Any

from sanic import Sanic
from sanic.router import Router


def forget(app: Sanic[Any, Any]) -> None:
    """The framework remembers its applications, and routes that were found: a hundred of them take 200 MB."""
    Sanic._app_registry.pop(app.name, None)
    for found in (Router.get, Router.find_route_by_view_name):
        found.cache_clear()

"""The page on which a newcomer plays the person with the phone: makes somebody up and lets them log in."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from sanic import HTTPResponse, Request, html, redirect

from wechat.simulator.control import control, world_of
from wechat.simulator.state import World

MAX_NAME = 40
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"}
_PAGE = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True).get_template("page.html")


@control.get("/")
async def show(request: Request) -> HTTPResponse:
    return _page(world_of(request))


@control.post("/page/users")
async def create_named_user(request: Request) -> HTTPResponse:
    # The name is the key, so that the same name is the same person after a restart.
    name = _field(request, "name")[:MAX_NAME]
    world_of(request).create_user(name, key=name)
    return redirect("/control/", status=303)


@control.post("/page/login")
async def show_login_code(request: Request) -> HTTPResponse:
    world = world_of(request)
    user = world.user(_field(request, "user"))
    return _page(world, name=user.name, code=world.issue_login_code(user, world.account()))


def _field(request: Request, name: str) -> str:
    return str(request.form.get(name) or "").strip() if request.form else ""


def _page(world: World, **shown: str) -> HTTPResponse:
    return html(_PAGE.render(users=list(world.users.values()), **shown), headers=_HEADERS)

"""The hand that taps, accepts and scans for a simulated person, and that sets up what they are sent."""

import base64
import binascii
from dataclasses import asdict

import msgspec
from sanic import HTTPResponse, Request, json
from sanic.exceptions import BadRequest

from wechat.simulator import code_picture, reminders
from wechat.simulator.control import control, postman_of, read, world_of
from wechat.simulator.reminder_values import Template, keys_of
from wechat.simulator.state import Unknown, World

# What the phone itself says where the mini-program has no paid calls left.
NO_PHONE_CALLS_LEFT = 1400001


class Tap(msgspec.Struct, forbid_unknown_fields=True):
    user: str
    app_id: str | None = None
    phone: str = ""
    country_code: str | int = "86"


class PhoneBudget(msgspec.Struct, forbid_unknown_fields=True):
    left: int | None


class NewTemplate(msgspec.Struct, forbid_unknown_fields=True):
    template_id: str
    keys: list[str]
    app_id: str | None = None


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    user: str
    template_id: str
    count: int = 1


class NewPage(msgspec.Struct, forbid_unknown_fields=True):
    page: str
    app_id: str | None = None


class Scan(msgspec.Struct, forbid_unknown_fields=True):
    """One of: a picture in base64, what a scanner read in it, or page and scene."""

    image: str | None = None
    content: str | None = None
    scene: str | None = None
    page: str = code_picture.HOME
    app_id: str | None = None
    user: str | None = None


@control.post("/tap-phone")
async def tap_phone(request: Request) -> HTTPResponse:
    wanted, world = read(request, Tap), world_of(request)
    if world.phone_calls_left is not None and world.phone_calls_left <= 0:
        return json({"error": "no calls left", "errno": NO_PHONE_CALLS_LEFT}, 409)
    user, account = world.user(wanted.user), world.account(wanted.app_id)
    code = world.issue_phone_code(user, account, wanted.phone, wanted.country_code)
    return json({"code": code, "phone": world.phone_codes[code].number}, 201)


@control.post("/phone-budget")
async def set_phone_budget(request: Request) -> HTTPResponse:
    world_of(request).phone_calls_left = read(request, PhoneBudget).left
    return json({})


@control.post("/templates")
async def create_template(request: Request) -> HTTPResponse:
    wanted, world = read(request, NewTemplate), world_of(request)
    try:
        template = Template(wanted.template_id, world.account(wanted.app_id).app_id, keys_of(wanted.keys))
    except ValueError as error:
        raise BadRequest(str(error)) from None
    world.templates[template.template_id] = template
    return json(asdict(template), 201)


@control.post("/accept")
async def accept(request: Request) -> HTTPResponse:
    wanted, world = read(request, Choice), world_of(request)
    user, template = world.user(wanted.user), _template(world, wanted.template_id)
    reminders.accept(world, user, template, wanted.count)
    postman_of(request).set_out()
    return json({"credits": world.credits[(user.key, template.template_id)]})


@control.post("/decline")
async def decline(request: Request) -> HTTPResponse:
    wanted, world = read(request, Choice), world_of(request)
    reminders.decline(world, world.user(wanted.user), _template(world, wanted.template_id))
    postman_of(request).set_out()
    return json({"credits": 0})


def _template(world: World, template_id: str) -> Template:
    if template_id not in world.templates:
        raise Unknown("no such template")
    return world.templates[template_id]


@control.get("/messages")
async def list_messages(request: Request) -> HTTPResponse:
    user = request.args.get("user")
    sent = [asdict(message) for message in world_of(request).sent if user in (None, message.user)]
    return json({"messages": sent})


@control.post("/pages")
async def release_page(request: Request) -> HTTPResponse:
    wanted, world = read(request, NewPage), world_of(request)
    pages = world.released[world.account(wanted.app_id).app_id]
    pages.add(wanted.page.lstrip("/"))
    return json({"pages": sorted(pages)}, 201)


@control.post("/scan")
async def scan(request: Request) -> HTTPResponse:
    wanted, world = read(request, Scan), world_of(request)
    opened = code_picture.opened_by(_content(world, wanted))
    if wanted.user:
        world.user(wanted.user).last_visit_at = world.clock.now()
    return json({**opened, "path": f"{opened['page']}?scene={opened['scene']}"})


def _content(world: World, wanted: Scan) -> str:
    if wanted.image is not None:
        try:
            return code_picture.seen_in(world, base64.b64decode(wanted.image, validate=True))
        except binascii.Error:
            raise BadRequest("image is not base64") from None
    if wanted.content is not None:
        return wanted.content
    if wanted.scene is None:
        raise BadRequest("image, content or scene is missing")
    return f"sim://{world.account(wanted.app_id).app_id}/{wanted.page}?scene={wanted.scene}"

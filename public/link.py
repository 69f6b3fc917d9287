"""Short links: `/c/…` for whoever opens one in a browser, and the picture that a poster carries."""

import re

from sanic import HTTPResponse, Request
from sanic.response import html, raw

from capabilities import link
from capabilities.link import Leads, Picture
from capabilities.office import Office
from kit import qr
from kit.clock import LOCAL
from models.event import Event
from public.pages import render

CODE = re.compile(r"[0-9A-Za-z]{12}\Z")
PICTURE = re.compile(r"([0-9A-Za-z]{12})\.png\Z")
# A drawn code never changes; a plain one only stands in.
DRAWN_SECONDS, STAND_IN_SECONDS = 86_400, 60
KIND = "x-code-kind"


async def page(code: str) -> HTTPResponse:
    """Raises `NoSuchLink`."""
    return html(_page(await link.where(code)))


def _page(leads: Leads) -> str:
    return render(
        "link.html",
        link=leads.link,
        event=leads.event,
        team=leads.team,
        when=_when(leads.event) if leads.event else "",
        is_invitation=False,
    )


def _when(event: Event) -> str:
    if event.starts_at is None or event.ends_at is None:
        return "时间待定"
    starts, ends = event.starts_at.astimezone(LOCAL), event.ends_at.astimezone(LOCAL)
    day = f"{starts.year}年{starts.month}月{starts.day}日 {starts:%H:%M}"
    return f"{day}–{ends:%H:%M}" if ends.date() == starts.date() else f"{day}至{ends.month}月{ends.day}日 {ends:%H:%M}"


async def invitation_page(office: Office, seal: str) -> str | None:
    """The page of a team invitation; None where the seal is none that invites."""
    team = await link.invited_to(office, seal)
    if team is None:
        return None
    return render("link.html", link=None, event=None, team=team, when="", is_invitation=True)


async def picture(request: Request, code: str) -> HTTPResponse:
    """The mini-program code, or a plain QR code of the link, which the header `x-code-kind` tells apart."""
    office: Office = request.app.ctx.office
    drawn = await link.picture(code)
    if drawn is not None:
        return _drawn(request, drawn)
    content = await office.drawings.drawn(qr.png, f"{office.public_url}/c/{code}")
    headers = {KIND: "plain-qr", "cache-control": f"public, max-age={STAND_IN_SECONDS}"}
    return raw(content, content_type="image/png", headers=headers)


def _drawn(request: Request, drawn: Picture) -> HTTPResponse:
    tag = f'"{drawn.hash[:32]}"'
    headers = {KIND: "mini-program", "cache-control": f"public, max-age={DRAWN_SECONDS}", "etag": tag}
    if request.headers.get("if-none-match") == tag:
        return HTTPResponse(status=304, headers=headers)
    return raw(drawn.content, content_type=drawn.content_type, headers=headers)

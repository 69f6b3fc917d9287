"""The hall's screen: a page that knows nothing until its one-time link has opened a session in its browser."""

from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html

from public.pages import render


def serve(served: Blueprint) -> None:
    written = render("screen.html")

    async def show(_: Request, point_id: UUID) -> HTTPResponse:
        """The same page for every point, also for one that there is not: what stands behind the `#` decides."""
        return html(written)

    served.add_route(show, "/staff/screen/<point_id:uuid>", methods=["GET", "HEAD"], name="staff_screen")

"""Where `/c/…` leads when another scanner than the mini-program reads it: a venue, an invitation, a link."""

import re

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html

from kit.errors import NotFound
from public import link
from public.pages import render

# What a seal can look like (capabilities/sign_in_code.py), and no more: whether it is one is not said here.
LOOKS_LIKE_A_CODE = re.compile(r"[A-Za-z0-9_-]{20,80}\Z")


def serve(served: Blueprint) -> None:
    written = render("sign_in_code.html")

    async def show(request: Request, token: str) -> HTTPResponse:
        """One page for all sealed codes, venues' or made up: a guesser learns nothing from it."""
        if link.CODE.match(token):
            return await link.page(token)
        if named := link.PICTURE.match(token):
            return await link.picture(request, named[1])
        if not LOOKS_LIKE_A_CODE.match(token):
            raise NotFound
        return html(await link.invitation_page(request.app.ctx.office, token) or written)

    served.add_route(show, "/c/<token:str>", methods=["GET", "HEAD"], name="sign_in_code")

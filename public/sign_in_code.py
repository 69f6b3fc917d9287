"""Where a venue's code leads when it is scanned by something else than the mini-program."""

import re

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html

from kit.errors import NotFound
from public.pages import render

# What a seal can look like (capabilities/sign_in_code.py), and no more: whether it is one is not said here.
LOOKS_LIKE_A_CODE = re.compile(r"[A-Za-z0-9_-]{20,80}\Z")


def serve(served: Blueprint) -> None:
    written = render("sign_in_code.html")

    async def show(_: Request, token: str) -> HTTPResponse:
        """One page for all codes, real or made up: a guesser learns nothing from it."""
        if not LOOKS_LIKE_A_CODE.match(token):
            raise NotFound
        return html(written)

    served.add_route(show, "/c/<token:str>", methods=["GET", "HEAD"], name="sign_in_code")

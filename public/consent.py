"""The policy (个人信息处理规则) for everybody to read, also without the mini-program."""

from markdown_it import MarkdownIt
from markupsafe import Markup
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html

from capabilities.consent import POLICY_VERSION, policy_text
from public.pages import render


def serve(served: Blueprint) -> None:
    written = render("policy.html", version=POLICY_VERSION, text=as_html(policy_text()))

    async def show(_: Request) -> HTTPResponse:
        return html(written)

    served.add_route(show, "/policy", methods=["GET", "HEAD"], name="policy")


def as_html(text: str) -> Markup:
    """CommonMark with raw HTML off, so that tags in the text are shown and not obeyed."""
    return Markup(MarkdownIt("commonmark", {"html": False}).render(text))  # noqa: S704 - the renderer has escaped it

"""The front page: what is running and where to go."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html


def serve(served: Blueprint) -> None:
    served.add_route(show, "/", methods=["GET"], name="home")


async def show(_: Request) -> HTTPResponse:
    return html("<!doctype html><title>礼赞</title><h1>礼赞</h1>")

"""What the simulated WeChat does instead of answering, when it was told to fail."""

from collections.abc import Callable

from sanic import HTTPResponse, empty, html, json

from wechat.simulator.endpoints import refusal
from wechat.simulator.state import Fault, World


def answer_of(fault: Fault, world: World) -> HTTPResponse | None:
    """The answer that a fault gives in place of any work, or None for one that lets the work be done."""
    ways: list[tuple[bool, Callable[[], HTTPResponse]]] = [
        (fault.errcode is not None, lambda: json(refusal(world, fault.errcode or 0, "simulated"))),
        (fault.http_status is not None, lambda: html("<h1>error</h1>", fault.http_status or 500)),
        (fault.html, lambda: html("<!doctype html><title>网络登录</title>")),
        (fault.empty, lambda: empty(200)),
    ]
    return next((give() for applies, give in ways if applies), None)

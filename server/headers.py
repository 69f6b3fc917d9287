"""Security headers on every answer."""

from typing import Any

from sanic import Request, Sanic
from sanic.response import BaseHTTPResponse

from kit.answers import JsonAnswer, standing

# Nothing from elsewhere, no inline script or style, no frame around us.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), microphone=(), camera=(self)",
}
ONE_YEAR = 31_536_000


def secure(app: Sanic[Any, Any], *, is_https: bool) -> None:
    # What the API says is for one caller and one moment.
    ours = HEADERS | {"cache-control": "no-store"}
    if is_https:
        ours["strict-transport-security"] = f"max-age={ONE_YEAR}"
    ready = standing(ours)

    def add(request: Request, response: BaseHTTPResponse) -> None:
        if isinstance(response, JsonAnswer) and response.headers.keys().isdisjoint(ours):
            response.standing = ready
            return
        for name, value in ours.items():
            response.headers.setdefault(name, value)

    app.register_middleware(add, "response")

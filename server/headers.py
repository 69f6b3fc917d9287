"""Security headers on every answer."""

from typing import Any

from sanic import Request, Sanic
from sanic.response import BaseHTTPResponse

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
    async def add(request: Request, response: BaseHTTPResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # What the API says is for one caller and one moment.
        response.headers.setdefault("cache-control", "no-store")
        if is_https:
            response.headers.setdefault("strict-transport-security", f"max-age={ONE_YEAR}")

    app.register_middleware(add, "response")

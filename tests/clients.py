"""Clients of servers on this machine."""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

# Nothing here speaks TLS, and reading the world's certificates takes each client a thirtieth of a second.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def client_of(base_url: str, headers: Mapping[str, str] | None = None, *, timeout: Any = 20) -> httpx.AsyncClient:
    """The environment's proxies are not for this machine; a certificate would be refused."""
    return httpx.AsyncClient(
        base_url=base_url, headers=headers, timeout=timeout, verify=NO_CERTIFICATES, trust_env=False
    )

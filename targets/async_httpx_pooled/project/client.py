"""One client for each worker process, for as long as its event loop runs.

A client belongs to the loop that it was opened on. So it is opened by the `lifespan`
that an ASGI server runs in each worker, on the loop that then serves its requests.
`runserver` and tests run no lifespan, and have a loop for each request, where a module's
global would fail at the second one: there, each request has a client of its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, LifespanScope
from django.http import HttpRequest

TLS = httpx.create_ssl_context()

# Each: to connect, to send, for the next bytes, and for a free connection of the pool.
TIMEOUT = httpx.Timeout(10)

# For each worker: 100 calls at once, then calls wait. These are the defaults. Beyond 20
# connections, busy ones included, httpx closes each that falls idle
# (https://github.com/encode/httpcore/pull/1000). More would cost more: httpx looks at every
# connection before and after each call, and where 50 are idle, that takes longer than the
# handshake that a new connection needs.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


def open_client() -> httpx.AsyncClient:
    # It keeps no cookies: those of one user's call would go out with that of another.
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.AsyncClient(verify=TLS, timeout=TIMEOUT, limits=LIMITS, cookies=cookies)


async def hold_open(
    scope: LifespanScope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Answer the server's `lifespan` scope: a client from its startup to its shutdown.

    What is put into the scope's state, the server hands to each request.
    """
    await receive()  # lifespan.startup
    async with open_client() as client:
        scope["state"]["client"] = client
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown, once no request is left
    await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def client_for(request: HttpRequest) -> AsyncIterator[httpx.AsyncClient]:
    """The client that all requests share; where no lifespan runs, one for this request."""
    shared = getattr(request, "scope", {}).get("state", {}).get("client")
    if shared:
        yield shared
    else:
        async with open_client() as client:
            yield client

"""One session for each worker process, for as long as its event loop runs.

A session belongs to the loop that it was opened on. So it is opened by the `lifespan`
that an ASGI server runs in each worker, on the loop that then serves its requests.
`runserver` and tests run no lifespan, and have a loop for each request, where a module's
global would fail at the second one: there, each request has a session of its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, LifespanScope
from django.http import HttpRequest

# From the wait for a free connection to the last byte.
TIMEOUT = aiohttp.ClientTimeout(total=10)

# For each worker: 100 calls at once, then calls wait. It is aiohttp's default.
CONNECTIONS = 100


def open_client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=TIMEOUT,
        connector=aiohttp.TCPConnector(limit=CONNECTIONS),
        # It keeps no cookies: those of one user's call would go out with that of another.
        cookie_jar=aiohttp.DummyCookieJar(),
    )


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
async def client_for(request: HttpRequest) -> AsyncIterator[aiohttp.ClientSession]:
    """The client that all requests share; where no lifespan runs, one for this request."""
    shared = getattr(request, "scope", {}).get("state", {}).get("client")
    if shared:
        yield shared
    else:
        async with open_client() as client:
            yield client

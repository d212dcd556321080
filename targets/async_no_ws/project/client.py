"""One client for each worker process, for as long as its event loop runs.

A client has to be opened after the server's fork, or it hangs, and closed before the end
of the process, or it can crash there. So it is opened by the `lifespan` that an ASGI
server runs in each worker, on the loop that then serves its requests. `runserver` and
tests run no lifespan: there, each request has a client of its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, LifespanScope
from django.http import HttpRequest
from pyreqwest.client import Client, ClientBuilder

# From the start of a call to its last byte, and the wait for a free connection before it.
TIMEOUT = timedelta(seconds=10)

# For each worker: 100 calls at once, then calls wait. There is no limit by default.
CONNECTIONS = 100


def open_client() -> Client:
    # It keeps no cookies unless it is told to.
    return (
        ClientBuilder()
        .timeout(TIMEOUT)
        .pool_timeout(TIMEOUT)
        .max_connections(CONNECTIONS)
        .error_for_status()
        .build()
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
async def client_for(request: HttpRequest) -> AsyncIterator[Client]:
    """The client that all requests share; where no lifespan runs, one for this request."""
    shared = getattr(request, "scope", {}).get("state", {}).get("client")
    if shared:
        yield shared
    else:
        async with open_client() as client:
            yield client

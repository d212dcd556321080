"""Differs from sync_granian in one thing: the client is pyreqwest, in place of requests.

Its calls run in Rust: HTTP, TLS and the pool take no GIL, and a thread that waits for
one holds none. Unlike requests, it keeps no cookies unless told to.

The client is made at the first call, never at import. It starts threads, which a fork
leaves behind: in a process forked from one that has made a client, that client hangs
and a new one is refused (https://github.com/MarkusSintonen/pyreqwest/issues/51). The
lock is there so that the first calls make one client, not one each. It closes with
the process.

It costs a compiled client, still in beta, with an interface of its own: what is
written for requests (retries, authentication, mocks in tests) does not fit it.
"""

import threading
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from pyreqwest.client import SyncClient, SyncClientBuilder

THREADS = 64  # of each worker, as in the server's command
TIMEOUT = timedelta(seconds=10)

making = threading.Lock()


@cache
def only_client() -> SyncClient:
    return (
        SyncClientBuilder()
        .max_connections(THREADS)
        .pool_timeout(TIMEOUT)
        .timeout(TIMEOUT)
        .error_for_status()
        .build()
    )


def sync_view(request: HttpRequest) -> JsonResponse:
    with making:
        client = only_client()
    r = client.get(settings.UPSTREAM_URL).build().send()
    return JsonResponse(r.json())

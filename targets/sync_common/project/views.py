"""Differs from sync_pyreqwest in one thing: MIDDLEWARE holds CommonMiddleware alone.

Under WSGI the other six cost little: they run on the thread that the request has anyway.
Under ASGI they cost most of what Django does, as async_common shows.
`project/settings.py` says what a project loses without them.
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

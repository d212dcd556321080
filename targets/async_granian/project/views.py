"""Differs from async_executor in one thing: the server is granian.

The loop is still uvloop; sockets and HTTP are the work of Rust, on a thread beside the
loop's. Unlike uvicorn, it writes no line for each request. A worker that is still
starting misses a TERM, and granian waits for it for ever, unless `--workers-kill-timeout`
bounds that.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as session, session.get(settings.UPSTREAM_URL) as r:
        r.raise_for_status()
        return JsonResponse(await r.json())

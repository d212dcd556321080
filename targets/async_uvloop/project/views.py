"""Differs from async_aiohttp_pooled in one thing: the event loop is uvloop's.

The code is the same; `--loop uvloop` is on the server's command line, and uvloop in its
lock. `uvicorn[standard]` would bring uvloop too, but with another HTTP parser, which is a
second change. It costs a package with C code, and there is none for Windows.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as session, session.get(settings.UPSTREAM_URL) as r:
        r.raise_for_status()
        return JsonResponse(await r.json())

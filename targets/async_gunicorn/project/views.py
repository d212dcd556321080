"""Differs from async_executor in one thing: the server is gunicorn's ASGI worker.

The loop is still uvloop; the HTTP parser is gunicorn's own. Unlike uvicorn, it writes no
line for each request. Stop it with TERM: on INT and QUIT it cancels the requests that it
has, and the lifespan, which closes the session. A worker that is still starting misses a
TERM, and gunicorn kills it after `--graceful-timeout`, 30 s.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as session, session.get(settings.UPSTREAM_URL) as r:
        r.raise_for_status()
        return JsonResponse(await r.json())

"""Differs from async_executor in one thing: uvicorn writes no line for each request.

`--no-access-log` is on the server's command line. gunicorn and granian write none unless
told to, so part of what they gain over uvicorn is this. It costs the lines; a proxy in
front usually has them.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as session, session.get(settings.UPSTREAM_URL) as r:
        r.raise_for_status()
        return JsonResponse(await r.json())

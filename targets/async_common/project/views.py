"""Differs from async_uvloop in one thing: MIDDLEWARE holds CommonMiddleware alone.

Django's middleware is sync code in part: under ASGI each of its hooks goes to a thread
and back. `project/settings.py` says what a project loses with the other six.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as session, session.get(settings.UPSTREAM_URL) as r:
        r.raise_for_status()
        return JsonResponse(await r.json())

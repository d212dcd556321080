"""Differs from async_pyreqwest in one thing: MIDDLEWARE is empty.

CommonMiddleware is sync code: under ASGI each of its two hooks goes to a thread and back.
`project/settings.py` says what a project loses without any.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as client:
        r = await client.get(settings.UPSTREAM_URL).build().send()
        return JsonResponse(await r.json())

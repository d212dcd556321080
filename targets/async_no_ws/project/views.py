"""Differs from async_signals in one thing: granian takes no websockets.

With `--no-ws` it looks at no request for an upgrade. It costs websockets, which Django
alone does not speak either.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as client:
        r = await client.get(settings.UPSTREAM_URL).build().send()
        return JsonResponse(await r.json())

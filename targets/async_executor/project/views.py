"""Differs from async_common in one thing: executors (threads) for sync code are reused.

`project/executors.py` hands Django an executor for each request and takes it back. It
costs an idle thread for each request that was ever held at once, up to 100 a worker.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as session, session.get(settings.UPSTREAM_URL) as r:
        r.raise_for_status()
        return JsonResponse(await r.json())

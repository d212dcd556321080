"""Differs from async_httpx_pooled in one thing: the client is httpx2.

httpx had its last release in 2024; httpx2 goes on from there, with the same API under
another name and a pool that costs less with many calls in flight. One thing is not the
same: without `SSL_CERT_FILE` it trusts the system's certificates, no longer certifi's.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as client:
        r = await client.get(settings.UPSTREAM_URL)
    r.raise_for_status()
    return JsonResponse(r.json())

"""Differs from async_httpx in one thing: the client is aiohttp.

There is still one session, and one connection, per request. But aiohttp makes its
TLS context once, when it is imported, and every session shares it, so no request
pays for loading the certificates.
"""

import aiohttp
from django.conf import settings
from django.http import HttpRequest, JsonResponse

TIMEOUT = aiohttp.ClientTimeout(total=10)


async def async_view(request: HttpRequest) -> JsonResponse:
    async with (
        aiohttp.ClientSession(timeout=TIMEOUT) as session,
        session.get(settings.UPSTREAM_URL) as r,
    ):
        r.raise_for_status()
        return JsonResponse(await r.json())

"""Differs from async_httpx_context in one thing: the client is aiohttp.

There is still one session, and one connection, per request, and one TLS context that all
of them share: aiohttp makes it by itself, when it is imported. Without `SSL_CERT_FILE` it
trusts the system's certificates, where httpx trusts certifi's. It follows redirects,
which httpx does not unless told to.
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

"""Differs from async_httpx_context in one thing: requests share one client.

It keeps up to 20 connections a worker; with more calls at once, some still pay for a TLS
handshake. It costs the code of `project/client.py`, which opens and closes it, limits its
pool, and keeps cookies of one user from another. And it saves less than it could: httpx's
pool goes through all of its connections at each call.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as client:
        r = await client.get(settings.UPSTREAM_URL)
    r.raise_for_status()
    return JsonResponse(r.json())

"""Differs from async_bare in one thing: Django's database hears no signals of requests.

At the start of each request Django resets its log of queries and closes old connections,
and at its end closes them again, in sync code, so under ASGI on a thread. There is no
database here, and `project/asgi.py` disconnects what does that. It saves the way to a
thread at the start; at the end the response is closed on one anyway. With a database it
must stay: connections would outlive their CONN_MAX_AGE, and broken ones would not be
replaced.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as client:
        r = await client.get(settings.UPSTREAM_URL).build().send()
        return JsonResponse(await r.json())

"""Differs from async_granian in one thing: the client is pyreqwest.

Sockets, TLS, HTTP and the pool are the work of Rust (reqwest), on a thread of its own,
so the event loop is free for Django. It costs a young package, and errors that end in
Rust; and without `SSL_CERT_FILE` it trusts the system's certificates.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from project.client import client_for


async def async_view(request: HttpRequest) -> JsonResponse:
    async with client_for(request) as client:
        r = await client.get(settings.UPSTREAM_URL).build().send()
        return JsonResponse(await r.json())

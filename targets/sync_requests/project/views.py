"""The article's sync view: one `requests.get` per request.

`requests.get` opens a new Session, a new connection and a new TLS context each
time, and loading the certificates for that context costs more CPU than all the
rest of the request. Threads hide some of it: OpenSSL lets go of the GIL there.

The timeout and `raise_for_status` are not in the article. They cost nothing that
can be measured here, and a view without them should not reach production.
"""

import requests
from django.conf import settings
from django.http import HttpRequest, JsonResponse


def sync_view(request: HttpRequest) -> JsonResponse:
    r = requests.get(settings.UPSTREAM_URL, timeout=10)
    r.raise_for_status()
    return JsonResponse(r.json())

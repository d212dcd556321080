"""Differs from sync_pooled in one thing: uvicorn serves it, over ASGI.

The view is the same, and it no longer pools: under ASGI, Django runs the sync code of
each request on a fresh thread, so each finds no Session and makes one. Every request
pays for a TLS context and a connection again, as in sync_requests, and for a thread.
They close when the thread ends.

There are as many threads as requests: no number of slots holds a request back, and
nothing bounds what a burst of them takes. To pool here, share one client between
threads, as sync_shared does, or write an async view.
"""

import threading
from http.cookiejar import DefaultCookiePolicy

import requests
from django.conf import settings
from django.http import HttpRequest, JsonResponse

local = threading.local()


def thread_session() -> requests.Session:
    if not hasattr(local, "session"):
        local.session = requests.Session()
        local.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session: requests.Session = local.session
    return session


def sync_view(request: HttpRequest) -> JsonResponse:
    r = thread_session().get(settings.UPSTREAM_URL, timeout=10)
    r.raise_for_status()
    return JsonResponse(r.json())

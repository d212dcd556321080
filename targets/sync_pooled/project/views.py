"""Differs from sync_requests in one thing: each thread keeps one Session open.

A Session keeps its connection, and with it the TLS context, so both are paid for
once per thread in place of once per request. No thread touches another's, so nothing
depends on whether a Session may be shared.

A Session also keeps cookies that the API sets, and would send them with the calls of
the thread's next requests, which are other users'. The policy allows no domain, so
none is kept.

It takes a server whose threads live on between requests, as gunicorn's do. Under
`runserver`, or an ASGI server, each request may come on a fresh thread: the view
still answers, but then it does not pool. The connections close with the process.
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

"""Differs from sync_shared in one thing: gunicorn runs it on greenlets, not on threads.

The gevent worker patches the standard library before it imports this module: what
blocked a thread now lets another greenlet run. A worker so holds as many requests as it
accepts connections, 1000 unless `--worker-connections` says otherwise, and the pool is
as large as that. A Session per thread would be one per greenlet: one for each client
that is connected.

It costs a standard library that is not what it seems: what blocks outside of it, a
database driver in C or a long computation, stops all requests of its worker. The first
call on each connection does so too, as it loads the certificates, some 20 ms of CPU.

Under `runserver` nothing is patched, and requests come on threads: the view works the same.
"""

from http.cookiejar import DefaultCookiePolicy

import requests
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from requests.adapters import HTTPAdapter

CONNECTIONS = 1000  # of each worker, gunicorn's --worker-connections


def new_session() -> requests.Session:
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_maxsize=CONNECTIONS, pool_block=True)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


session = new_session()


def sync_view(request: HttpRequest) -> JsonResponse:
    r = session.get(settings.UPSTREAM_URL, timeout=10)
    r.raise_for_status()
    return JsonResponse(r.json())

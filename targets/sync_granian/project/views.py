"""Differs from sync_threads in one thing: granian serves it, in place of gunicorn.

granian accepts connections, and reads and writes HTTP, in Rust and off the GIL; Python
runs the view alone, on one of 64 blocking threads. They start as requests need them,
and end when idle for 30 s. Connections wait unanswered beyond 256 of a worker.

It costs a server that is compiled, and that ends when one of its workers dies: whatever
supervises it has to start it again, unless `--respawn-failed-workers` is added.
"""

from http.cookiejar import DefaultCookiePolicy

import requests
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from requests.adapters import HTTPAdapter

THREADS = 64  # of each worker, as in the server's command


def new_session() -> requests.Session:
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_maxsize=THREADS, pool_block=True)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


session = new_session()


def sync_view(request: HttpRequest) -> JsonResponse:
    r = session.get(settings.UPSTREAM_URL, timeout=10)
    r.raise_for_status()
    return JsonResponse(r.json())

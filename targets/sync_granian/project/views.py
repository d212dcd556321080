"""Differs from sync_threads in one thing: granian serves it, in place of gunicorn.

granian accepts connections, and reads and writes HTTP, in Rust, off the GIL; a request
takes one of 64 threads of Python for as long as the view runs, as it does in gunicorn.
A connection that is kept open between requests takes none.

It costs a compiled server, of which tracebacks show the Python part only. A worker
that dies is not replaced unless `--respawn-failed-workers` asks for it: without it
the server ends, and what supervises it has to start it again.
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

"""Differs from sync_pooled in one thing: all threads of a worker share one Session.

A connection goes to whichever thread needs one, so there are no more of them than
calls at a time, and a fresh thread finds them open. The pool holds 10 unless told
otherwise, and throws away what comes back beyond that: here it is as large as the
threads. With `pool_block` it never opens more.

It costs a lock around the pool, and care: requests does not promise that a Session may
be shared. Nothing here changes it once it is made, and as in sync_pooled it keeps no
cookies, which would go from one user's call to another's.

The Session opens nothing before the first call. So it may be made at import, before
or after the server forks: each worker opens its own connections, and they close with it.
"""

from http.cookiejar import DefaultCookiePolicy

import requests
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from requests.adapters import HTTPAdapter

THREADS = 10  # of each worker, as in the server's command


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

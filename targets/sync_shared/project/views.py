"""Differs from sync_pooled in one thing: all threads of a worker share one Session.

A connection goes to whichever thread needs one, so there are no more of them than
calls at a time, and a fresh thread finds them open. It costs a lock around the pool.

What threads share must not hold anything of one request:

- cookies: a Session keeps those that the API sets and sends them with every later
  call, of any user. The policy allows no domain, so none is kept.
- connections: the pool holds 10 unless told otherwise, and throws away what comes
  back beyond that. Here it is as large as the threads, and never larger: with
  `pool_block` a call would wait for a connection rather than open one more.

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

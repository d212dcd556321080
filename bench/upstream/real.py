"""`--upstream`: a real API in place of the lab's."""

import http.client
import json
import re
import urllib.request
from dataclasses import dataclass
from typing import Any

from bench.upstream.body import read_body
from bench.upstream.within import within
from lab.errors import UsageError

FETCH_TIMEOUT_S = 20.0

# By so many characters a query is known again in what a server prints, where it may stand
# shortened, or with some of its characters in another spelling.
KNOWN_BY = 3


@dataclass(frozen=True)
class RealApi:
    """An API in place of the lab's upstream, and the JSON it answers. It has no witness."""

    url: str
    answer: Any


def require_url(url: str) -> str:
    """`url` itself. Raises `UsageError` where it is no URL that a view could call."""
    authority = re.split(r"[/?#]", url.partition("://")[2] or url)[0]
    if "@" in authority:
        raise UsageError("--upstream takes a URL without user and password: the page names it.")
    if not url.startswith(("http://", "https://")):
        raise UsageError(
            f"--upstream {without_query(url)!r} is no URL: it starts with http:// or https://."
        )
    return url


def without_query(url: str) -> str:
    """`url` as it may be shown: a query often holds a key."""
    path, mark, _ = url.partition("?")
    return f"{path}?..." if mark else path


def without_queries(text: str) -> str:
    """`text` without the query of any URL in it; one that is hidden already stays as it is."""
    return re.sub(r"(\w://[^\s?]*\?)(?!\.{3}[:',.)]{0,2}(?:\s|$))\S*", r"\1...", text)


def without_query_of(url: str, text: str) -> str:
    """`text`, which somebody else wrote, without the query of `url` in it."""
    query = url.partition("?")[2]
    return re.sub(rf"\?{re.escape(query[:KNOWN_BY])}\S*", "?...", text) if query else text


def same_upstream(recorded: str, given: str | None) -> str | None:
    """The URL that a resumed run calls; None for the lab's own upstream.

    `recorded` is what run.json says, from which a query has been left out; then `given` must
    say it. Raises `UsageError` where the two do not agree.
    """
    if recorded == "lab":
        if given:
            raise UsageError("This run called the lab's own upstream: leave out --upstream.")
        return None
    if given and without_query(given) != recorded:
        raise UsageError(f"This run called {recorded}, not {without_query(given)}.")
    if not given and recorded.endswith("?..."):
        raise UsageError(
            f"This run called {recorded}, and what follows the question mark is not on record: "
            f"give it again, with --upstream URL."
        )
    return given or recorded


def ask_real_api(url: str) -> RealApi:
    """What the API at `url` answers, without any proxy.

    Raises `UsageError` where it is no JSON, too large, or not there in time.
    """
    require_url(url)
    try:
        return RealApi(url, json.loads(within(FETCH_TIMEOUT_S, lambda: _fetch(url))))
    except TimeoutError:
        reason = f"no whole answer within {FETCH_TIMEOUT_S:g} s"
    except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
        # Some of these quote what was asked for, and to where it was redirected.
        reason = without_query(str(error))
    raise UsageError(f"--upstream {without_query(url)}: no JSON came from it: {reason}")


def _fetch(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=FETCH_TIMEOUT_S) as response:
        return read_body(response)

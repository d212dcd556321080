"""`--upstream`: a real API in place of the lab's."""

import http.client
import json
import urllib.request
from dataclasses import dataclass
from typing import Any

from lab.errors import UsageError

FETCH_TIMEOUT_S = 20


@dataclass(frozen=True)
class RealApi:
    """An API in place of the lab's upstream, and the JSON it answers. It has no witness."""

    url: str
    answer: Any


def require_url(url: str) -> str:
    """`url` itself. Raises `UsageError` where it is no URL that a view could call."""
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"--upstream {url!r} is no URL: it starts with http:// or https://.")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise UsageError("--upstream takes a URL without user and password: the page names it.")
    return url


def without_query(url: str) -> str:
    """`url` as it may be shown: a query often holds a key."""
    path, mark, _ = url.partition("?")
    return f"{path}?..." if mark else path


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
    """What the API at `url` answers, without any proxy. Raises `UsageError` where it is no JSON."""
    require_url(url)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=FETCH_TIMEOUT_S) as response:
            return RealApi(url, json.loads(response.read()))
    except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
        raise UsageError(f"--upstream {url}: no JSON came from it: {error}") from None

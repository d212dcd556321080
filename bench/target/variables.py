"""What a manifest adds to its server's environment: `settings` and `env`."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from bench.target.table import Table, did_you_mean

# The trust store, the environment's programs, and where gunicorn puts its socket.
OURS = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PATH",
        "XDG_RUNTIME_DIR")  # fmt: skip
SETTINGS = "DJANGO_SETTINGS_MODULE"
FILLED_IN = ("upstream_url", "upstream_origin")

Variables = tuple[tuple[str, str], ...]


def parse_settings(bench: Table) -> str | None:
    """Read `settings`. Raises `UsageError` where it is no name of a module."""
    settings = bench.optional_text("settings")
    if settings is not None and not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", settings):
        raise bench.wrong("settings", "the name of a module, like 'shop.settings'", settings)
    return settings


def parse_env(bench: Table) -> Variables:
    """Read `env`. Raises `UsageError`, which shows no value."""
    env = bench.named_texts("env")
    for name, value in env:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise bench.error(
                f"{name!r} under 'env' in {bench.place} is no name of a variable: use letters, "
                f"digits and '_'."
            )
        if name in OURS:
            raise bench.error(
                f"{name!r} under 'env' in {bench.place} is the lab's to set: leave it out."
            )
        if name == SETTINGS:
            raise bench.error(
                f"{name!r} under 'env' in {bench.place} has a key of its own: 'settings'."
            )
        for word in re.findall(r"\{(upstream\w*)\}", value):
            if word not in FILLED_IN:
                raise bench.error(
                    f"{name!r} under 'env' in {bench.place} holds {{{word}}}, which nothing "
                    f"fills in.{did_you_mean(word, FILLED_IN)}"
                )
    return env


def filled_in(env: Iterable[tuple[str, str]], upstream_url: str) -> dict[str, str]:
    """The variables with the upstream's address where `{upstream_url}` or its origin stand."""
    parts = urlsplit(upstream_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return {
        name: value.replace("{upstream_url}", upstream_url).replace("{upstream_origin}", origin)
        for name, value in env
    }

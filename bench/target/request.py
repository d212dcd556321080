"""How a target is asked, beside its path: a method, headers, a body."""

import re
from dataclasses import dataclass

from bench.target.table import Table

# What a command line holds as one word, with room to spare.
MOST_POST_BYTES = 100_000

# In place of what may be a secret.
HIDDEN = "..."

# What keeps the connection, or says where a body ends, is the load generator's business.
NOT_TO_SET = ("connection", "content-length", "expect", "keep-alive", "te", "transfer-encoding",
              "upgrade")  # fmt: skip


@dataclass(frozen=True)
class Request:
    """Headers as name and value, and the body of a POST; None makes it a GET."""

    headers: tuple[tuple[str, str], ...] = ()
    post: str | None = None

    @property
    def method(self) -> str:
        return "GET" if self.post is None else "POST"

    @property
    def header_names(self) -> list[str]:
        return [name for name, _ in self.headers]

    @property
    def sent_headers(self) -> dict[str, str]:
        """The headers that are sent, with the content type of a POST."""
        typed = "content-type" in (name.lower() for name in self.header_names)
        needed = {} if self.post is None or typed else {"Content-Type": "application/json"}
        return {**needed, **dict(self.headers)}

    @property
    def shown_headers(self) -> dict[str, str]:
        """The headers that are sent, as they may be kept: without a value of the user's."""
        return {
            name: HIDDEN if name in self.header_names else value
            for name, value in self.sent_headers.items()
        }

    def curl_options(self) -> list[str]:
        """What curl has to be told, without any value."""
        words = [] if self.post is None else ["-d", HIDDEN]
        for name, value in self.shown_headers.items():
            words += ["-H", f"{name}: {value}"]
        return words

    @property
    def secret(self) -> bool:
        """Whether there is a value that is not shown."""
        return bool(self.headers) or self.post is not None


def parse_request(bench: Table) -> Request:
    """Read `headers` and `post`. Raises `UsageError`, which shows no value."""
    headers = bench.named_texts("headers")
    names = [name.lower() for name, _ in headers]
    for name, value in headers:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise bench.error(f"{name!r} under 'headers' in {bench.place} is no name of a header.")
        if name.lower() in NOT_TO_SET:
            raise bench.error(
                f"{name!r} under 'headers' in {bench.place} is settled by the load generator: "
                f"leave it out."
            )
        if names.count(name.lower()) > 1:
            raise bench.error(f"{name!r} under 'headers' in {bench.place} is given twice.")
        if not re.fullmatch(r"[!-~]([ -~]*[!-~])?", value):
            raise bench.error(
                f"{name!r} under 'headers' in {bench.place} must be a line of ASCII text that "
                f"neither begins nor ends with a space."
            )
    return Request(headers, _post(bench))


def _post(bench: Table) -> str | None:
    post = bench.values.get("post")
    if post is None:
        return None
    if not isinstance(post, str) or "\0" in post or len(post.encode()) > MOST_POST_BYTES:
        raise bench.error(
            f"'post' in {bench.place} must be a text of at most {MOST_POST_BYTES:,} bytes."
        )
    return post

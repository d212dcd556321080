"""What the bench tells its upstream's process: how to begin, and then an order a line."""

from typing import Literal

from msgspec import Struct

from lab.files.profile import Trust
from lab.latency import Latency


class Config(Struct, frozen=True):
    latency: Latency
    trust: Trust
    trust_file: str


class Order(Struct, frozen=True, omit_defaults=True):
    """`begin` a sample with latencies drawn from `key`, `read` what was seen, or a `ping`.

    A sample's `latency` is that of the upstream's `Config`, where it has none of its own.
    """

    do: Literal["begin", "read", "ping"]
    key: str = ""
    latency: Latency | None = None

"""What the bench and its upstream's process tell each other, a JSON object a line."""

from typing import Literal

from msgspec import Struct

from lab.files.profile import Trust
from lab.files.sample import Testimony
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


class Ready(Struct, frozen=True):
    """What is said first: the port that it listens on."""

    port: int


class SampleBegun(Struct, frozen=True):
    """Whether a sample has begun: not where calls of the last one are still `in_flight`.

    `cpu_s` is the CPU time that the process has used so far.
    """

    idle: bool
    in_flight: int
    cpu_s: float


class Seen(Struct, frozen=True):
    """What was seen since a sample began, and the CPU time that the process has used so far."""

    testimony: Testimony
    cpu_s: float


class Pong(Struct, frozen=True):
    """It lives."""


Reply = Ready | SampleBegun | Seen | Pong

"""What makes the load: what the bench asks of an engine, and what an engine saw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bench.target.request import Request
from lab.condition import Condition
from lab.engines import Build, Times

# What not every engine tells of a load.
Column = Literal["connect_s", "read_s", "body_bytes"]


@dataclass(frozen=True)
class Load:
    """What an engine saw. The sequences hold answered requests, in the order they completed.

    `latencies_s`, `connect_s` and `read_s` are durations, `offsets_s` the start of each
    request since the engine's own; `errors` counts transport failures by message, `cpu_s` is what
    the engine spent. `connect_s`, `read_s` and `body_bytes` are None where it has no such column.
    """

    wall_s: float
    latencies_s: tuple[float, ...]
    offsets_s: tuple[float, ...]
    statuses: tuple[int, ...]
    connect_s: tuple[float, ...] | None
    read_s: tuple[float, ...] | None
    body_bytes: int | None
    errors: dict[str, int]
    cpu_s: float

    @property
    def sent(self) -> int:
        """Requests that were sent: the answered and the failed."""
        return len(self.latencies_s) + sum(self.errors.values())


class Engine(Protocol):
    """One that makes load. To have it is to have what it needs: finding it is `bench.load.find`'s.

    What report and bench both know of it, without running it, is in `lab.engines`.
    """

    @property
    def build(self) -> Build:
        """Its name, and which program it is."""
        ...

    @property
    def columns(self) -> frozenset[Column]:
        """Which of the columns its loads have that not every engine has."""
        ...

    def shown_command(self, condition: Condition, url: str, request: Request) -> list[str]:
        """The command that loads `url`, as a sample keeps it: no header or body that is secret."""
        ...

    def typed_command(self, condition: Condition, url: str, request: Request) -> list[str] | None:
        """What a user types for the like of it; None where there is no such program."""
        ...

    def run(
        self,
        condition: Condition,
        url: str,
        request: Request,
        *,
        cores: Sequence[int] | None = None,
        look: Callable[[], None] | None = None,
    ) -> Load:
        """Load `url` once under the condition, as far as that is the engine's part.

        With `cores` it runs on these CPUs alone. Now and then `look` is called meanwhile, and
        ends the run with what it raises. Raises `BlockError` where the engine fails,
        `MachineError` where it is gone.
        """
        ...

    def steady_s(self, load: Load, concurrency: int) -> Times | None:
        """From when until when the load was steady, in seconds from its first start.

        None where there is no such time, as where nothing was answered.
        """
        ...

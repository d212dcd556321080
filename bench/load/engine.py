"""What an engine saw of the load that it made."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What hey saw. The sequences hold answered requests, in the order they completed.

    `latencies_s`, `connect_s` and `read_s` are durations, `offsets_s` the start of each
    request since hey's own; `errors` counts transport failures by message.
    """

    wall_s: float
    latencies_s: tuple[float, ...]
    offsets_s: tuple[float, ...]
    statuses: tuple[int, ...]
    connect_s: tuple[float, ...]
    read_s: tuple[float, ...]
    body_bytes: int
    errors: dict[str, int]

    @property
    def sent(self) -> int:
        """Requests that hey sent: the answered and the failed."""
        return len(self.latencies_s) + sum(self.errors.values())

"""What the upstream saw during one sample."""

import math
import time
from collections.abc import Hashable, Iterator

from lab.files.sample import Testimony

# Calls of a sample that failed may still be under way when the next one begins.
IDLE_TIMEOUT_S = 30.0


class Witness:
    """Counts calls, connections and times; starts anew with each sample.

    A connection is counted by identity. Its port would not do: the kernel gives the
    same port out again within seconds, and 58 of 1000 connections went missing.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self.begin(iter(()))

    def begin(self, latencies_s: Iterator[float]) -> None:
        """Forget the last sample; calls from now on take `latencies_s`, in order."""
        self._latencies_s = latencies_s
        self._calls = self._new = self._abandoned = 0
        self._in_flight_max = self.in_flight
        self._connections: set[Hashable] = set()
        self._asked_s: list[float] = []
        self._served_s: list[float] = []

    def arrived(self, connection: Hashable, *, first: bool) -> float:
        """Count a call, the `first` on its connection or a later one; its latency in seconds."""
        self._calls += 1
        self._new += first
        self._connections.add(connection)
        self.in_flight += 1
        self._in_flight_max = max(self._in_flight_max, self.in_flight)
        return next(self._latencies_s)

    def answered(self, arrived_s: float, asked_s: float) -> None:
        """Count the answer to a call that arrived at `arrived_s` on the monotonic clock."""
        self.in_flight -= 1
        self._asked_s.append(asked_s)
        self._served_s.append(time.monotonic() - arrived_s)

    def abandoned(self) -> None:
        """Count a call whose caller went away."""
        self.in_flight -= 1
        self._abandoned += 1

    def testimony(self) -> Testimony:
        answered = len(self._asked_s)
        late_s = sorted(
            served - asked for served, asked in zip(self._served_s, self._asked_s, strict=True)
        )
        return Testimony(
            calls=self._calls,
            connections=len(self._connections),
            connections_new=self._new,
            in_flight_max=self._in_flight_max,
            abandoned=self._abandoned,
            asked_mean_s=sum(self._asked_s) / answered if answered else None,
            served_mean_s=sum(self._served_s) / answered if answered else None,
            late_p95_s=late_s[math.ceil(0.95 * answered) - 1] if answered else None,
            asked_max_s=max(self._asked_s, default=None),
        )

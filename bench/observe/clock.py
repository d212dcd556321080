"""How long the machine has slept: what the clock of all durations does not count."""

import time


def slept_s() -> float:
    """For how long the machine was suspended since it started; 0 where a platform does not tell.

    Only differences mean something. Linux has a clock that goes on in sleep beside the
    monotonic one, macOS one that stops beside its own, which goes on.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    if hasattr(time, "CLOCK_UPTIME_RAW"):
        return time.clock_gettime(time.CLOCK_MONOTONIC) - time.clock_gettime(time.CLOCK_UPTIME_RAW)
    return 0.0

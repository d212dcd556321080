"""How figures read, in the terminal and on the page alike."""

NONE = "-"


def rps(value: float | None) -> str:
    """Requests per second: 3 digits where there are that many."""
    if value is None:
        return NONE
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"  # noqa: PLR2004 - digits shown


def seconds(value: float | None) -> str:
    """A latency, without its unit."""
    return NONE if value is None else f"{value:.2f}"


def duration(value_s: float) -> str:
    """A span as one says it: `45 s`, `3 min 05 s`."""
    minutes, rest = divmod(round(value_s), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def plural(count: int, noun: str) -> str:
    """`1 round`, `3 rounds`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def ratio(value: float) -> str:
    """A factor, to 3 digits where it has that many before the point."""
    decimals = 2 if value < 10 else 1 if value < 100 else 0  # noqa: PLR2004 - digits shown
    return f"{value:.{decimals}f}"

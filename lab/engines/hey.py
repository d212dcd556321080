"""hey: its command line as it is run and as the page shows it, and what is known of its load."""

from bisect import bisect_right
from collections.abc import Sequence

from lab.engines.facts import EngineFacts, Times
from lab.level import Level

NAME = "hey"

TEMPLATE = (
    '{"errors":{{jsonify .ErrorDist}},"statuses":{{jsonify .StatusCodes}},'
    '"latencies":{{jsonify .Lats}},"offsets":{{jsonify .Offsets}},'
    '"connect":{{jsonify .ConnLats}},"read":{{jsonify .ResLats}},'
    '"body_bytes":{{jsonify .SizeTotal}},"total_ns":{{jsonify .Total}}}'
)

# A request that takes longer has failed. It is hey's own default, said aloud.
REQUEST_TIMEOUT_S = 20

# Its output leaves out the times of any more; such a sample is kept, and not ranked.
MOST_TIMES = 1_000_000


def command(hey: str, level: Level, url: str, *options: str) -> list[str]:
    """The argument list that loads `url` at `level`, with more of hey's `options`.

    A redirect is an answer with another status than expected, not a request more.
    """
    return [
        hey,
        *level_options(level),
        "-t", str(REQUEST_TIMEOUT_S),
        "-disable-redirects",
        "-o", TEMPLATE,
        *options,
        url,
    ]  # fmt: skip


def level_options(level: Level) -> list[str]:
    return ["-n", str(level.requests), "-c", str(level.concurrency)]


def steady_s(offsets_s: Sequence[float], latencies_s: Sequence[float]) -> Times | None:
    """From a sample's first start until its first connection had used up its quota.

    Starts, and how long each request took, in seconds. None where nothing was answered, or in
    no time.

    hey does not say which connection a request was on, but the number in flight right after a
    start tells: while every connection has requests left, the one that gets an answer starts
    the next. So this ends with the first answer after the last start that brought the number in
    flight to its maximum.
    """
    if not offsets_s:
        return None
    first_s = min(offsets_s)
    started_s = [offset_s - first_s for offset_s in offsets_s]
    ended_s = sorted(
        [start_s + took_s for start_s, took_s in zip(started_s, latencies_s, strict=True)]
    )
    started_s.sort()
    count = len(ended_s)
    most = last = ended = 0
    for started, start_s in enumerate(started_s, start=1):
        while ended < count and ended_s[ended] <= start_s:
            ended += 1
        if started - ended >= most:
            most, last = started - ended, started - 1
    until_s = ended_s[min(bisect_right(ended_s, started_s[last]), count - 1)]
    return (0.0, until_s) if until_s > 0 else None


FACTS = EngineFacts(
    NAME,
    most_times=MOST_TIMES,
    shown_command=lambda level: command(NAME, level, "URL"),
    shown_level=lambda level: " ".join(level_options(level)),
    steady_s=steady_s,
)

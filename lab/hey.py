"""hey's command line, as it is run and as the page shows it."""

from lab.level import Level

TEMPLATE = (
    '{"errors":{{jsonify .ErrorDist}},"statuses":{{jsonify .StatusCodes}},'
    '"latencies":{{jsonify .Lats}},"offsets":{{jsonify .Offsets}},'
    '"connect":{{jsonify .ConnLats}},"read":{{jsonify .ResLats}},'
    '"body_bytes":{{jsonify .SizeTotal}},"total_ns":{{jsonify .Total}}}'
)

# A request that takes longer has failed. It is hey's own default, said aloud.
REQUEST_TIMEOUT_S = 20


def command(hey: str, level: Level, url: str, *options: str) -> list[str]:
    """The argument list that loads `url` at `level`, with more of hey's `options`.

    A redirect is an answer with another status than expected, not a request more.
    """
    return [
        hey,
        "-n", str(level.requests),
        "-c", str(level.concurrency),
        "-t", str(REQUEST_TIMEOUT_S),
        "-disable-redirects",
        "-o", TEMPLATE,
        *options,
        url,
    ]  # fmt: skip

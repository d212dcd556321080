"""hey's command line, and its output in all the ways it comes."""

import json

import pytest

from bench.load.engine import Load
from bench.load.hey import parse, timeout_s
from lab.engines.hey import TEMPLATE, command
from lab.errors import BlockError
from lab.level import Level

GOOD = (
    '{"errors":{},"statuses":[200,503],"latencies":[0.003099667,0.005070104],'
    '"offsets":[0.000184894,0.001445368],"connect":[0.001421042,0],'
    '"read":[0.00012075,0.000199636],"body_bytes":166,"total_ns":14443444}\n'
)
NOT_ONE = (
    '{{"errors":{{{errors}}},"statuses":{none},"latencies":{none},"offsets":{none},'
    '"connect":{none},"read":{none},"body_bytes":{bytes},"total_ns":2000000000}}\n'
)
REFUSED = "dial tcp 127.0.0.1:9: connect: connection refused"
SUMMARY = "\nSummary:\n  Total:\t0.0008 secs\n  Slowest:\t0.0000 secs\n  Average:\t NaN secs\n"
USAGE = "Usage: hey [options...] <url>\n\nOptions:\n  -n  Number of requests to run.\n"
NOT_ITS_OUTPUT = "hey printed something that is not its template's output "


def failure(output: str) -> str:
    with pytest.raises(BlockError) as caught:
        parse(output)
    assert caught.type is BlockError
    assert caught.value.exit_code == 1
    return str(caught.value)


def changed(**values: object) -> str:
    return json.dumps({**json.loads(GOOD), **values})


def test_the_command_line_says_everything_and_ends_with_the_url() -> None:
    expected = [
        "bin/hey", "-n", "150", "-c", "30", "-t", "20", "-disable-redirects", "-o", TEMPLATE,
        "http://h:1/x",
    ]  # fmt: skip
    assert expected == command("bin/hey", Level(150, 30), "http://h:1/x")


def test_the_template_asks_for_everything_that_a_load_holds() -> None:
    assert TEMPLATE == (
        '{"errors":{{jsonify .ErrorDist}},"statuses":{{jsonify .StatusCodes}},'
        '"latencies":{{jsonify .Lats}},"offsets":{{jsonify .Offsets}},'
        '"connect":{{jsonify .ConnLats}},"read":{{jsonify .ResLats}},'
        '"body_bytes":{{jsonify .SizeTotal}},"total_ns":{{jsonify .Total}}}'
    )


def test_hey_has_hung_when_every_request_of_a_connection_could_have_timed_out() -> None:
    assert timeout_s(Level(150, 30)) == 160  # 5 requests each of 20 s, and a minute
    assert timeout_s(Level(1, 1)) == 80


def test_answered_requests_are_read_in_the_order_they_completed() -> None:
    load = parse(GOOD, cpu_s=0.25)
    assert load == Load(
        wall_s=0.014443444,
        latencies_s=(0.003099667, 0.005070104),
        offsets_s=(0.000184894, 0.001445368),
        statuses=(200, 503),
        connect_s=(0.001421042, 0.0),
        read_s=(0.00012075, 0.000199636),
        body_bytes=166,
        errors={},
        cpu_s=0.25,
    )
    assert load.sent == 2


@pytest.mark.parametrize(("none", "size"), [("null", "null"), ("[]", "0")])
def test_where_every_request_failed_nothing_is_invented(none: str, size: str) -> None:
    load = parse(NOT_ONE.format(errors=f'"{REFUSED}":28,"EOF":2', none=none, bytes=size))
    assert load == Load(2.0, (), (), (), (), (), 0, {REFUSED: 28, "EOF": 2}, 0.0)
    assert load.sent == 30


def test_no_errors_may_be_null_too() -> None:
    assert parse(GOOD) == parse(changed(errors=None))


def test_answered_and_failed_requests_were_both_sent() -> None:
    assert parse(changed(errors={"EOF": 3})).sent == 5


def test_a_percent_sign_that_printf_mangled_leaves_the_error_as_hey_printed_it() -> None:
    """`%25zz` in a URL, as Debian's hey prints it."""
    text = f'Get \\"http://127.0.0.1:9/%!z(MISSING)z\\": {REFUSED}'
    load = parse(NOT_ONE.format(errors=f'"{text}":4', none="[]", bytes=0))
    assert load.errors == {f'Get "http://127.0.0.1:9/%!z(MISSING)z": {REFUSED}': 4}


@pytest.mark.parametrize("text", ['100%!"(MISSING):4', '"100%!\\(MISSING)" x":4'])
def test_a_percent_sign_that_printf_mangled_beyond_json_fails_the_block(text: str) -> None:
    output = NOT_ONE.format(errors=text, none="[]", bytes=0)
    message = failure(output)
    assert message.startswith(f"{NOT_ITS_OUTPUT}(")
    assert message.endswith(f"). It begins: {output[:200].strip()}")


@pytest.mark.parametrize(
    ("output", "start"),
    [
        ("", "nothing"),
        ("  \n", "nothing"),
        (SUMMARY, SUMMARY.strip()),
        (USAGE, USAGE.strip()),
        (GOOD[:100], GOOD[:100]),
        ("x" * 300, "x" * 200),
        ("\x1b[2J\a\ud800", r"\x1b[2J\x07\ud800"),
    ],
    ids=["empty", "blank", "summary with NaN", "usage", "truncated", "long", "terminal codes"],
)
def test_what_is_no_json_is_shown_by_its_beginning(output: str, start: str) -> None:
    message = failure(output)
    assert message.startswith(f"{NOT_ITS_OUTPUT}(")
    assert message.endswith(f"). It begins: {start}")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("[]", "Expected `object`, got `array`"),
        ("null", "Expected `object`, got `null`"),
        ("{}", "Object missing required field `errors`"),
        (changed(errors=["EOF"]), "Expected `object | null`, got `array` - at `$.errors`"),
        (changed(errors={"EOF": None}), "Expected `int`, got `null` - at `$.errors[...]`"),
        (changed(latencies=3), "Expected `array | null`, got `int` - at `$.latencies`"),
        (changed(latencies="12"), "Expected `array | null`, got `str` - at `$.latencies`"),
        (changed(latencies={"1": 2}), "Expected `array | null`, got `object` - at `$.latencies`"),
        (changed(latencies=["a", "b"]), "Expected `float`, got `str` - at `$.latencies[0]`"),
        (changed(statuses=[None, 200]), "Expected `int`, got `null` - at `$.statuses[0]`"),
        (changed(statuses=[200.7, 200]), "Expected `int`, got `float` - at `$.statuses[0]`"),
        (changed(statuses=[True, 200]), "Expected `int`, got `bool` - at `$.statuses[0]`"),
        (changed(total_ns=None), "Expected `int`, got `null` - at `$.total_ns`"),
    ],
)
def test_json_of_another_shape_fails_the_block_with_the_key(output: str, reason: str) -> None:
    assert failure(output).startswith(f"{NOT_ITS_OUTPUT}({reason}). It begins: ")


@pytest.mark.parametrize(
    "output",
    [
        changed(statuses=[float("inf"), 200]),
        changed(body_bytes=float("inf")),
        changed(latencies=[10**400, 1]),
        changed(latencies=[float("nan"), 1]),
        changed(total_ns=10**400),
        changed(errors={"EOF": 2**63}),
        "[" * 100_000,
        '{"later":' + "[" * 100_000,
    ],
    ids=["status", "bytes", "latency", "nan", "total", "errors", "depth", "depth of the unknown"],
)
def test_numbers_that_python_cannot_hold_fail_the_block_like_any_other(output: str) -> None:
    assert failure(output).startswith("hey printed ")


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("offsets", "1, 2, 2, 2"),
        ("connect", "2, 1, 2, 2"),
        ("read", "2, 2, 1, 2"),
        ("statuses", "2, 2, 2, 1"),
    ],
)
def test_columns_of_different_lengths_fail_the_block(key: str, counts: str) -> None:
    expected = f"hey printed 2 latencies but {counts} of what belongs to them."
    assert expected == failure(changed(**{key: [1]}))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"total_ns": 0}, "`int` >= 1 - at `$.total_ns`"),
        ({"total_ns": -5}, "`int` >= 1 - at `$.total_ns`"),
        ({"errors": {"EOF": -1}}, "`int` >= 0 - at `$.errors[...]`"),
        ({"errors": {"EOF": 10**9 + 1}}, "`int` <= 1000000000 - at `$.errors[...]`"),
        ({"latencies": [-0.1, 0.1]}, "`float` >= 1e-09 - at `$.latencies[0]`"),
        ({"latencies": [0.1, 0]}, "`float` >= 1e-09 - at `$.latencies[1]`"),
        ({"latencies": [0.1, 1e300]}, "`float` <= 9223372036.854776 - at `$.latencies[1]`"),
        ({"offsets": [0.1, -0.1]}, "`float` >= 0.0 - at `$.offsets[1]`"),
        ({"connect": [-1, 0]}, "`float` >= 0.0 - at `$.connect[0]`"),
        ({"read": [0, -1]}, "`float` >= 0.0 - at `$.read[1]`"),
        ({"statuses": [200, -200]}, "`int` >= 0 - at `$.statuses[1]`"),
        ({"statuses": [200, 1000]}, "`int` <= 999 - at `$.statuses[1]`"),
        ({"body_bytes": -1}, "`int` >= 0 - at `$.body_bytes`"),
    ],
    ids=str,
)
def test_impossible_figures_fail_the_block(values: dict[str, object], reason: str) -> None:
    assert failure(changed(**values)).startswith(f"{NOT_ITS_OUTPUT}(Expected {reason}). ")


def test_an_error_is_kept_as_a_terminal_can_show_it_and_none_is_lost() -> None:
    load = parse(changed(errors={"\x1b[2Jgone": 2, "\\x1b[2Jgone": 3, "a b\n": 4}))
    assert load.errors == {r"\x1b[2Jgone": 5, r"a b\n": 4}
    assert load.sent == 11


def test_half_of_a_surrogate_pair_is_no_text_of_an_error() -> None:
    """It could not be written to a sample."""
    assert failure(changed(errors={"\ud800": 2})).startswith(NOT_ITS_OUTPUT)

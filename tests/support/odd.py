"""What nobody should write: strategies for values, texts and bytes, and what may come of them."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import strategies as st

from lab.errors import LabError

T = TypeVar("T")
Anything = st.SearchStrategy[Any]

# At the ends of what some part can hold: a float, 64 bits, a count.
EDGES: tuple[float, ...] = (
    0, 1, -1, 2**63, 2**64, 10**400, -(10**400), 0.0, -0.0, 5e-324, 1e-9, 1e300, -1e300, 1e308,
)  # fmt: skip

# What a sample, or hey, may say of something.
FIGURES: Anything = (
    st.integers(0, 1000) | st.floats(0, 1e10) | st.sampled_from([1e-9, 10**9, 2**63 - 1])
)
NUMBERS: Anything = st.sampled_from(EDGES) | st.integers() | st.floats()
JSON_SCALARS: Anything = st.none() | st.booleans() | NUMBERS | st.text(max_size=20)
TOML_SCALARS: Anything = (
    st.booleans() | NUMBERS | st.text(max_size=20) | st.datetimes() | st.dates() | st.times()
)


def nested(scalars: Anything) -> Anything:
    """Scalars, lists and tables of them, and of these."""
    values = scalars
    for _ in range(2):
        tables = st.dictionaries(st.text(max_size=8), values, max_size=2)
        values = scalars | st.lists(values, max_size=2) | tables
    return values


JSON = nested(JSON_SCALARS)
TOML = nested(TOML_SCALARS)


def changed(whole: Anything, *keys: str, odd: Anything) -> Anything:
    """Tables in which up to two keys, of these or others, have an odd value."""
    names = st.sampled_from(keys) | st.text(max_size=8)
    return st.builds(
        lambda good, bad: {**good, **bad}, whole, st.dictionaries(names, odd, max_size=2)
    )


def damaged(whole: bytes) -> st.SearchStrategy[bytes]:
    """`whole`, cut off at any byte, or with other bytes in the place of one."""
    places = st.integers(0, len(whole) - 1)
    return places.map(lambda at: whole[:at]) | st.builds(
        lambda at, put: whole[:at] + put + whole[at + 1 :], places, st.binary(max_size=3)
    )


def value_or_error(call: Callable[[], T], *, names: str = "") -> T | None:
    """What `call` gives; None where it raises an error of the lab, which a terminal can show.

    `names` is the file that its message begins with.
    """
    try:
        return call()
    except LabError as error:
        message = str(error)
    assert message.startswith(names)
    assert message.removeprefix(names).strip()
    assert re.sub(r"[\n\t]", "", message).isprintable(), ascii(message)
    return None

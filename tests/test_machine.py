"""What the machine did between two moments."""

import pytest

from bench.machine import Pressure


@pytest.mark.parametrize(
    ("before", "after", "steal_s", "throttled_s"),
    [
        (Pressure(1.0, 2.0), Pressure(1.5, 4.0), 0.5, 2.0),
        (Pressure(None, None), Pressure(None, None), None, None),
        (Pressure(1.0, None), Pressure(1.0, 3.0), 0.0, None),
        (Pressure(None, 2.0), Pressure(3.0, None), None, None),
    ],
)
def test_pressure_is_the_difference_and_what_is_not_known_stays_unknown(
    before: Pressure, after: Pressure, steal_s: float | None, throttled_s: float | None
) -> None:
    recorded = before.until(after)
    load1 = recorded.pop("load1")
    assert load1 is not None
    assert load1 >= 0
    assert recorded == {"steal_s": steal_s, "throttled_s": throttled_s}

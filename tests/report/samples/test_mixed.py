"""Samples that were not taken under the same conditions are refused."""

from dataclasses import replace

import pytest

from lab.errors import UsageError
from lab.files.sample import Origin
from report.samples.measured import Measured, measure
from report.samples.mixed import refuse_mixed
from tests.support.runs import sample

ORIGIN = Origin(machine="m1", profile="p1", lock="l1")
ONE = replace(measure(sample("sync_requests", 1, 3.0)), origin=ORIGIN)
OTHER_TARGET = replace(ONE, target="sync_pooled", origin=replace(ORIGIN, lock="l2"))
OLDER = replace(ONE, origin=None)
BUILD = "hey 0.1.4, sha256 4f2a9c0d5e6b7a81"
BUILT = replace(ONE, origin=replace(ORIGIN, engine=BUILD))


def test_samples_of_one_run_belong_together() -> None:
    refuse_mixed([ONE, replace(ONE, round=2), OTHER_TARGET, OLDER], ["a", "b", "c", "d"])


def test_each_target_has_its_own_lock() -> None:
    refuse_mixed([ONE, OTHER_TARGET], ["a", "b"])


def test_samples_that_do_not_tell_their_origin_are_not_compared() -> None:
    refuse_mixed([OLDER, ONE, OLDER], ["a", "b", "c"])


def test_samples_of_one_build_belong_together_and_to_their_run() -> None:
    refuse_mixed([BUILT, BUILT], ["a", "b"])
    refuse_mixed([BUILT, BUILT], ["a", "b"], run_build=BUILD)


@pytest.mark.parametrize("other", [ONE, OLDER], ids=["no build", "no origin"])
def test_a_build_that_is_not_known_goes_with_such_alone(other: Measured) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_mixed([BUILT, other], ["a", "b"])

    assert str(caught.value) == (
        f"a and b: measured with different builds of the load generator ({BUILD} and unknown). "
        f"They cannot be in one summary. Take the one out that does not belong to this run."
    )


def test_a_sample_of_another_build_than_its_runs_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^run\.json and a: .* \(hey 0\.1\.3 and hey 0\.1\.4, "):
        refuse_mixed([BUILT], ["a"], run_build="hey 0.1.3")


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (
            replace(ONE, origin=replace(ORIGIN, machine="m2")),
            "machines, kernels or Pythons (m1 and m2)",
        ),
        (BUILT, f"builds of the load generator (unknown and {BUILD})"),
        (replace(ONE, origin=replace(ORIGIN, profile="p2")), "profiles (p1 and p2)"),
        (replace(ONE, origin=replace(ORIGIN, lock="l2")), "locks of sync_requests (l1 and l2)"),
    ],
)
def test_what_differs_is_said_with_the_two_files(other: Measured, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_mixed(
            [OLDER, ONE, OTHER_TARGET, other], ["r0.json", "r1.json", "r2.json", "r3.json"]
        )

    first = "r0.json" if "load generator" in what else "r1.json"
    assert str(caught.value) == (
        f"{first} and r3.json: measured with different {what}. They cannot be in one summary. "
        f"Take the one out that does not belong to this run."
    )

"""Samples that do not belong into one summary."""

from collections.abc import Iterable, Iterator

from lab.errors import UsageError
from lab.files.run_json import RunOrigin
from report.samples.measured import Measured

MACHINES = "machines, kernels or Pythons"
PROFILES = "profiles"
BUILDS = "builds of the load generator"
UNKNOWN = "unknown"


def refuse_mixed(
    measured: Iterable[Measured],
    files: Iterable[str],
    run_origin: RunOrigin | None = None,
    run_build: str | None = None,
) -> None:
    """Raise `UsageError` where samples were not taken under the same conditions.

    These are the build of the load generator, the machine, the profile and, per target, the lock
    of its packages; what else differs is another condition, which the plan holds or does not.
    `files` names where each sample lies, in the same order; `run_origin` is what run.json says
    of machine and profile, `run_build` of the load generator's build. Samples of older versions
    do not tell their origin, and are not compared by it; nor do they tell a build, and go
    together with such samples alone.
    """
    known: dict[str, tuple[str, str]] = {}
    if run_origin:
        known[MACHINES] = (run_origin.machine, "run.json")
        known[PROFILES] = (run_origin.profile, "run.json")
    if run_build:
        known[BUILDS] = (run_build, "run.json")
    for sample, file in zip(measured, files, strict=True):
        for condition, value in _conditions(sample):
            first, first_file = known.setdefault(condition, (value, file))
            if value != first:
                raise UsageError(
                    f"{first_file} and {file}: measured with different {condition} "
                    f"({first} and {value}). They cannot be in one summary. "
                    f"Take the one out that does not belong to this run."
                )


def _conditions(sample: Measured) -> Iterator[tuple[str, str]]:
    """What must not differ: in words that fit after `different`, and its value."""
    yield BUILDS, (sample.origin.engine if sample.origin else None) or UNKNOWN
    if sample.origin:
        yield MACHINES, sample.origin.machine
        yield PROFILES, sample.origin.profile
        yield f"locks of {sample.target}", sample.origin.lock

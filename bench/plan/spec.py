"""What a run is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.target.target import Target
from lab.files.digest import digest
from lab.files.plan import Plan
from lab.files.profile import Profile
from lab.files.run_json import Goal


@dataclass(frozen=True)
class RunSpec:
    """What the user asked for, checked.

    With `pin`, load, upstream and server get cores of their own where there are enough. `added`
    are requirements on top of every lock; `python` is the version, or the path, of the interpreter
    that the targets run on, None for the lab's own.
    """

    targets: Sequence[Target]
    profile: Profile
    plan: Plan
    seed: int
    baseline: str
    results: Path
    margin: float = 0.1
    until: Goal | None = None
    upstream_url: str | None = None
    pin: bool = True
    added: tuple[str, ...] = ()
    python: str | None = None

    @property
    def profile_digest(self) -> str:
        """A digest of how the upstream behaves: samples that differ in it cannot be compared."""
        return digest(
            [msgspec.to_builtins(self.profile.latency), self.profile.trust, self.upstream_url]
        )

"""What there is to know of an engine, and of the program that it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from lab.key import key
from lab.level import Level

# As many digits as nobody makes two builds agree in.
SHOWN_DIGITS = 16

# From when until when, in seconds from a sample's first start.
Times = tuple[float, float]


@dataclass(frozen=True)
class Build:
    """An engine's name, and of its program the version that it says and the SHA-256 of its file.

    Each of the two is None where it is not known; of runs of older versions neither is.
    """

    name: Annotated[str, key("The engine's name.")]
    version: Annotated[
        str | None, key("The version that its program says.", null="it says none")
    ] = None
    sha256: Annotated[
        str | None,
        key("SHA-256 of its program's file.", null="the file cannot be read, or is none"),
    ] = None

    def __str__(self) -> str:
        """`hey 0.1.4, sha256 4f2a9c0d5e6b7a81`."""
        if self.sha256 is None:
            return f"{self.name} {self.version or 'of a build that is not known'}"
        digest = f"sha256 {self.sha256[:SHOWN_DIGITS]}"
        return f"{self.name} {self.version or 'of an unknown version'}, {digest}"

    @property
    def word(self) -> str | None:
        """What samples of one build have in common, and those of two have not; None: not known."""
        return str(self) if self.version or self.sha256 else None


@dataclass(frozen=True)
class EngineFacts:
    """What is known of an engine without running it.

    `most_times` is how many request times it keeps of a sample, None where it keeps all.
    `shown_command` is the command line of a level as the page shows it, with `URL` for an
    address, and `shown_level` what differs in it at another level. `steady_s` tells, from the
    starts and latencies of a sample in seconds, in any order but the same, from when until when
    it was steady: for samples of before it was written down.
    """

    name: str
    most_times: int | None = None
    shown_command: Callable[[Level], list[str]] | None = None
    shown_level: Callable[[Level], str] = str
    steady_s: Callable[[Sequence[float], Sequence[float]], Times | None] | None = None

    def keeps(self, requests: int) -> bool:
        """Whether it keeps the times of so many requests."""
        return self.most_times is None or requests <= self.most_times

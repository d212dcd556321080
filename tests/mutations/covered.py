"""Which tests run which lines, so that a change is tried on those alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import coverage
import msgspec

from tests.mutations.paths import MOST_S


@dataclass(frozen=True)
class Covered:
    """Tests by file and line, and how long each takes."""

    by_line: Mapping[str, Mapping[int, Sequence[str]]]
    took_s: Mapping[str, float]

    def of(self, file: str, lines: frozenset[int], room: str) -> list[str]:
        """What to try a change on: the tests of its own room first, then the quickest."""
        by_line = self.by_line.get(file, {})
        # What is run at import may matter to whatever uses the module, and to what msgspec makes of
        # its structs, which is no line of it.
        found = {test for line in lines or by_line for test in by_line.get(line, ())}
        if not lines:
            found |= {test for test in self.took_s if test.startswith(room)}
        found &= {*self.took_s}
        taken: list[str] = []
        total_s = 0.0
        for test in sorted(found, key=lambda it: (not it.startswith(room), self.took_s[it], it)):
            total_s += self.took_s[test]
            if taken and total_s > MOST_S:
                break
            taken.append(test)
        return taken

    def expected_s(self, tests: Sequence[str]) -> float:
        return sum(self.took_s[test] for test in tests)


def read(root: Path, scratch: Path) -> Covered:
    """What `held.Held.look` has left."""
    took_s = msgspec.json.decode((scratch / "took.json").read_bytes(), type=dict[str, float])
    data = coverage.CoverageData(str(scratch / "coverage"))
    data.read()
    by_line = {
        str(Path(path).relative_to(root)): data.contexts_by_lineno(path)
        for path in data.measured_files()
    }
    return Covered(by_line, took_s)

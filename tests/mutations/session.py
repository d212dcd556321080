"""Every change of some modules, tried: put into what is loaded, or imported where it cannot be."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.json import decode, encode

from lab.errors import LabError
from lab.files.folder import write_whole
from tests.mutations import kept, scope, trial
from tests.mutations.changes import Change, changes
from tests.mutations.covered import Covered, read
from tests.mutations.held import Held, hold

HELD_S = 7200.0


@dataclass(frozen=True)
class Session:
    """What is tried in a project, and kept in `csv` module by module: it takes long.

    What is `settled` stays as it is kept, and is not tried.
    """

    root: Path
    scratch: Path
    csv: Path
    settled: Callable[[kept.Row], bool] = lambda _row: False

    def run(self, files: Sequence[str], tests: Sequence[str]) -> None:
        trial.warm_up()
        anew = self.scratch / "anew.json"

        def work(held: Held) -> None:
            anew.write_bytes(encode(self._hold(held, files)))

        def try_all() -> int:
            hold(self.root, tests, work)
            return 0

        # The tests are loaded in a fork: this process is to have none of the modules.
        if trial.in_fork(try_all, self.root, HELD_S, shown=True) != 0:
            raise LabError("The tests could not be loaded: run them with pytest first.")
        covered = read(self.root, self.scratch)
        for file, left in decode(anew.read_bytes(), type=dict[str, list[kept.Name]]).items():
            self._try_anew(file, set(left), covered)

    def _hold(self, held: Held, files: Sequence[str]) -> dict[str, list[kept.Name]]:
        """Try what can be put into the loaded tests, and give what cannot."""
        print("Looking which tests run which lines.", flush=True)
        held.look(sorted({Path(file).parts[0] for file in files}), self.scratch)
        covered = read(self.root, self.scratch)
        anew = {}
        for file in files:
            known = self._known(file)
            rows, left = [], []
            for change in changes(self.root, file):
                outcome = known.get(change.name) or _held(held, change, covered)
                if outcome is None:
                    left.append(change.name)
                rows.append(_row(change, outcome or "survived"))
            self._keep(file, rows)
            if left:
                anew[file] = left
        return anew

    def _try_anew(self, file: str, names: set[kept.Name], covered: Covered) -> None:
        rows = {row.name: row for row in kept.read(self.csv) if row.file == file}
        for change in changes(self.root, file):
            if change.name in names:
                rows[change.name] = _row(change, _anew(self.root, change, covered))
        self._keep(file, list(rows.values()))

    def _known(self, file: str) -> dict[kept.Name, kept.Outcome]:
        rows = [row for row in kept.read(self.csv) if row.file == file]
        return {row.name: row.outcome for row in rows if self.settled(row)}

    def _keep(self, file: str, rows: Sequence[kept.Row]) -> None:
        by_file: dict[str, list[kept.Row]] = {}
        for row in kept.read(self.csv):
            by_file.setdefault(row.file, []).append(row)
        by_file[file] = list(rows)
        in_scope = list(scope.files(self.root)) or [file]
        all_rows = [row for each in in_scope for row in by_file.get(each, [])]
        write_whole(self.csv, kept.write(all_rows).encode())
        counts = Counter(row.outcome for row in rows)
        if counts:
            print(file, *(f"{count} {it}" for it, count in counts.items()), sep="  ", flush=True)


def _held(held: Held, change: Change, covered: Covered) -> kept.Outcome | None:
    """None where the change cannot be put into what is loaded, or all of it."""
    tests = covered.of(change.file, change.lines, scope.room(change.file))
    if not tests:
        return "no test"
    survives = held.survives(change.file, change.source, tests, covered.expected_s(tests))
    if survives is None or (survives and not change.lines):
        return None
    return _outcome(survives=survives)


def _anew(root: Path, change: Change, covered: Covered) -> kept.Outcome:
    tests = covered.of(change.file, change.lines, scope.room(change.file))
    expected_s = covered.expected_s(tests)
    return _outcome(survives=trial.survives(root, change.file, change.source, tests, expected_s))


def _outcome(*, survives: bool) -> kept.Outcome:
    return "survived" if survives else "killed"


def _row(change: Change, outcome: kept.Outcome) -> kept.Row:
    lines = ("", "") if outcome == "killed" else (change.before, change.after)
    return kept.Row(*change.name, outcome, *lines)

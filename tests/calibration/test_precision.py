"""The session `nox -s precision` at its edge: which runs it makes, keeps, and makes again."""

import os
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil
import pytest

from bench.machine import facts
from bench.plan.profile import load_profile
from lab.errors import LabError, UsageError
from lab.files import json_text
from lab.level import Level
from lab.paths import ROOT
from tests.calibration import precision
from tests.calibration.kept_runs import Kept, Key, load, save
from tests.calibration.same_minutes import has_minutes
from tests.calibration.widths import BEFORE, NOW, Measured, Pair
from tests.support import runs

# Three rounds at 150/30 each; the first target is the baseline.
ROUNDS = {BEFORE: (50, 100, 200), NOW: (50, 60, 72)}

PROFILE = dict(precision.PROFILE)
WITHOUT_MINUTES = "[load]\nrounds = 3\n"
WITH_MINUTES = "[load]\nrounds = 5\nminutes = 7.5\n"


@pytest.fixture(autouse=True)
def steady(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for the default profile, whatever that is; it says nothing of minutes."""
    file = tmp_path / "steady.toml"
    file.write_text(WITHOUT_MINUTES)
    profiles = {**PROFILE, NOW: precision.Profile("steady", file)}
    monkeypatch.setattr(precision, "PROFILE", profiles)
    return file


class Fake:
    """In place of `compare`: writes runs as it does, but in the call with the number `fails`.

    A run whose folder has no wall time in `walls_s` takes 400 s.
    """

    def __init__(
        self,
        *,
        fails: int | None = None,
        error: BaseException | None = None,
        walls_s: Mapping[str, float] | None = None,
    ) -> None:
        self.calls: list[list[str]] = []
        self.profiles: dict[str, str] = {}  # by folder, where it is a file of the session's
        self._walls_s = walls_s or {}
        self._fails = fails
        self._error = error or LabError("compare ended with exit code 3.")

    def __call__(self, arguments: Sequence[str], folder: Path) -> Path:
        self.calls.append([*arguments, folder.name])
        if len(self.calls) == self._fails:
            raise self._error
        profile = Path(arguments[1])
        if profile.is_absolute():
            self.profiles[folder.name] = profile.read_text()
        values = runs.run(wall_s=self._walls_s.get(folder.name, 400.0), load_share=0.5)
        samples = [
            *runs.rounds("sync_requests", 50, 50, 50),
            *runs.rounds("async_httpx", *ROUNDS[folder.name.partition("-")[2]]),
            *runs.rounds("sync_pooled", 100, 100, 100.5),
        ]
        shutil.rmtree(folder, ignore_errors=True)
        run = folder / "run"
        summary = runs.summary(run, values, samples)
        (run / "summary.json").write_bytes(json_text.encode(summary))
        return run


def start(tmp_path: Path, fake: Fake, *options: str) -> int:
    return precision.main(
        [*options, "--results", str(tmp_path / "work"), "--out", str(tmp_path / "out")],
        runner=fake,
    )


def names(fake: Fake) -> list[str]:
    return [call[-1] for call in fake.calls]


def test_before_is_the_default_profile_as_it_was() -> None:
    profile = load_profile(str(ROOT / PROFILE[BEFORE].word))
    assert (profile.latency.fixed_ms, profile.trust, profile.rounds) == (100, "certifi", 3)
    assert profile.levels == (Level(150, 30), Level(300, 50), Level(1000, 100))
    assert profile.repeats == {Level(150, 30): 3, Level(300, 50): 2}
    assert PROFILE[BEFORE].file == ROOT / PROFILE[BEFORE].word
    assert PROFILE[NOW].word == "steady"
    assert load_profile(str(PROFILE[NOW].file)).levels == load_profile("steady").levels


def test_the_minutes_of_the_default_profile_can_be_replaced() -> None:
    """Where it has a line of them that is not the session's own idea of one, it would be missed."""
    text = PROFILE[NOW].text
    assert has_minutes(text) == ("minutes" in tomllib.loads(text)["load"])
    assert not has_minutes(PROFILE[BEFORE].text)


def test_before_comes_first_and_then_which_does_is_drawn_and_the_same_each_time() -> None:
    drawn = [precision.order(repetition)[0] for repetition in range(1, 7)]
    assert drawn == [BEFORE, NOW, NOW, BEFORE, NOW, BEFORE]
    assert all(sorted(precision.order(number)) == [BEFORE, NOW] for number in range(1, 7))


def test_both_procedures_run_in_each_repetition_with_its_seed(tmp_path: Path) -> None:
    fake = Fake()
    options = ["--repetitions", "2", "--only", "a,b", "--levels", "20/5"]
    assert start(tmp_path, fake, *options) == 0
    profiles = {BEFORE: "tests/calibration/before.toml", NOW: "steady"}
    assert fake.calls == [
        [
            "--profile", profiles[procedure], "--seed", str(repetition),
            "--only", "a,b", "--levels", "20/5", f"{repetition}-{procedure}",
        ]
        for repetition in (1, 2)
        for procedure in precision.order(repetition)
    ]  # fmt: skip


def test_the_figures_of_all_runs_are_written_in_the_docs(tmp_path: Path) -> None:
    assert start(tmp_path, Fake(), "--repetitions", "2") == 0
    out = tmp_path / "out"
    assert sorted(file.name for file in out.iterdir()) == [
        "precision.csv", "precision.md", "precision_time.csv",
    ]  # fmt: skip
    rows = (out / "precision.csv").read_text().splitlines()
    assert rows[0] == "repetition,procedure,target,level,ratio,low,high"
    places = [
        f"{repetition},{procedure},{target},150/30"
        for repetition in (1, 2)
        for procedure in precision.order(repetition)
        for target in ("async_httpx", "sync_pooled")
    ]
    assert [",".join(row.split(",")[:4]) for row in rows[1:]] == places
    assert (out / "precision_time.csv").read_text().splitlines() == [
        "repetition,procedure,wall_s,load_s,rounds",
        *[
            f"{repetition},{procedure},400.0,200.0,3"
            for repetition in (1, 2)
            for procedure in precision.order(repetition)
        ],
    ]
    # Ratios of before are 1, 2 and 4, of now 1, 1.2 and 1.44: t x ln(step) / sqrt(3).
    page = (out / "precision.md").read_text()
    assert "| async_httpx | 150/30 | 1.722 | 0.453 | 0.263 [0.263, 0.263] |" in page


def test_an_interrupted_session_goes_on_with_the_runs_it_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = Fake(fails=3, error=KeyboardInterrupt())
    assert start(tmp_path, first, "--repetitions", "2") == 130
    assert not (tmp_path / "out").exists()
    assert "the same command goes on with them" in capsys.readouterr().err
    second = Fake()
    assert start(tmp_path, second, "--repetitions", "2") == 0
    assert names(second) == [f"2-{procedure}" for procedure in precision.order(2)]
    said = capsys.readouterr().out
    assert said.count("skipped, as it is measured already.") == 2
    assert f"Repetition 1 of 2, {NOW}: skipped" in said
    assert len((tmp_path / "out" / "precision_time.csv").read_text().splitlines()) == 5


def test_a_run_that_fails_ends_the_session_and_the_others_are_kept(tmp_path: Path) -> None:
    assert start(tmp_path, Fake(fails=2), "--repetitions", "2") == LabError.exit_code
    third = Fake()
    assert start(tmp_path, third, "--repetitions", "2") == 0
    assert len(third.calls) == 3


def test_more_repetitions_need_only_the_new_ones(tmp_path: Path) -> None:
    assert start(tmp_path, Fake(), "--repetitions", "2") == 0
    more = Fake()
    assert start(tmp_path, more, "--repetitions", "3") == 0
    assert names(more) == [f"3-{procedure}" for procedure in precision.order(3)]


def test_runs_with_other_options_do_not_stand_for_these(tmp_path: Path) -> None:
    assert start(tmp_path, Fake(), "--repetitions", "2") == 0
    other = Fake()
    assert start(tmp_path, other, "--repetitions", "2", "--levels", "20/5") == 0
    assert len(other.calls) == 4
    again = Fake()
    assert start(tmp_path, again, "--repetitions", "2") == 0
    assert again.calls == []


def test_runs_of_another_machine_do_not_stand_for_these(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert start(tmp_path, Fake(), "--repetitions", "2") == 0
    monkeypatch.setattr(facts, "identity", lambda: "another")
    other = Fake()
    assert start(tmp_path, other, "--repetitions", "2") == 0
    assert len(other.calls) == 4


def test_runs_by_a_profile_that_has_changed_are_made_again_and_the_others_not(
    tmp_path: Path, steady: Path
) -> None:
    assert start(tmp_path, Fake(), "--repetitions", "2") == 0
    steady.write_text("[load]\nrounds = 4\n")
    again = Fake()
    assert start(tmp_path, again, "--repetitions", "2") == 0
    assert names(again) == ["1-now", "2-now"]


def minutes(fake: Fake) -> dict[str, str]:
    """The line of minutes in the profile of each run that was given one of its own."""
    return {name: text.splitlines()[-1] for name, text in fake.profiles.items()}


def test_now_is_given_the_minutes_of_the_median_run_of_before_so_far(
    tmp_path: Path, steady: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Now comes first in the second and third repetition, after 1 and 2 runs of before."""
    steady.write_text(WITH_MINUTES)
    fake = Fake(walls_s={"1-before": 480.0, "2-before": 504.0, "3-before": 600.0, "1-now": 60.0})
    assert start(tmp_path, fake, "--repetitions", "4") == 0
    assert names(fake)[:6] == [
        "1-before", "1-now", "2-now", "2-before", "3-now", "3-before",
    ]  # fmt: skip
    # 480 s; 480 s; 480 and 504 s; in the fourth 400, 480, 504 and 600 s.
    assert minutes(fake) == {
        "1-now": "minutes = 8.0",
        "2-now": "minutes = 8.0",
        "3-now": "minutes = 8.2",
        "4-now": "minutes = 8.2",
    }
    assert fake.profiles["1-now"] == "[load]\nrounds = 5\nminutes = 8.0\n"
    assert fake.calls[1][:2] == ["--profile", str(tmp_path / "work" / "1-now.toml")]
    assert steady.read_text() == WITH_MINUTES
    assert "Repetition 3 of 4, now, in 8.2 minutes." in capsys.readouterr().out
    page = (tmp_path / "out" / "precision.md").read_text()
    assert "Each run of now was given the minutes that the runs of before had taken" in page


def test_a_profile_without_minutes_is_used_as_it_is(tmp_path: Path) -> None:
    fake = Fake()
    assert start(tmp_path, fake, "--repetitions", "2") == 0
    assert [call[1] for call in fake.calls if call[-1].endswith(NOW)] == ["steady", "steady"]
    assert fake.profiles == {}
    assert "was given the minutes" not in (tmp_path / "out" / "precision.md").read_text()


def test_a_session_that_goes_on_gives_now_the_minutes_of_the_runs_that_it_has(
    tmp_path: Path, steady: Path
) -> None:
    steady.write_text(WITH_MINUTES)
    first = Fake(fails=4, error=KeyboardInterrupt(), walls_s={"1-before": 480.0})
    assert start(tmp_path, first, "--repetitions", "2") == 130
    second = Fake()
    assert start(tmp_path, second, "--repetitions", "3") == 0
    assert names(second) == ["2-before", "3-now", "3-before"]
    assert minutes(second) == {"3-now": "minutes = 7.3"}  # of 480 and 400 s


def test_runs_of_now_are_made_again_where_those_of_before_have_taken_other_minutes(
    tmp_path: Path, steady: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady.write_text(WITH_MINUTES)
    assert start(tmp_path, Fake(), "--repetitions", "2") == 0
    changed = tmp_path / "before.toml"
    changed.write_text("[load]\nrounds = 2\n")
    profiles = {**precision.PROFILE, BEFORE: precision.Profile("before", changed)}
    monkeypatch.setattr(precision, "PROFILE", profiles)
    again = Fake(walls_s={"1-before": 300.0})
    assert start(tmp_path, again, "--repetitions", "2") == 0
    assert minutes(again) == {"1-now": "minutes = 5.0", "2-now": "minutes = 5.0"}


def test_one_repetition_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(tmp_path, Fake(), "--repetitions", "1") == UsageError.exit_code
    assert "--repetitions takes a whole number, 2 or more, not '1'." in capsys.readouterr().err


def test_a_run_of_one_target_compares_nothing_and_is_refused(tmp_path: Path) -> None:
    values = runs.run(targets={"sync_requests": runs.TARGETS["sync_requests"]})
    summary = runs.summary(tmp_path / "run", values, runs.rounds("sync_requests", 50, 50, 50))
    (tmp_path / "run" / "summary.json").write_bytes(json_text.encode(summary))
    with pytest.raises(LabError, match="Name two or more"):
        precision.read(tmp_path / "run", 1, BEFORE)


def test_kept_runs_read_back_as_they_were(tmp_path: Path) -> None:
    key = Key("0a1b", "--only a,b", "2c3d")
    kept = [
        Kept(
            key,
            Measured(
                1, NOW, 400.1, 1 / 3, 4,
                (
                    Pair("a", Level(150, 30), 2.0, 1.1, 1 / 0.3),
                    Pair("b", Level(1000, 100), None, None, None),
                ),
            ),
        ),
        Kept(key, Measured(1, BEFORE, 5.0, 4.0, 3, (Pair("a", Level(20, 5), 1.0, 0.5, 2.0),))),
    ]  # fmt: skip
    save(tmp_path / "part", kept)
    assert load(tmp_path / "part") == kept
    assert load(tmp_path / "none") == []


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "\x00", b"\xff".decode("latin-1")])
def test_a_file_of_something_else_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "part"
    file.write_text(f"{text}\n1\n", encoding="latin-1")
    with pytest.raises(UsageError, match="part: it does not read"):
        load(file)


def test_compare_that_ends_without_a_whole_run_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"exit code 2, and without a whole run(.|\n)*no_such"):
        precision.run_compare(["--only", "no_such"], tmp_path / "1-now")


COMMAND = [
    sys.executable, "-m", "tests.calibration.precision",
    "--only", "sync_pooled,async_aiohttp", "--levels", "20/5", "--repetitions", "2",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_real_session_measures_both_procedures_and_writes_its_page(tmp_path: Path) -> None:
    """Ended by a TERM in its first run, it leaves nothing running; the second start is whole."""
    command = [*COMMAND, "--results", str(tmp_path / "work"), "--out", str(tmp_path / "out")]
    log = tmp_path / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output) as session,
    ):
        try:
            first = tmp_path / "work" / f"1-{precision.order(1)[0]}"
            while not list(first.glob("*/samples/*.json")):
                with pytest.raises(subprocess.TimeoutExpired):
                    session.wait(0.1)
        finally:
            session.send_signal(signal.SIGTERM)
        assert session.wait(60) == 130
    assert "goes on with them" in log.read_text()
    assert left(tmp_path) == []

    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=800
    )
    assert (done.returncode, done.stderr) == (0, "")
    rows = (tmp_path / "out" / "precision.csv").read_text().splitlines()[1:]
    assert [row.split(",")[2:4] for row in rows] == [["async_aiohttp", "20/5"]] * 4
    assert all(all(row.split(",")) for row in rows)
    times = (tmp_path / "out" / "precision_time.csv").read_text().splitlines()[1:]
    assert all(float(row.split(",")[2]) > float(row.split(",")[3]) > 0 for row in times)
    assert "| async_aiohttp | 20/5 |" in (tmp_path / "out" / "precision.md").read_text()


def left(folder: Path) -> list[str]:
    """Command lines of live processes that speak of `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if str(folder) in words and process.pid != os.getpid():
            found.append(words)
    return found

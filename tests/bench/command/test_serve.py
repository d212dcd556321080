"""`serve` and `check`: one target until Ctrl-C, and all of them without load."""

import json
import re
import shlex
import signal
import subprocess
import urllib.request
from dataclasses import replace

import pytest

from bench.target.manifest import NOTHING_YET
from bench.upstream.api import TODO
from tests.support.lab import Lab, wait_until


def test_serve_prints_what_to_try_and_ends_with_ctrl_c(lab: Lab) -> None:
    lab.add("one", path="/try/me")
    process = lab.start("serve", "one", "--profile", "quick.toml")
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            break
    printed = "".join(lines)
    (url,) = re.findall(r"curl (http://127\.0\.0\.1:\d+/try/me)\n", printed)
    assert f"hey -n 40 -c 10 {url}\n" in printed
    (upstream,) = re.findall(
        r"upstream +(curl --cacert \S+ https://127\.0\.0\.1:\d+/\S+)\n", printed
    )
    assert "(fixed 5 ms)\n" in printed
    answer = subprocess.run(shlex.split(upstream), capture_output=True, check=True)
    assert json.loads(answer.stdout) == TODO
    with urllib.request.urlopen(url, timeout=20) as response:
        assert json.loads(response.read()) == TODO
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "\nStopped.\n", "")
    assert not (lab.root / "results").exists()


@pytest.mark.slow
def test_serve_keeps_the_upstreams_log_short_for_as_long_as_it_serves(lab: Lab) -> None:
    lab.add("one")
    log_py = lab.root / "bench" / "process" / "log.py"
    text = log_py.read_text().replace("MOST_BYTES = 32_000_000", "MOST_BYTES = 1000")
    log_py.write_text(text.replace("KEPT_BYTES = 1_000_000", "KEPT_BYTES = 10"))
    (lab.root / "tmp").mkdir()
    with replace(lab, env=lab.env | {"TMPDIR": str(lab.root / "tmp")}).start("serve", "one") as it:
        wait_until(it, "Ctrl-C stops it.")
        (log,) = lab.root.glob("tmp/*/upstream.log")
        with log.open("ab", buffering=0) as upstream:
            upstream.write(b"beginning|" + b"x" * 2000 + b"|the end.\n")
        # In two steps: its end is gone for a moment.
        while (seen := log.read_bytes())[-10:] != b"|the end.\n" or len(seen) > 1000:
            assert it.poll() is None, it.communicate()
        assert seen == b"beginning|\n[... 2,000 bytes left out ...]\n|the end.\n"
        it.send_signal(signal.SIGINT)
        it.communicate(timeout=30)
    assert it.returncode == 0


def test_serve_says_why_a_target_stopped_by_itself(lab: Lab) -> None:
    lab.add("one", "threading.Timer(1.5, lambda: (print('bye', flush=True), os._exit(4))).start()")
    result = lab.run("serve", "one")
    assert result.code == 1
    assert result.err == "one stopped (exit code 4). Last lines of .envs/one.log:\nbye\n"


def test_serve_without_a_name_is_wrong_use(lab: Lab) -> None:
    result = lab.run("serve")
    assert result.code == 2
    assert "NAME" in result.err


def test_check_asks_every_target_once_and_names_the_bad_ones(lab: Lab) -> None:
    lab.add("bad", "Handler.answer = lambda self, number: self.reply(503, b'{}')")
    lab.add("good", tags=[])
    result = lab.run("check")
    assert (result.code, result.err) == (1, "")
    assert "FAILED  bad answered with status 503 in place of 200." in result.out
    assert (
        "ok      good: the upstream's JSON; no manage.py, settings not checked\n"
        "1 of 2 targets passed.\n"
    ) in result.out
    assert not (lab.root / "results").exists()


def test_check_notes_a_server_that_is_never_idle(lab: Lab) -> None:
    server = lab.root / "bench" / "serving" / "server.py"
    code = server.read_text()
    assert "SETTLE_TIMEOUT_S = 15.0" in code
    server.write_text(code.replace("SETTLE_TIMEOUT_S = 15.0", "SETTLE_TIMEOUT_S = 0.5"))
    lab.add(
        "one", "threading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True).start()"
    )
    result = lab.run("check")
    assert (result.code, result.err) == (0, "")
    assert (
        "note    one was still at work 0.5 s after it listened: whether all of its workers had "
        "started is not known.\n"
    ) in result.out


def test_check_takes_tags(lab: Lab) -> None:
    lab.add("one", tags=["mine"])
    lab.add("two")
    result = lab.run("check", "--tag", "mine")
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("\n1 of 1 target passed.\n")
    result = lab.run("check", "--tag", "mine", "--only", "two")
    assert (result.code, result.err) == (
        2,
        "--only and --tag contradict each other: give one.\n",
    )


@pytest.mark.slow
def test_check_takes_names_as_serve_does(lab: Lab) -> None:
    lab.add("one")
    lab.add("two")
    result = lab.run("check", "two")
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("\n1 of 1 target passed.\n")
    result = lab.run("check", "two", "--only", "one")
    assert (result.code, result.err) == (2, "NAME and --only contradict each other: give one.\n")


def test_check_names_an_edge_that_holds_two_changes(lab: Lab) -> None:
    lab.add("old", serve="python server.py {port} --workers 4")
    lab.add(
        "young", serve="python server.py {port} --workers 2", parent="old", change="one Session"
    )
    result = lab.run("check")
    assert (result.code, result.err) == (1, "")
    assert "ok      old: " in result.out
    assert (
        "FAILED  young differs from old in more than its 'change' says: --workers 4 there, 2 here. "
        "Say it in 'change' in its [tool.bench], make it the same, or put a target with one of the "
        "changes between the two.\n"
    ) in result.out


def test_check_reads_the_settings_of_a_project(lab: Lab) -> None:
    lab.add("broken")
    (lab.root / "targets" / "broken" / "manage.py").write_text(
        "import sys; print('?: (E001) no middleware'); sys.exit(1)"
    )
    lab.add("warned")
    (lab.root / "targets" / "warned" / "manage.py").write_text(
        "print('?: (security.W004) HSTS is off')\nprint('?: (security.W008) no redirect')"
    )
    result = lab.run("check")
    assert result.code == 1
    assert "FAILED  broken: manage.py check failed:\n?: (E001) no middleware" in result.out
    assert "check --deploy warns of security.W004, security.W008" in result.out


def test_check_notes_a_change_that_is_still_to_be_said(lab: Lab) -> None:
    lab.add("parent")
    lab.add("child", parent="parent", change=NOTHING_YET)
    result = lab.run("check")
    assert result.code == 0
    assert (
        "ok      child: the upstream's JSON; no manage.py, settings not checked\n"
        "note    child: its 'change' says nothing yet\n"
        "ok      parent: "
    ) in result.out

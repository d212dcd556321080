"""`audit`: what is asked of pip-audit, and what is made of its answer."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.environment.lock import of_target
from bench.sessions import audit
from bench.target.target import names
from bench.tools.uv import find_uv
from lab.errors import UsageError
from lab.paths import ROOT, TARGETS

HASH = f"--hash=sha256:{'0' * 64}"


def lock(folder: Path, *pins: str) -> Path:
    """A lock as `nox -s lock` writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "requirements.txt"
    path.write_text("".join(f"{pin} \\\n    {HASH} \\\n    {HASH}\n" for pin in pins))
    return path


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two locks that are all there is; of one package each has another version."""
    first = lock(tmp_path / "one", "django==5.2.1", "trio==0.1 ; python_full_version < '3.12'")
    second = lock(tmp_path / "two", "django==5.2.2", "colorama==0.4.6 ; sys_platform == 'win32'")
    monkeypatch.setattr(audit, "locks", lambda: [first, second])
    monkeypatch.chdir(tmp_path)
    return [first, second]


def pip_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A stand-in that keeps its arguments and what it was asked of, and then does as told."""
    called = tmp_path / "called"
    program = tmp_path / "pip-audit"
    program.write_text(
        f"#!{sys.executable}\nimport json, pathlib, sys\n"
        f"text = pathlib.Path(sys.argv[-1]).read_text()\n"
        f"with open({str(called)!r}, 'a') as file: print(json.dumps([sys.argv, text]), file=file)\n"
        f"asked = [line.split()[0].split('==') for line in text.splitlines()]\n"
        f"def answer(**more):\n"
        f"    print(json.dumps(dict(dependencies=[dict(name=n, version=v, **more.get(n, "
        f"dict(vulns=[]))) for n, v in asked])))\n{script}\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(audit, "program", lambda: str(program))
    return called


@pytest.mark.usefixtures("locks")
def test_each_version_in_any_lock_is_asked_for_once_whatever_it_is_installed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called = pip_audit(tmp_path, monkeypatch, "answer()")
    assert audit.main([]) == 0
    assert capsys.readouterr().out == "4 packages in 2 locks: no known vulnerability.\n"
    (first, second) = map(json.loads, called.read_text().splitlines())
    assert first[0][1:-1] == [
        "--require-hashes", "--disable-pip", "--format", "json", "--desc", "off",
        "--progress-spinner", "off", "--vulnerability-service", "pypi",
        "--cache-dir", f"{Path(first[0][-1]).parent}/cache", "--requirement",
    ]  # fmt: skip
    assert [text.splitlines() for _, text in (first, second)] == [
        [f"{pin} {HASH} {HASH}" for pin in ("colorama==0.4.6", "django==5.2.1", "trio==0.1")],
        [f"django==5.2.2 {HASH} {HASH}"],
    ]


@pytest.mark.usefixtures("locks")
def test_what_is_known_is_told_with_the_locks_that_have_it_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flaws = [
        {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["4.2.9", "5.2.3"]},
        {"id": "GHSA-1", "aliases": [], "fix_versions": []},
    ]
    pip_audit(tmp_path, monkeypatch, f"answer(django=dict(vulns={flaws!r}))")
    assert audit.main([]) == 1
    assert capsys.readouterr().out == (
        "django 5.2.1 (one/requirements.txt):\n"
        "  PYSEC-2026-1 (CVE-2026-1), mended in 4.2.9 and 5.2.3\n"
        "  GHSA-1, not mended yet\n"
        "django 5.2.2 (two/requirements.txt):\n"
        "  PYSEC-2026-1 (CVE-2026-1), mended in 4.2.9 and 5.2.3\n"
        "  GHSA-1, not mended yet\n"
        "4 packages in 2 locks: 4 known vulnerabilities.\n"
        "To take other versions: nox -s lock -- --upgrade-package django\n"
    )


@pytest.mark.usefixtures("locks")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "answer(django=dict(skip_reason='not found'))",
            "2 of 4 packages were not looked up (django 5.2.1: not found).",
        ),
        (
            "sys.exit('Traceback:\\n  ...\\nNo route to host\\x1b[2J')",
            "pip-audit ended without an answer: No route to host\\x1b[2J",
        ),
        ("print('{}')", "pip-audit ended without an answer: it printed nothing more."),
        (
            "print('{\"dependencies\": []}')",
            "4 of 4 packages were not looked up (colorama 0.4.6: pip-audit left it out).",
        ),
    ],
    ids=["skipped", "unreachable", "other", "short"],
)
def test_what_could_not_be_asked_is_no_clean_bill(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: str,
    said: str,
) -> None:
    """pip-audit itself ends with 0 where every package was skipped."""
    pip_audit(tmp_path, monkeypatch, script)
    assert audit.main(["--service", "osv"]) == 3
    assert capsys.readouterr().err == (
        f"The service osv, which knows of vulnerabilities, could not be asked: {said}\n"
        f"It takes the network; or name another one: nox -s audit -- --service pypi\n"
    )


@pytest.mark.usefixtures("locks")
def test_what_is_known_is_told_also_where_something_could_not_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flaw = {"id": "PYSEC-2026-1", "aliases": [], "fix_versions": []}
    script = f"answer(trio=dict(vulns=[{flaw!r}]), colorama=dict(skip_reason='not found'))"
    pip_audit(tmp_path, monkeypatch, script)
    assert audit.main([]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("trio 0.1 (one/requirements.txt):\n  PYSEC-2026-1, not mended yet\n")
    assert "1 of 4 packages were not looked up (colorama 0.4.6: not found)." in said.err


def test_one_version_with_other_files_in_another_lock_is_asked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = lock(tmp_path / "one", "six==1.17.0"), lock(tmp_path / "two", "six==1.17.0")
    second.write_text(f"six==1.17.0 --hash=sha256:{'1' * 64}\n")
    monkeypatch.setattr(audit, "locks", lambda: [first, second])
    pip_audit(tmp_path, monkeypatch, "answer()")
    assert audit.main([]) == 0
    assert capsys.readouterr().out == "1 package in 2 locks: no known vulnerability.\n"


def test_without_pip_audit_it_says_what_brings_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert audit.main([]) == 3
    assert capsys.readouterr().err == "pip-audit is missing. `nox -s audit` brings it.\n"


def test_an_option_that_there_is_not_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(["--servce", "osv"]) == 2
    assert "Did you mean '--service'?" in capsys.readouterr().err


def test_an_address_of_another_service_than_the_one_asked_is_wrong_use(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert audit.main(["--osv-url", "http://127.0.0.1:1/"]) == 2
    assert capsys.readouterr().err == (
        "--osv-url goes with --service osv. See: nox -s audit -- --help\n"
    )


@pytest.mark.parametrize("line", ["django", "django>=5", "django==5.2.1", f"-e . {HASH}"])
def test_a_line_of_a_lock_that_is_no_version_with_a_hash_is_told(tmp_path: Path, line: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"{line}\n")
    with pytest.raises(UsageError, match="no version with a hash"):
        audit.pins(path)


def test_every_lock_of_the_repository_is_asked_about() -> None:
    git = ["git", "ls-files", "requirements*.txt", "targets/*/requirements.txt"]
    files = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {str(path.relative_to(ROOT)) for path in audit.locks()} == set(files.split())
    assert {of_target(TARGETS / name).made for name in names()} < set(audit.locks())


@contextmanager
def osv(known: dict[str, Any]) -> Iterator[str]:
    """The URL of a service that answers as OSV does, and knows these packages alone."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            body = json.dumps(known.get(asked["package"]["name"], {})).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


FLAWED = {
    "vulns": [
        {
            "id": "PYSEC-2026-1",
            "aliases": ["CVE-2026-1"],
            "affected": [
                {
                    "package": {"name": "django", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "9999.1"}]}],
                }
            ],
        }
    ]
}


@pytest.mark.slow
def test_the_real_one_finds_what_a_service_knows_of_the_labs_locks(tmp_path: Path) -> None:
    """In an environment of its lock alone, as nox makes it; a service that is down is told."""
    python = tmp_path / "venv" / "bin" / "python"
    uv = [find_uv(), "--quiet"]
    subprocess.run([*uv, "venv", "--python", sys.executable, tmp_path / "venv"], check=True)
    required = ["--require-hashes", "-r", "requirements-audit.txt"]
    subprocess.run([*uv, "pip", "install", "--python", python, *required], cwd=ROOT, check=True)

    def audited(url: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [python, "-m", "bench.sessions.audit", "--service", "osv", "--osv-url", url],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
        )  # fmt: skip

    with osv({"django": FLAWED}) as url:
        found = audited(url)
    assert (found.returncode, found.stderr) == (1, "")
    assert "  PYSEC-2026-1 (CVE-2026-1), mended in 9999.1\n" in found.stdout
    assert found.stdout.endswith("nox -s lock -- --upgrade-package django\n")
    with osv({}) as url:
        clean = audited(url)
    assert (clean.returncode, clean.stderr) == (0, "")
    assert clean.stdout.endswith(" locks: no known vulnerability.\n")
    down = audited(url)
    assert (down.returncode, down.stdout) == (3, "")
    assert down.stderr.startswith("The service osv, which knows of vulnerabilities, could not be")
    assert "Traceback" not in down.stderr

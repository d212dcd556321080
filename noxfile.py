"""Viewlab's sessions. `nox -s NAME -- OPTIONS`; without a name: compare.

compare       serve the targets, load them, write the page that compares them
serve         one target and its upstream, until Ctrl-C:  nox -s serve -- sync_requests
check         every target's response and settings, no load
report        write a run's page again:  nox -s report -- RUN
tests         the tests;  -- --all  adds the slow ones
mutations     change the code line by line, write docs/mutations.md: what no test notices (1 hour)
faults        put every fault into a real run, and write docs/faults.md (10 minutes)
lint          ruff, import-linter and mypy
audit         ask whether any lock holds a version with a known vulnerability
new           make a target as a copy of another:  nox -s new -- NAME --from PARENT
lock          compile every requirements.txt anew, or a target's:  nox -s lock -- NAME
upstream      show that the upstream keeps its times with 100 calls in flight
calibrate     measure known answers, and write docs/calibration.md (up to 45 minutes; needs wrk)
interleaving  compare interleaved rounds with one long run each, and write docs/interleaving.md
precision     compare how narrow the intervals of runs are with those of before (2 hours)
example       measure, and keep the run with pictures of its page in docs/example
clean         show what is installed, and remove what no run of the last 30 days used
soak          show that hours of rounds use no more and more, and write docs/soak.md (2 hours)
"""

import contextlib
import fcntl
import os
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed

MACHINE_LACKS = 3

if sys.version_info < (3, 11):  # noqa: UP036 - nox may run on an older Python than the lab
    print(
        f"nox runs on Python {sys.version.split()[0]}, and Viewlab needs 3.11 or newer. "
        "`make compare` finds one; or install nox with a newer Python.",
        file=sys.stderr,
    )
    sys.exit(MACHINE_LACKS)

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["compare"]
nox.options.default_venv_backend = "uv|venv"
nox.options.reuse_venv = "yes"
# nox reuses an environment that another interpreter made without a word; so each has its own.
nox.options.envdir = f".nox/{sys.implementation.name}-{'.'.join(map(str, sys.version_info[:3]))}"

# The lab and all targets run on the interpreter that runs nox, with their byte code compiled:
# uncompiled, a server takes seconds to be ready. (UV_PYTHON would not do for the interpreter:
# `uv pip install` takes it for the environment to install into.)
ENV = {"UV_PYTHON_DOWNLOADS": "never", "UV_COMPILE_BYTECODE": "1"}

# After Ctrl-C nox waits as long for the bench to stop its servers and write the page.
INTERRUPT_TIMEOUT_S = 60
TERMINATE_TIMEOUT_S = 15


def use(folder: str) -> None:
    """Keep `nox -s clean` from removing a folder, now and as long as it counts as used."""
    # Open until nox ends, and so is the lock.
    descriptor = os.open(folder, os.O_RDONLY)
    with contextlib.suppress(OSError):  # a file system without locks, or a read-only one
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        Path(folder, "used").touch()


# nox itself, where make has installed it.
if Path(sys.prefix) == Path(__file__).resolve().parent / ".tools" / "nox":
    use(sys.prefix)


def install(session: nox.Session, lock: str) -> None:
    """Make the session's environment what `lock` says."""
    use(str(Path(session.bin).parent))
    try:
        session.install("--quiet", "--require-hashes", "-r", lock, env=ENV)
    except CommandFailed:
        print(
            f"What {lock} lists could not be installed; the lines above say why.", file=sys.stderr
        )
        sys.exit(MACHINE_LACKS)


def run(session: nox.Session, *command: str) -> None:
    """Run a command of the lab, and end with its exit code: nox would turn every failure into 1."""
    try:
        session.run(
            *command,
            env={**ENV, "VIEWLAB_PARENT": str(os.getpid())},
            stderr=None,
            interrupt_timeout=INTERRUPT_TIMEOUT_S,
            terminate_timeout=TERMINATE_TIMEOUT_S,
        )
    except CommandFailed as failure:
        sys.exit(failure.return_code or 1)


@nox.session(default=True)
def compare(session: nox.Session) -> None:
    """Serve the targets, load them, and write the page that compares them."""
    install(session, "requirements.txt")
    run(session, "python", "-m", "bench", "compare", *session.posargs)


@nox.session(default=False)
def serve(session: nox.Session) -> None:
    """Serve one target and its upstream until Ctrl-C: nox -s serve -- sync_requests."""
    install(session, "requirements.txt")
    run(session, "python", "-m", "bench", "serve", *session.posargs)


@nox.session(default=False)
def check(session: nox.Session) -> None:
    """Check every target's response and settings, without load."""
    install(session, "requirements.txt")
    run(session, "python", "-m", "bench", "check", *session.posargs)


@nox.session(default=False)
def report(session: nox.Session) -> None:
    """Write a run's summary and page again from its samples: nox -s report -- RUN."""
    install(session, "requirements.txt")
    run(session, "python", "-m", "report", *session.posargs)


@nox.session(default=False)
def tests(session: nox.Session) -> None:
    """Run the tests; `-- --all` adds the slow ones."""
    install(session, "requirements-dev.txt")
    run(session, "python", "-m", "tests.support.chromium")
    run(session, "python", "-m", "pytest", *session.posargs)


@nox.session(default=False)
def faults(session: nox.Session) -> None:
    """Put every fault of docs/faults.md into a real run, and write that table anew."""
    install(session, "requirements-dev.txt")
    run(session, "python", "-m", "pytest", "--all", "tests/faults", *session.posargs)
    if not session.posargs:
        run(session, "python", "-m", "tests.faults")


@nox.session(default=False)
def mutations(session: nox.Session) -> None:
    """Show which changes of the code no test notices, and write docs/mutations.md: 1 hour."""
    install(session, "requirements-mutations.txt")
    run(session, "python", "-m", "pytest", "tests/mutations/test_changes.py")
    run(session, "python", "-m", "tests.mutations", *session.posargs)


@nox.session(default=False)
def lint(session: nox.Session) -> None:
    """Check style, imports and types: ruff, import-linter and mypy."""
    install(session, "requirements-dev.txt")
    run(session, "ruff", "format", "--check", ".")
    run(session, "ruff", "check", ".")
    run(session, "lint-imports", "--no-cache")
    run(session, "mypy")


@nox.session(default=False)
def audit(session: nox.Session) -> None:
    """Ask whether any lock holds a version with a known vulnerability."""
    install(session, "requirements-audit.txt")
    run(session, "python", "-m", "bench.sessions.audit", *session.posargs)


@nox.session(default=False)
def upstream(session: nox.Session) -> None:
    """Show that the upstream keeps its times with 100 calls in flight."""
    install(session, "requirements.txt")
    run(session, "python", "-m", "bench.sessions.upstream")


@nox.session(default=False)
def calibrate(session: nox.Session) -> None:
    """Measure known answers, and write docs/calibration.md: up to 45 minutes on two cores."""
    install(session, "requirements-dev.txt")
    run(session, "python", "-m", "tests.calibration", *session.posargs)


@nox.session(default=False)
def interleaving(session: nox.Session) -> None:
    """Compare interleaved rounds with one long run each, and write docs/interleaving.md."""
    install(session, "requirements-dev.txt")
    run(session, "python", "-m", "tests.calibration.interleaving", *session.posargs)


@nox.session(default=False)
def precision(session: nox.Session) -> None:
    """Compare runs with those of before, and write docs/precision.md: 2 hours on two cores."""
    install(session, "requirements-dev.txt")
    run(session, "python", "-m", "tests.calibration.precision", *session.posargs)


@nox.session(default=False)
def example(session: nox.Session) -> None:
    """Keep a run, page and pictures in docs/example (`-- --tree`: of every target, docs/tree)."""
    install(session, "requirements-dev.txt")
    run(session, "python", "-m", "tests.support.chromium")
    run(session, "python", "-m", "tests.support.example", *session.posargs)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Show that hours of rounds use no more and more, and write docs/soak.md: 2 hours."""
    install(session, "requirements-dev.txt")
    run(session, "python", "-m", "tests.soak", *session.posargs)


@nox.session(default=False)
def new(session: nox.Session) -> None:
    """Make a target as a copy of another: nox -s new -- NAME --from PARENT."""
    install(session, "requirements.txt")
    run(session, "python", "-m", "bench", "new", *session.posargs)


@nox.session(default=False)
def clean(session: nox.Session) -> None:
    """Show what is installed, and remove what no run of the last 30 days used."""
    install(session, "requirements.txt")
    run(session, "python", "-m", "bench", "clean", *session.posargs)


@nox.session(default=False, venv_backend="none")
def lock(session: nox.Session) -> None:
    """Compile locks: every one, or `-- NAME`; `-- --upgrade` for new versions."""
    # With nox's own Python: a lock that cannot be installed can be made anew.
    run(session, sys.executable, "-m", "bench", "lock", *session.posargs)

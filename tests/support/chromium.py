"""A Chromium for the page tests: `python -m tests.support.chromium` installs one where it can."""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
START_TIMEOUT_S = 30
INSTALL_TIMEOUT_S = 300

# Nothing that calls out, nothing that needs hardware.
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """The path of a Chromium that starts: on PATH, or playwright's own. None without one."""
    candidates = [path for name in NAMES if (path := shutil.which(name))]
    for path in candidates:
        if _starts(path):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if os.path.exists(own) and _starts(own) else None  # noqa: PTH110 - a text, not a Path


def arguments() -> list[str]:
    """What to start it with: root cannot have Chromium's sandbox."""
    return [*QUIET, *(["--no-sandbox"] if is_root() else [])]


def how_to_install() -> str:
    """The command that installs one, as this user would type it."""
    if is_root() and shutil.which("apt-get"):
        return "apt-get install chromium"
    return f"{os.path.relpath(sys.executable)} -m playwright install chromium"


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _starts(path: str) -> bool:
    # Ubuntu's chromium-browser is a stub that only says which snap to install.
    return _run([path, "--version", *(["--no-sandbox"] if is_root() else [])], START_TIMEOUT_S)[0]


def _run(command: list[str], timeout_s: float) -> tuple[bool, str]:
    """Whether the command succeeded, and what it printed."""
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    return ended.returncode == 0, ended.stdout.decode(errors="replace")


def install() -> str:
    """Try to install a Chromium. What the commands that failed printed."""
    said = ""
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if is_root() and shutil.which("apt-get"):
        commands = [
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
            *commands,
        ]
    for command in commands:
        ok, output = _run(command, INSTALL_TIMEOUT_S)
        if not ok:
            said += f"{' '.join(command[:3])} failed:\n{output.strip()}\n"
        elif command[1] != "update" and find_chromium():
            break
    return said


def main() -> None:
    try:
        if find_chromium():
            return
        print("Installing Chromium for the page tests", flush=True)
        said = install()
        if not find_chromium():
            print(said, end="")
            print(f"The page tests will be skipped: no Chromium starts. Try: {how_to_install()}")
    except (OSError, Error) as error:
        reason = str(error).splitlines()[0]
        print(f"The page tests will be skipped: {reason}. Try: {how_to_install()}")


if __name__ == "__main__":
    main()

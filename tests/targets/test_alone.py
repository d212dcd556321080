"""Every target is a Django project that runs on its own."""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.environment.prepare import Environment
from bench.serving.server import free_port
from bench.serving.surroundings import Surroundings
from bench.target.edges.settings import FILE, statements
from bench.target.target import Target
from bench.upstream.api import TODO
from tests.targets.served import EVERY

# What Django's check says where a middleware is there, and where it is not.
WARNINGS = {
    "security.SecurityMiddleware": (["W004", "W008"], ["W001"]),
    "clickjacking.XFrameOptionsMiddleware": ([], ["W002"]),
    "csrf.CsrfViewMiddleware": ([], ["W003"]),
}


def test_it_runs_alone_under_runserver(
    scene: Surroundings, target: Target, environments: dict[str, Environment]
) -> None:
    upstream = scene.upstream()
    assert upstream is not None
    port = free_port()
    trust = str(scene.trust_file)
    env = {
        "PATH": os.environ["PATH"],
        "UPSTREAM_URL": upstream.url,
        "SSL_CERT_FILE": trust,
        "REQUESTS_CA_BUNDLE": trust,
    }
    python = environments[target.name].bin / "python"
    with subprocess.Popen(
        [python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
        cwd=target.folder,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}{target.manifest.path}"
            # Again, as a client kept from the first request may belong to its event loop.
            answers = [json.loads(fetch(url, process)) for _ in range(3)]
            assert answers == [TODO] * 3
        finally:
            process.terminate()


def fetch(url: str, process: "subprocess.Popen[bytes]") -> bytes:
    """The body at `url`, once the server accepts connections."""
    deadline_s = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline_s:
        try:
            with urllib.request.urlopen(url, timeout=20) as response:
                return bytes(response.read())
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
    raise AssertionError(f"{url} never answered")


def test_django_warns_of_nothing_but_what_the_settings_explain_or_leave_out(
    target: Target, environments: dict[str, Environment]
) -> None:
    done = subprocess.run(
        [environments[target.name].bin / "python", "manage.py", "check", "--deploy"],
        cwd=target.folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    middleware = statements((target.folder / FILE).read_text())["MIDDLEWARE"]
    expected = [
        code
        for name, (there, missing) in WARNINGS.items()
        for code in (there if name in middleware else missing)
    ]
    assert sorted(re.findall(r"\(security\.(\w+)\)", done.stderr)) == sorted(expected)


def test_nothing_is_imported_from_outside_the_targets_folder(
    target: Target, environments: dict[str, Environment], tmp_path: Path
) -> None:
    copy = tmp_path / "alone"
    shutil.copytree(target.folder, copy)
    done = subprocess.run(
        [environments[target.name].bin / "python", "-c", "import project.urls"],
        cwd=copy,
        env={"DJANGO_SETTINGS_MODULE": "project.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_default_upstream_is_the_articles() -> None:
    for each in EVERY:
        assert (
            'os.environ.get("UPSTREAM_URL", "https://jsonplaceholder.typicode.com/todos/1")'
            in (each.folder / FILE).read_text()
        )

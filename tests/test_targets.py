"""The four targets: what they answer, how they are set up, and that they differ in one thing."""

import ast
import json
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import environment
from bench.environment import Environment
from bench.hey import Load
from bench.latency import Fixed
from bench.level import Level
from bench.load import run_hey
from bench.paths import TARGETS
from bench.scene import Scene
from bench.server import free_port
from bench.target import Target, names, read
from bench.upstream import witness
from bench.upstream.api import TODO
from tests.test_process import gone

NAMES = names()
ARTICLES = ("sync_requests", "async_httpx", "sync_pooled", "async_aiohttp")
SETTINGS = "project/settings.py"


@pytest.fixture(scope="module", params=NAMES)
def target(request: pytest.FixtureRequest) -> Target:
    return read(TARGETS / request.param)


@pytest.fixture(scope="module")
def environments() -> Iterator[dict[str, Environment]]:
    with environment.prepared([read(TARGETS / name) for name in NAMES], print) as made:
        yield made


@pytest.fixture
def scene(environments: dict[str, Environment], tmp_path: Path) -> Iterator[Scene]:
    with Scene(environments, run=tmp_path, latency=Fixed(20), trust="lab") as made:
        yield made


def load(
    scene: Scene, target: Target, log: Path, hey: str, level: Level
) -> tuple[Load, witness.Testimony]:
    with scene.served(target, log) as (server, _):
        upstream = scene.upstream()
        assert upstream is not None
        upstream.begin("load")
        loaded, _ = run_hey(hey, level, server.url)
        return loaded, upstream.read()[0]


def test_it_answers_the_upstreams_json_with_one_call_each(
    scene: Scene, target: Target, tmp_path: Path, hey: str
) -> None:
    """`served` checks the response; the witness counts the rest."""
    loaded, seen = load(scene, target, tmp_path / "log", hey, Level(60, 20))
    assert (loaded.statuses, loaded.errors) == ((200,) * 60, {})
    assert seen.calls == 60


def test_pooled_targets_keep_connections_and_the_others_open_one_a_call(
    scene: Scene, target: Target, tmp_path: Path, hey: str
) -> None:
    _, seen = load(scene, target, tmp_path / "log", hey, Level(200, 20))
    if "pooled" in target.manifest.tags:
        # 40 threads, a connection each; the check may have opened one of them.
        assert seen.connections <= 40
    else:
        assert (seen.connections, seen.connections_new) == (200, 200)


def test_it_stops_clean(scene: Scene, target: Target, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with scene.served(target, log) as (server, _):
        pid = server.child.pid
    assert server.child.exit is not None
    assert server.child.exit.code in (0, -15)
    assert gone(pid)
    assert "Traceback" not in log.read_text()


def test_an_upstream_that_fails_is_a_500_with_a_traceback_in_the_log(
    scene: Scene, target: Target, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with scene.served(target, log) as (server, _):
        upstream = scene.upstream()
        assert upstream is not None
        upstream.close()
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(server.url, timeout=20)
    assert caught.value.code == 500
    assert "Traceback" in log.read_text()


def test_it_runs_alone_under_runserver(
    scene: Scene, target: Target, environments: dict[str, Environment]
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
            assert json.loads(fetch(url, process)) == TODO
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


def test_django_finds_nothing_but_the_two_warnings_that_the_settings_explain(
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
    assert re.findall(r"security\.(\w+)", done.stderr) == ["W004", "W008"]


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
    for name in NAMES:
        assert (
            'os.environ.get("UPSTREAM_URL", "https://jsonplaceholder.typicode.com/todos/1")'
            in (TARGETS / name / SETTINGS).read_text()
        )


def test_the_servers_are_the_articles() -> None:
    gunicorn = "gunicorn project.wsgi:application --workers 4 --threads 10 --bind {host}:{port}"
    uvicorn = "uvicorn project.asgi:application --workers 4 --host {host} --port {port}"
    articles = {name: read(TARGETS / name).manifest.serve for name in ARTICLES}
    assert articles == {
        "async_aiohttp": uvicorn,
        "async_httpx": uvicorn,
        "sync_pooled": gunicorn,
        "sync_requests": gunicorn,
    }


def settings(text: str) -> dict[str, str]:
    """What a settings module does: each setting it assigns once, any other statement as itself."""
    found: dict[str, str] = {}
    for statement in ast.parse(text).body[1:]:  # but its docstring
        source = ast.unparse(statement)
        name = source.partition(" = ")[0]
        assigned = isinstance(statement, ast.Assign) and name.isupper() and name not in found
        found[name if assigned else source] = source
    return found


def locked(text: str) -> dict[str, str]:
    """Package and version of each line of a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, re.MULTILINE))


def drift(ours: dict[str, str], theirs: dict[str, str], change: str, *, shared: bool) -> list[str]:
    """The names that differ without `change` naming them; of those in both, where `shared`."""
    either = ours.keys() & theirs.keys() if shared else ours.keys() | theirs.keys()
    return sorted(
        name
        for name in either
        if ours.get(name) != theirs.get(name) and not re.search(rf"\b{re.escape(name)}\b", change)
    )


def relatives() -> list[tuple[str, str]]:
    """Every target and what it is held against: its parent, and a root the baseline."""
    pairs = []
    for name in NAMES:
        parent = read(TARGETS / name).manifest.parent or "sync_requests"
        if parent != name:
            pairs.append((name, parent))
    return pairs


@pytest.mark.parametrize(("name", "other"), relatives())
def test_settings_and_shared_versions_differ_only_where_the_change_says_so(
    name: str, other: str
) -> None:
    change = read(TARGETS / name).manifest.change or ""

    def text(target: str, file: str) -> str:
        return (TARGETS / target / file).read_text()

    ours, theirs = settings(text(name, SETTINGS)), settings(text(other, SETTINGS))
    assert "MIDDLEWARE" in ours
    assert drift(ours, theirs, change, shared=False) == []
    ours, theirs = locked(text(name, "requirements.txt")), locked(text(other, "requirements.txt"))
    assert "django" in ours
    assert drift(ours, theirs, change, shared=True) == []


def test_a_setting_or_version_that_drifts_is_found() -> None:
    """The check above can fail."""
    start = "'''doc'''\nDEBUG = False\n"
    ours = settings(start + "MIDDLEWARE = ['a']\nUSE_TZ = True\nif DEBUG:\n    X = 1")
    theirs = settings(start + "MIDDLEWARE = ['a', 'b']\nMIDDLEWARE += ['c']")
    assert drift(ours, theirs, "", shared=False) == [
        "MIDDLEWARE", "MIDDLEWARE += ['c']", "USE_TZ", "if DEBUG:\n    X = 1",
    ]  # fmt: skip
    ours, theirs = settings(start + "USE_TZ = True"), settings(start)
    assert drift(ours, theirs, "USE_TZ is on", shared=False) == []
    assert drift(ours, theirs, "USE_TZONE is on", shared=False) == ["USE_TZ"]
    one = locked("django==5.2.19 \\\n    --hash=sha256:00\nhttpx==1.0 ; python_version < '4'\n")
    two = locked("django==5.2.18 \\\n    --hash=sha256:00\n")
    assert one == {"django": "5.2.19", "httpx": "1.0"}
    assert drift(one, two, "", shared=True) == ["django"]


def test_every_lock_has_hashes_names_no_index_and_holds_django_5_2() -> None:
    for name in NAMES:
        text = (TARGETS / name / "requirements.txt").read_text()
        assert locked(text)["django"].startswith("5.2.")
        assert "://" not in text
        assert "--index-url" not in text
        packages = re.split(r"\n(?=\S)", text.strip())
        assert [package for package in packages if "--hash=sha256:" not in package] == []


def test_installed_versions_are_what_their_metadata_says(
    target: Target, environments: dict[str, Environment]
) -> None:
    """niquests, for one, puts another urllib3 in the place of urllib3."""
    versions = environments[target.name].versions
    assert versions["django"] == locked(target.lock.read_text())["django"]
    if "urllib3" in versions:
        python = environments[target.name].bin / "python"
        done = subprocess.run(
            [python, "-c", "import urllib3; print(urllib3.__version__)"],
            env={},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == versions["urllib3"]

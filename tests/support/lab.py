"""A copy of the lab in a folder of its own, whose targets a test makes up.

Real servers, real hey, the real upstream; only the targets are small: a stdlib server
that starts in no time, with the behaviour that the test is about.
"""

import compileall
import json
import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.process.machine_lock import PLACE
from bench.tools.uv import find_uv
from lab.paths import ROOT

# Few and quick calls: what these tests are about is not how fast anything is.
PROFILE = """
[upstream]
latency = { fixed_ms = 5 }
trust = "lab"

[load]
levels = ["40/10"]
rounds = 1
"""

SERVER = """
import http.server, json, os, ssl, sys, threading, time, urllib.request

TRUST = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
BEFORE_LOAD = 21  # the check asks once, the warm-up twice as often as the level has connections
seen = 0
lock = threading.Lock()

def upstream():
    with urllib.request.urlopen(os.environ["UPSTREAM_URL"], context=TRUST) as response:
        return response.read()

def count():
    global seen
    with lock:
        seen += 1
        return seen

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        number = count()
        self.answer(number)

    def answer(self, number):
        self.reply(200, upstream())

    def reply(self, status, body, content_type="application/json"):
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

HOST = "127.0.0.1"
PORT = int(sys.argv[1])
{code}
if __name__ == "__main__":
    Server((HOST, PORT), Handler).serve_forever()
"""


# Put into a target: the first sample is quick, and then it hangs.
SLOW = """
def answer(self, number):
    if number > BEFORE_LOAD + 40:
        time.sleep(2)
    self.reply(200, upstream())
Handler.answer = answer
"""


@dataclass(frozen=True)
class Result:
    """What a command of the lab did."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Lab:
    root: Path
    env: dict[str, str]

    def add(self, name: str, code: str = "", **manifest: Any) -> None:
        """A target whose server is `SERVER` with `code` in it; `manifest` overrides its table."""
        folder = self.root / "targets" / name
        folder.mkdir(parents=True)
        (folder / "server.py").write_text(SERVER.replace("{code}", textwrap.dedent(code)))
        (folder / "requirements.txt").write_text("")
        table = {
            "title": name,
            "serve": "python server.py {port}",
            "path": "/",
            "tags": ["core"],
        } | manifest
        lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
        (folder / "pyproject.toml").write_text("\n".join(["[tool.bench]", *lines, ""]))

    def add_project(self, folder: Path, code: str = "", **manifest: Any) -> None:
        """A project of a user's, which lies in `folder` and has a bench.toml."""
        folder.mkdir(parents=True)
        (folder / "server.py").write_text(SERVER.replace("{code}", textwrap.dedent(code)))
        (folder / "requirements.txt").write_text("")
        table = {"title": "Mine", "serve": "python server.py {port}", "path": "/"} | manifest
        tables = {key: value for key, value in table.items() if isinstance(value, dict)}
        lines = [f"{key} = {json.dumps(table[key])}" for key in table.keys() - tables.keys()]
        for key, values in tables.items():
            lines += [f"[{key}]", *(f"{name} = {json.dumps(it)}" for name, it in values.items())]
        (folder / "bench.toml").write_text("\n".join([*lines, ""]))

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "bench", *arguments],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, *arguments: str, timeout_s: float = 120) -> Result:
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=timeout_s)
        return Result(process.returncode, out, err)

    def run_module(self, module: str, *arguments: str, timeout_s: float = 60) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root, env=self.env, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=timeout_s, check=False,
        )  # fmt: skip
        return Result(done.returncode, done.stdout, done.stderr)

    def compare(self, *arguments: str, control: bool = False) -> Result:
        """A run of few and quick calls; without the control, unless it is what a test is about."""
        options = [] if control else ["--no-control"]
        return self.run("compare", "--profile", "quick.toml", *options, *arguments)

    @property
    def latest(self) -> Path:
        return (self.root / "results" / "latest").resolve()

    def read(self, name: str) -> Any:
        """A JSON file of the latest run."""
        return json.loads((self.latest / name).read_text())

    def samples(self) -> list[Any]:
        return [json.loads(path.read_text()) for path in sorted(self.latest.glob("samples/*.json"))]


# What draws a chart, and what a lab does instead: its runs are about something else, and a second
# for each of their pages is minutes in all. tests/whole/test_fresh_clone.py looks for a run's
# charts.
DRAW = "svg = vl_convert.vegalite_to_svg(described, vl_version=VERSION)"
DRAW_NOTHING = 'svg = \'<svg width="1" height="1"></svg>\''

# How long a server is to be idle before it is loaded: its own tests are tests/bench/serving's, and
# a quarter of a second at each start of one is a minute in all.
QUIET = "QUIET_S = 0.3"
QUIET_SOON = "QUIET_S = 0.05"


def copy_lab(folder: Path, hey: str) -> Lab:
    """The lab's code without its targets and charts, in `folder`, its byte code compiled."""
    for name in ("bench", "lab", "report"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in (
        ("report/charts/vega.py", DRAW, DRAW_NOTHING),
        ("bench/serving/server.py", QUIET, QUIET_SOON),
    ):
        module = folder / name
        code = module.read_text()
        assert old in code
        module.write_text(code.replace(old, new))
    for name in ("bench", "lab", "report"):
        compileall.compile_dir(folder / name, quiet=2)
    (folder / "targets").mkdir()
    (folder / "quick.toml").write_text(PROFILE)
    path = os.pathsep.join([str(Path(hey).parent), os.environ.get("PATH", os.defpath)])
    env = os.environ | {"PATH": path, "UV": find_uv(), PLACE: str(folder)}
    # What a test changes in the code is compiled once, not in each of its processes.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return Lab(folder, env)


def again(lab: Lab, folder: Path) -> Lab:
    """Another copy of a lab that nothing has been added to; it waits for no run of that one."""
    shutil.copytree(lab.root, folder, dirs_exist_ok=True)
    return Lab(folder, lab.env | {PLACE: str(folder)})


def sound(cell: dict[str, Any]) -> bool:
    """Whether nothing takes its rank away but what a machine busy with other tests explains."""
    codes = {finding["code"] for finding in cell["findings"] if finding["severity"] == "unranked"}
    return codes <= {"upstream_late"} and (bool(cell["ranked"]) or bool(codes))


def processes_of(folder: Path) -> list[str]:
    """The command lines of live processes that speak of `folder`, or work in it."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            if process.pid != os.getpid() and (
                str(folder) in words or str(folder) in process.cwd()
            ):
                found.append(words)
        except psutil.Error:
            continue
    return found


def wait_until(process: "subprocess.Popen[str]", text: str) -> None:
    """Read what the process prints up to a line that holds `text`."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"it ended without printing {text!r}")


def unshared() -> list[str]:
    """What runs a command in a PID namespace of its own, where that may be made."""
    words = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if not shutil.which(words[0]):
        return []
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if tried.returncode == 0 else []

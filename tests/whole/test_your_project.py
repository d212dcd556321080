"""A project that knows nothing of the lab, compared: small ones, and that of the docs."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.tools.uv import find_uv
from lab.paths import ROOT
from tests.support.lab import SLOW as HANGS
from tests.support.lab import Lab, sound, wait_until

DOC = (ROOT / "docs" / "your-project.md").read_text()
SHOP = ROOT / "docs" / "your-project" / "shop"
HIDDEN = "v4lue of a user"

# Three calls for a GET, none for a POST, and what may be asked of either.
MINE = """
import random
os.environ["UPSTREAM_URL"] = os.environ.get("PAYMENTS_URL", "http://127.0.0.1:1/")

def answer(self, number):
    self.reply(200, b"x" * len(b"".join(upstream() for _ in range(3))))
Handler.answer = answer

def post(self):
    body = self.rfile.read(int(self.headers["content-length"]))
    right = (self.headers["x-api-key"], self.headers["host"], self.headers["content-type"], body)
    said = os.environ["KEY"], "shop.example", "text/plain", b"number=7 & more"
    self.reply(201 if right == said else 403, b"y" * random.randint(1, 90), "text/plain")
Handler.do_POST = post
"""


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of a folder, when it was written, and its length."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in folder.rglob("*")
    }


@contextlib.contextmanager
def untouched(folder: Path) -> Iterator[None]:
    before = snapshot(folder)
    yield
    assert snapshot(folder) == before


def add_poster(lab: Lab, folder: Path, **manifest: Any) -> None:
    keys: dict[str, Any] = {
        "name": "poster",
        "env": {"KEY": HIDDEN},
        "headers": {"X-Api-Key": HIDDEN, "Host": "shop.example", "Content-Type": "text/plain"},
        "post": "number=7 & more",
        "status": 201,
        "body": False,
        "upstream_calls": 0,
    }
    lab.add_project(folder, MINE, **keys | manifest)


def texts_of(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_projects_that_ask_thrice_or_not_at_all_join_the_others(lab: Lab, tmp_path: Path) -> None:
    lab.add("one")
    add_poster(lab, tmp_path / "my poster")
    fan = {"env": {"PAYMENTS_URL": "{upstream_origin}/payments"}, "upstream_calls": 3}
    lab.add_project(tmp_path / "fan", MINE, body="x" * 249, path="/?a=1", **fan)
    paths = ["--target", "my poster", "--target", "fan"]
    with untouched(tmp_path / "my poster"), untouched(tmp_path / "fan"):
        checked = lab.run("check", *paths)
        assert (checked.code, checked.err) == (0, "")
        assert "ok      poster: status 201, any body; no manage.py" in checked.out
        assert "ok      fan: the text in 'body'; no manage.py" in checked.out
        result = lab.compare("--baseline", "one", *paths)
    assert (result.code, result.err) == (0, "")
    cells = {cell["target"]: cell for cell in lab.read("summary.json")["cells"]}
    assert {name: (cell["ok"], cell["upstream_calls"]) for name, cell in cells.items()} == {
        "one": (40, 40), "poster": (40, 0), "fan": (40, 120)
    }  # fmt: skip
    assert all(sound(cell) for cell in cells.values())
    limits = {name: cell["limits_rps"]["closed_loop"] is None for name, cell in cells.items()}
    assert limits == {"one": False, "poster": True, "fan": True}
    samples = {sample["target"]: sample for sample in lab.samples()}
    assert samples["poster"]["statuses"] == [201] * 40
    assert samples["poster"]["expected"] == {
        "upstream_calls": 0, "body_bytes": None, "status": 201
    }  # fmt: skip
    assert samples["poster"]["argv"][10:-1] == [
        "-m", "POST", "-d", "...", "-H", "X-Api-Key: ...", "-host", "...",
        "-H", "Content-Type: ...",
    ]  # fmt: skip
    assert HIDDEN not in texts_of(lab.latest)
    assert "number=7" not in texts_of(lab.latest)


@pytest.mark.slow
def test_a_resumed_run_finds_its_project_and_refuses_another(lab: Lab, tmp_path: Path) -> None:
    lab.add("one")
    folder = tmp_path / "poster"
    add_poster(lab, folder, upstream_calls=0)
    with (tmp_path / "poster" / "server.py").open("a") as file:
        file.write(HANGS.replace("upstream()", "b''"))
    process = lab.start(
        "compare", "--profile", "quick.toml", "--no-control", "--rounds", "2", "--target", "poster"
    )
    wait_until(process, "40/10: ")
    process.send_signal(2)
    process.communicate(timeout=60)
    assert process.returncode == 130

    manifest = folder / "bench.toml"
    good = manifest.read_text()
    manifest.write_text(good.replace(HIDDEN, "another"))
    refused = lab.run("compare", "--resume", "latest")
    assert refused.code == 2
    assert "'env', 'headers', 'post' or 'body' in its bench.toml is not what it was" in refused.err
    manifest.write_text(good)

    folder.rename(tmp_path / "moved")
    refused = lab.run("compare", "--resume", "latest")
    assert refused.code == 2
    assert f"run.json: a project that it measured is not as it was: --target '{folder}' is no" in (
        refused.err
    )
    (tmp_path / "moved").rename(folder)
    assert lab.run("compare", "--resume", "latest").code == 0
    assert lab.read("run.json")["complete"]


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (
            {"body": None},
            "in place of 'application/json'. Where that is right, set 'body'",
        ),
        ({"status": None}, "FAILED  poster answered with status 201 in place of 200. "),
        ({"headers": {"Host": "x"}}, "A POST needs a view that is exempt from CSRF; what lets"),
        (
            {"upstream_calls": 1},
            (
                "FAILED  poster answered one request with 0 calls to the upstream; its bench.toml "
                "says 1 ('upstream_calls'). It did not reach the lab's upstream: "
            ),
        ),
    ],
    ids=["body", "status", "headers", "calls"],
)
@pytest.mark.slow
def test_what_is_missing_in_its_manifest_is_told(
    lab: Lab, tmp_path: Path, manifest: dict[str, Any], message: str
) -> None:
    add_poster(lab, tmp_path / "poster", **manifest)
    text = (tmp_path / "poster" / "bench.toml").read_text()
    (tmp_path / "poster" / "bench.toml").write_text(re.sub(r"(?m)^\w+ = null\n", "", text))
    result = lab.run("check", "--target", "poster")
    assert result.code == 1
    assert message in result.out
    assert HIDDEN not in result.out


def shown_manifest() -> str:
    (text,) = re.findall(r"```toml\n(title = .*?)```", DOC, re.DOTALL)
    return str(text)


def test_the_manifest_in_the_docs_is_that_of_the_project_there() -> None:
    assert shown_manifest() == (SHOP / "bench.toml").read_text()


def uv(*words: str, cwd: Path) -> None:
    # nox names its own environment in both: `uv sync` would make the project's out of it.
    named = ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")
    env = {key: value for key, value in os.environ.items() if key not in named}
    env["UV_PYTHON_DOWNLOADS"] = "never"
    subprocess.run([find_uv(), *words], cwd=cwd, env=env, check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["requirements.txt", "uv.lock", "venv"])
def test_the_project_in_the_docs_is_compared_with_each_form_of_environment(
    lab: Lab, tmp_path: Path, environment: str
) -> None:
    shop = tmp_path / "code" / "shop"
    shutil.copytree(SHOP, shop, ignore=shutil.ignore_patterns("__pycache__", "bench.toml"))
    (shop / "bench.toml").write_text(shown_manifest())
    source = "requirements.txt, without hashes"
    if environment != "requirements.txt":
        (shop / "requirements.txt").unlink()
        uv("lock", cwd=shop)
        source = "uv.lock"
    if environment == "venv":
        uv("sync", "--frozen", cwd=shop)
        (shop / "uv.lock").unlink()
        with (shop / "bench.toml").open("a") as file:
            file.write('venv = ".venv"\n')
        source = "the virtual environment .venv, Python "
    lab.add("one")
    with untouched(shop):
        checked = lab.run("check", "--target", "code/shop")
        assert (checked.code, checked.err) == (0, "")
        assert "ok      shop: any body; check --deploy warns of" in checked.out
        result = lab.compare("--target", "code/shop")
    assert (result.code, result.err) == (0, "")
    shop_cell, _ = sorted(
        lab.read("summary.json")["cells"], key=lambda cell: cell["target"] != "shop"
    )
    assert (shop_cell["ok"], shop_cell["errors"], shop_cell["upstream_calls"]) == (40, 0, 120)
    described = lab.read("run.json")["targets"]["shop"]
    assert described["source"].startswith(source)
    assert {"django", "gunicorn", "requests"} <= described["versions"].keys()
    assert "shop" not in described["versions"]
    assert "for the lab" not in json.dumps(lab.read("run.json"))


@pytest.mark.slow
def test_the_orders_of_the_shop_in_the_docs_are_taken(lab: Lab, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(SHOP, shop, ignore=shutil.ignore_patterns("__pycache__", "bench.toml"))
    (text,) = re.findall(r"```toml\n(path = \"/orders.*?)```", DOC, re.DOTALL)
    product = shown_manifest().splitlines()
    own = {line.partition(" ")[0] for line in text.splitlines()}
    kept = [line for line in product if line.partition(" ")[0] not in own]
    (shop / "bench.toml").write_text("\n".join([*kept, text]))
    result = lab.run("check", "--target", "shop")
    assert "ok      shop: status 201, the text in 'body'" in result.out
    assert result.code == 0


def test_an_environment_of_its_own_takes_no_other_python_or_packages(
    lab: Lab, tmp_path: Path
) -> None:
    lab.add_project(tmp_path / "mine", venv=sys.prefix)
    for option in (("--with", "six"), ("--python", sys.executable)):
        refused = lab.run("check", "--target", "mine", *option)
        assert refused.code == 2
        assert refused.err == (
            "mine runs in its own virtual environment, 'venv' in its bench.toml, which is used as "
            "it is: leave out --with and --python, or that.\n"
        )

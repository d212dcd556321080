"""Manifests, profiles, levels and options: whatever is written, a value or an error of the lab."""

import contextlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.command import cli
from bench.environment.source import source_of
from bench.load.hey import options
from bench.plan.profile import parse_profile
from bench.run.describe import values_digest
from bench.target import target
from bench.target.manifest import KEYS, Manifest, parse_bench, parse_manifest
from bench.target.project import Project
from bench.target.table import Table, read_toml
from bench.target.variables import OURS, filled_in
from bench.upstream.draws import latencies_s
from lab.engines import hey
from lab.files import json_text
from lab.files.profile import Profile
from lab.level import Level, parse_level, parse_levels
from tests.support.odd import TOML, Anything, changed, damaged, value_or_error

MANIFEST = b"""\
[tool.bench]
title = "A view"
serve = "server --bind {host}:{port} --workers 4"
path = "/sync/test"
slots = 40
parent = "sync_requests"
change = "one Session per thread"
tags = ["core", "sync"]
upstream_calls = 1
name = "shop"
settings = "shop.settings"
env = { PAYMENTS_URL = "{upstream_url}" }
status = 201
body = false
headers = { X-Api-Key = "k" }
post = "{}"
venv = ".venv"
"""
PROFILE = b"""\
[upstream]
latency = { lognormal = { median_ms = 360, sigma = 0.6 } }
trust = "lab"
[load]
levels = ["150/30", "300/50"]
rounds = 3
repeats = { "150/30" = 3 }
"""

LEVELS = st.lists(
    st.sampled_from(["150", "30", "1", "0", "007", "999999999", "/", " ", "-", "\x1b", "\u0661"])
    | st.text(max_size=2),
    max_size=5,
).map("".join) | st.builds(
    lambda each, times: f"{each * times}/{each}", st.integers(1, 10**5), st.integers(1, 10**4)
)
COMMANDS = st.lists(
    st.sampled_from(["server ", "{port}", "{host}", "{", "}", "{{", "}}", "'", '"', "\\", " ", ":",
                     "!", "!s", "#", "0"])
    | st.text(max_size=3),
    max_size=8,
).map("".join)  # fmt: skip
NAMED = st.dictionaries(
    st.sampled_from(["A", "PATH", "Host", "X-Api-Key", "x-api-key", "Content-Length"]) | st.text(),
    st.sampled_from(["1", "{upstream_url}", "{upstream_x}", "a b", " ", "\r\n", "\x1b"])
    | st.text(),
    max_size=3,
)
MANIFESTS = changed(
    st.fixed_dictionaries(
        {
            "title": st.just("A view") | st.text(),
            "serve": st.just("server {port}") | COMMANDS | COMMANDS.map("{port} ".__add__),
            "path": st.just("/sync/test") | st.text().map("/".__add__),
        },
        optional={
            "slots": st.integers(0, 100),
            "tags": st.lists(st.text(), max_size=3),
            "upstream_calls": st.integers(-1, 3),
            "parent": st.just("sync_requests"),
            "change": st.just("one Session per thread"),
            "name": st.just("shop") | st.text(),
            "settings": st.just("shop.settings") | st.text(),
            "env": NAMED,
            "status": st.integers(0, 999),
            "body": st.just(value=False) | st.text(),
            "headers": NAMED,
            "post": st.text(),
            "requirements": st.text(),
            "venv": st.just("~") | st.text(),
        },
    ),
    *KEYS,
    odd=TOML,
)  # fmt: skip
LATENCIES: Anything = changed(
    st.fixed_dictionaries({"fixed_ms": st.floats(0, 5000)}), "fixed_ms", "lognormal", odd=TOML
) | st.fixed_dictionaries(
    {
        "lognormal": changed(
            st.fixed_dictionaries({"median_ms": st.floats(0, 5000), "sigma": st.floats(0, 2)}),
            "median_ms", "sigma", odd=TOML,
        )
    }
)  # fmt: skip
PROFILES = st.fixed_dictionaries(
    {
        "upstream": changed(
            st.fixed_dictionaries(
                {"latency": LATENCIES},
                optional={"trust": st.sampled_from(["certifi", "lab"]) | st.text()},
            ),
            "latency", "trust", odd=TOML,
        ),
        "load": changed(
            st.fixed_dictionaries(
                {"levels": st.just(["150/30"]) | st.lists(LEVELS, max_size=3)},
                optional={
                    "rounds": st.integers(0, 20),
                    "repeats": changed(st.just({"150/30": 2}), "150/30", "300/50", odd=TOML),
                },
            ),
            "levels", "rounds", "repeats", odd=TOML,
        ),
    }
)  # fmt: skip

# Among them numbers that TOML has and Python will not write, and tables deeper than it prints.
LITERALS = (
    st.sampled_from(["", "4", "'{port}'", "'/a'", "'lab'", "['150/30']", "{}", "[", "nan", "1e999",
                     "true", "25:61:61", "0000-00-00", "'", '"\\u0000"'])
    | st.sampled_from([1, 20, 5000]).map(lambda count: "0x" + "f" * count)
    | st.sampled_from([1, 20, 5000]).map(lambda count: "9" * count)
    | st.text(max_size=4)
)  # fmt: skip
LINES = st.one_of(
    LITERALS.map(" = {}".format),
    LITERALS.map(" = {{ fixed_ms = {} }}".format),
    LITERALS.map(' = {{ "150/30" = {} }}'.format),
    st.integers(1, 3000).map(lambda depth: ".a" * depth + " = 1"),
)


def files(whole: bytes) -> st.SearchStrategy[bytes]:
    """Any bytes, a damaged `whole`, and `whole` with odd lines for one or two of its keys."""
    lines = dict(re.findall(r"^(\S+)(.*\n)", whole.decode(), re.MULTILINE))
    odd = changed(st.just(lines), *lines, odd=LINES.map("{}\n".format))
    return (
        st.binary()
        | damaged(whole)
        | odd.map(lambda parts: "".join(key + rest for key, rest in parts.items()).encode())
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("properties") / "pyproject.toml"


def sound_manifest(manifest: Manifest) -> None:
    command = manifest.command("127.0.0.1", 8000)
    assert any("8000" in part for part in command)
    assert manifest.slots is None or manifest.slots >= 1
    assert manifest.upstream_calls >= 0
    assert json.loads(json.dumps(asdict(manifest)))["slots"] == manifest.slots
    assert re.fullmatch(r"|[0-9a-f]{16}", values_digest(manifest))
    words = hey.command("hey", Level(2, 1), "URL", *options(manifest.request))
    assert all("\0" not in word for word in words)
    kept = [*options(manifest.request, shown=True), *manifest.request.curl_options()]
    assert "".join(kept).isascii()
    variables = filled_in(manifest.env, "https://127.0.0.1:1/todos/1")
    assert all(re.fullmatch(r"\w+", name, re.ASCII) and name not in OURS for name in variables)
    assert 200 <= manifest.wanted.status < 600
    assert str(manifest.wanted).isprintable()
    target = Project("shop", Path(__file__).parent, manifest, "~/shop", table="its bench.toml")
    value_or_error(lambda: source_of(target).described())


def sound_profile(profile: Profile) -> None:
    assert all(0 <= drawn < 10**9 for drawn in islice(latencies_s(profile.latency, "7"), 20))
    assert all(level.requests % level.concurrency == 0 for level in profile.levels)
    assert profile.levels
    assert 1 <= profile.rounds <= 10_000
    assert all(1 <= count <= 100 for count in profile.repeats.values())
    assert json_text.decode(json_text.encode(profile), Profile) == profile


@given(MANIFESTS)
def test_a_table_is_a_manifest_that_can_be_served_or_is_refused(bench: dict[str, Any]) -> None:
    root = Table({"tool": {"bench": bench}}, "mine.toml", "")
    if manifest := value_or_error(lambda: parse_manifest(root), names="mine.toml: "):
        sound_manifest(manifest)


@given(MANIFESTS)
def test_the_keys_alone_are_a_manifest_or_are_refused(bench: dict[str, Any]) -> None:
    root = Table(bench, "bench.toml", "")
    if manifest := value_or_error(lambda: parse_bench(root), names="bench.toml: "):
        sound_manifest(manifest)


@given(data=files(MANIFEST))
def test_any_file_is_a_manifest_that_can_be_served_or_is_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    if manifest := value_or_error(lambda: parse_manifest(read_toml(file)), names=f"{file}: "):
        sound_manifest(manifest)


@given(PROFILES)
def test_tables_are_a_profile_that_can_be_run_or_are_refused(values: dict[str, Any]) -> None:
    root = Table(values, "mine.toml", "")
    if profile := value_or_error(lambda: parse_profile("mine", root), names="mine.toml: "):
        sound_profile(profile)


@given(data=files(PROFILE))
def test_any_file_is_a_profile_that_can_be_run_or_is_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    if profile := value_or_error(lambda: parse_profile("mine", read_toml(file)), names=f"{file}: "):
        sound_profile(profile)


@given(LEVELS | st.text())
def test_a_text_is_a_level_that_hey_runs_as_written_or_is_refused(text: str) -> None:
    if level := value_or_error(lambda: parse_level(text)):
        assert level.requests % level.concurrency == 0
        assert level == parse_level(str(level))


@given(st.lists(LEVELS, max_size=4))
def test_several_texts_are_as_many_different_levels_or_are_refused(texts: list[str]) -> None:
    if levels := value_or_error(lambda: parse_levels(texts)):
        assert len(set(levels)) == len(texts)
        assert levels == parse_levels(map(str, levels))


# The number of rounds has no upper end, and a plan holds each: no huge ones.
WORDS = (
    st.sampled_from(
        [
            "--only", "--all", "--reference", "--profile", "--levels", "--rounds", "--quick",
            "--until", "--max-rounds", "--margin", "--seed", "--upstream", "--results",
            "--baseline", "--no-pin", "--no-control", "--target", "--help", "-h", "--", "-",
            "=", "--rounds=", "sync_requests", "async_httpx,sync_pooled", "control", "steady",
            "article", "150/30", "150/30,30/150", "3", "0", "-1", "1e3", "nan", "5%",
            "\u0663", "pyproject.toml", ".", "ftp://x", "http://user:secret@127.0.0.1:1/",
        ]
    )
    # All that an argument list may hold: bytes that are no UTF-8 come as surrogates.
    | st.text(st.characters(exclude_characters="\0"))
    | st.text(max_size=8).map("--".__add__)
).filter(lambda word: word not in ("serve", "check"))  # fmt: skip


@pytest.fixture(scope="module")
def orders() -> Iterator[list[object]]:
    """The orders that would have been carried out. Manifests are read once, not every time."""
    taken: list[object] = []

    def take(order: object, *_: object, **_options: object) -> int:
        taken.append(order)
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "compare", take)
        patch.setattr(cli, "resume", take)
        patch.setattr(cli, "end_when_alone", lambda **_options: None)
        patch.setattr(target, "read", cache(target.read))
        yield taken


@given(command=st.sampled_from([[], ["compare"]]), words=st.lists(WORDS, max_size=6))
def test_any_words_are_an_order_or_are_refused_with_a_reason(
    orders: list[object], command: list[str], words: list[str]
) -> None:
    orders.clear()
    out, err = io.StringIO(), io.StringIO()
    code: object
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main([*command, *words])
        except SystemExit as end:  # of argparse, after its help
            code = end.code
    if out.getvalue().startswith(("usage: compare ", "usage: python -m bench ")):
        assert (code, orders) == (0, [])
        return
    assert (code, len(orders)) in [(0, 1), (2, 0)]
    assert err.getvalue().replace("\n", "").isprintable(), ascii(err.getvalue())
    assert bool(err.getvalue()) == (code == 2)

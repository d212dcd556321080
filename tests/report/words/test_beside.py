"""`--with` and `--python` wherever a reader would otherwise believe the locks and the lab."""

from pathlib import Path
from typing import Any

import pytest

from report.output import commands, markdown
from report.words.overrides import overrides
from tests.support import runs

PYTHON = {"implementation": "CPython", "version": "3.13.0", "openssl": "OpenSSL 3.0.13"}
PAIR = ("sync_requests", "async_httpx")
RUN_WITH = "Run with django>=5.1,<5.2 on top of every lock: django 5.1.15."
ON = "Targets ran on CPython 3.13.0; the lab itself, its upstream included, on CPython 3.11.2."


def targets(
    *versions: dict[str, str], python: dict[str, str] | None = None
) -> dict[str, dict[str, Any]]:
    return {
        name: {**runs.TARGETS[name], "versions": each, "python": python}
        for name, each in zip(PAIR, versions, strict=True)
    }


def run_with(added: list[str], **values: Any) -> dict[str, Any]:
    return {**runs.run(**values), "with": added}


def said(folder: Path, added: list[str], *versions: dict[str, str]) -> list[str]:
    return overrides(runs.summary(folder, run_with(added, targets=targets(*versions))))


def test_without_either_nothing_is_said(tmp_path: Path) -> None:
    assert overrides(runs.summary(tmp_path, runs.run(), runs.SAMPLES)) == []


@pytest.mark.parametrize(
    ("added", "versions", "text"),
    [
        (["django>=5.1,<5.2"], ({"django": "5.1.15"}, {"django": "5.1.15"}), RUN_WITH),
        (
            ["Typing_Extensions", "uvloop"],
            (
                {"typing_extensions": "4.1", "uvloop": "0.22"},
                {"typing_extensions": "4.1", "uvloop": "0.22"},
            ),
            (
                "Run with Typing_Extensions and uvloop on top of every lock: "
                "typing-extensions 4.1, uvloop 0.22."
            ),
        ),
        (
            ["idna<4"],
            ({"idna": "3.10"}, {"idna": "3.11"}),
            (
                "Run with idna<4 on top of every lock: idna 3.10 in sync_requests, "
                "3.11 in async_httpx."
            ),
        ),
        (
            ["tzdata; sys_platform == 'win32'"],
            ({}, {}),
            (
                "Run with tzdata; sys_platform == 'win32' on top of every lock: "
                "tzdata not installed."
            ),
        ),
    ],
)
def test_what_was_installed_is_named(
    tmp_path: Path, added: list[str], versions: tuple[dict[str, str], ...], text: str
) -> None:
    assert said(tmp_path, added, *versions) == [text]


def test_the_page_says_it_below_its_headline_and_with_the_versions(tmp_path: Path) -> None:
    django = {"django": "5.1.15"}
    values = run_with(
        ["django>=5.1,<5.2"], targets=targets(django, django, python=PYTHON), python="3.13"
    )
    page = runs.page_of(tmp_path, values, [s for s in runs.SAMPLES if s.target in PAIR])
    head, _, rest = page.read_text().partition("</header>")
    shown = RUN_WITH.replace(">", "&gt;").replace("<", "&lt;")
    environment = rest.partition('<h2 id="environment">')[2].partition("</section>")[0]
    for text in (shown, ON):
        assert text in head
        assert text in environment
    assert environment.count("CPython&nbsp;3.13.0, OpenSSL 3.0.13;") == 2
    assert "--margin 10 --with &#39;django&gt;=5.1,&lt;5.2&#39; --python 3.13" in rest


def test_so_does_the_table_for_a_pull_request(tmp_path: Path) -> None:
    django = {"django": "5.1.15"}
    values = run_with(["django>=5.1,<5.2"], targets=targets(django, django))
    text = markdown.render(runs.summary(tmp_path, values))
    assert text.startswith(
        "- Run with django&gt;=5.1,&lt;5.2 on top of every lock: django 5.1.15.\n"
    )


def test_the_command_that_repeats_a_run_has_both() -> None:
    values = run_with(["django<5.2", "uvloop"], python="/opt/my python")
    assert commands.redo(runs.read(values)).endswith(
        " --margin 10 --with 'django<5.2' --with uvloop --python '/opt/my python' --no-control"
    )

"""Page, terminal and `summary.md` say the same of who leads: read out of the three texts."""

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.paths import ROOT
from report.output import markdown, page, terminal
from report.samples.read import read_measured, read_run
from report.summary.build import summarize
from tests.support import runs
from tests.support.runs import rounds

VERBS = "leads|likely leads|shares the lead|served most requests"
LEVEL = re.compile(rf"At (?P<level>\d+/\d+) (?P<best>\S+) (?P<verb>{VERBS}): (?P<rest>.*)")
ORDERS = {"no clear lead": "served most requests", "one round": "served most requests"}


@dataclass(frozen=True)
class Told:
    """What a text says of a level: who is first, in which words, and who is not behind it."""

    best: str
    verb: str
    verdict: str | None
    tied: frozenset[str] = frozenset()
    equivalent: frozenset[str] = frozenset()
    singly: frozenset[str] = frozenset()


def names(listed: str | None) -> frozenset[str]:
    return frozenset(re.split(", | and ", listed)) if listed else frozenset()


def group(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None


def in_sentences(text: str) -> dict[str, Told]:
    """Of a text whose lines may be broken anywhere."""
    flat = " ".join(text.split())
    told = {}
    for part in re.split(r"(?=At \d+/\d+ )", flat):
        if not (found := LEVEL.match(part)):
            continue
        rest = found["rest"]
        told[found["level"]] = Told(
            found["best"],
            found["verb"],
            group(r"^[^.]*(?:\.\d[^.]*)* times those of \S+: (\w+)", rest),
            names(group(r"Not told apart from \S+: ([^.]*)\.", rest)),
            names(group(r"Equivalent to \S+: ([^.]*)\.", rest)),
            names(group(r"(?:^|[.] )([^.]*?) (?:is|are) slower where", rest)),
        )
    return told


def on_cards(text: str) -> dict[str, tuple[str, str, str | None, str | None, str | None]]:
    """Of each card: who is first, what its label stands for, the verdict, ties, equivalents."""
    told = {}
    for level, card in re.findall(
        r'<article class="card" aria-label="([^"]*)">(.*?)</article>', text, re.DOTALL
    ):
        plain = " ".join(html.unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", card)).split())
        label = group(r'class="order">([^<]*)<', card) or "served most requests"
        best = group(r"</svg><bdi>([^<]*)</bdi>", card)
        if best is None:
            continue
        told[level] = (
            html.unescape(best),
            ORDERS.get(label, label),
            group(r'<span class="(faster|slower|equivalent|inconclusive)">', card),
            group(r"Not told apart from (.*?)(?: Equivalent:| CPU|$)", plain),
            group(r"Equivalent: (.*?)(?: CPU|$)", plain),
        )
    return told


def few(of: frozenset[str]) -> frozenset[str] | str:
    """How a card says it: by name, or by number."""
    return of if len(of) <= 3 else f"{len(of)} others"


def said(text: str | None) -> frozenset[str] | str:
    return text if text and text.endswith(" others") else names(text)


POWERS: dict[str, dict[str, tuple[float, ...]]] = {
    "a lead": {"sync_requests": (0, 0, 0), "async_httpx": (9, 9, 8), "sync_pooled": (30, 31, 30)},
    "a tie": {"sync_requests": (0, 0, 0), "async_httpx": (9, 5, 1), "sync_pooled": (9, 4, 6)},
    "a shared lead": {
        "sync_requests": (0, 0, 0), "async_httpx": (9, 9.1, 9), "sync_pooled": (9, 9, 9.1),
    },
    "all three": {"sync_requests": (0, 1, 0), "async_httpx": (0, 8, 2), "sync_pooled": (1, 0, 0)},
    "one round": {"sync_requests": (0,), "async_httpx": (9,), "sync_pooled": (12,)},
    "one target": {"sync_requests": (0, 1, 0)},
    "the baseline first": {"sync_requests": (9, 9, 9), "async_httpx": (0, 1, 0)},
}  # fmt: skip


def made_up(folder: Path, of: dict[str, tuple[float, ...]]) -> Path:
    samples = [
        sample
        for name, exponents in of.items()
        for sample in rounds(name, *(50 * 1.1**each for each in exponents))
    ]
    count = len(of["sync_requests"])
    return runs.write(folder, runs.run(asked=count, done=count), samples)


def texts(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str, str, str]:
    run = read_run(folder)
    measured = read_measured(folder, run)
    summary = summarize(run, measured)
    terminal.show(summary, "index.html")
    printed = capsys.readouterr().out
    written = markdown.render(summary).replace("\\_", "_")
    return runs.as_json(summary), page.render(run, summary, measured), printed, written


def agree(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Told]:
    """Assert that the three texts agree with each other and with `summary.json`; what they say."""
    summary, page_, printed, written = texts(folder, capsys)
    told = in_sentences(printed)

    assert told == in_sentences(written)
    plain = html.unescape(re.sub(r"<[^>]*>", "", page_))
    assert told == {level: it for level, it in in_sentences(plain).items() if level in told}
    assert {
        f"{it['requests']}/{it['concurrency']}": (
            it["target"],
            *(frozenset(it[key]) for key in ("tied", "equivalent", "singly")),
        )
        for it in summary["leads"]
    } == {level: (it.best, it.tied, it.equivalent, it.singly) for level, it in told.items()}
    cards = on_cards(page_)
    assert list(cards) == list(told)
    for level, (best, verb, verdict, tied, equivalent) in cards.items():
        it = told[level]
        assert (best, verb, verdict) == (it.best, it.verb, it.verdict)
        assert (said(tied), said(equivalent)) == (few(it.tied), few(it.equivalent))
    return told


@pytest.mark.parametrize("of", POWERS.values(), ids=POWERS)
def test_the_three_texts_of_a_made_up_run_agree(
    of: dict[str, tuple[float, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = agree(made_up(tmp_path / "run", of), capsys)

    assert list(told) == ["150/30"]


@pytest.mark.parametrize("kept", ["example", pytest.param("tree", marks=pytest.mark.slow)])
def test_the_three_texts_of_a_real_run_agree(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = agree(ROOT / "docs" / kept, capsys)

    assert list(told) == ["150/30", "300/50", "1000/100"]


def test_what_is_read_out_of_them_is_what_they_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else two readings that find nothing would agree."""
    told = agree(made_up(tmp_path / "tie", POWERS["a tie"]), capsys)
    assert told == {
        "150/30": Told(
            "sync_pooled", "served most requests", "inconclusive",
            tied=frozenset({"async_httpx", "sync_requests"}),
        )
    }  # fmt: skip

    told = agree(made_up(tmp_path / "shared", POWERS["a shared lead"]), capsys)
    assert told == {
        "150/30": Told(
            "async_httpx", "shares the lead", "faster", equivalent=frozenset({"sync_pooled"})
        )
    }


def test_none_of_them_says_that_one_leads_which_is_not_told_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At 1000/100 of docs/example the first is ahead of the next one, and not of the third."""
    summary = json.loads((ROOT / "docs" / "example" / "summary.json").read_text())
    (lead,) = (it for it in summary["leads"] if it["requests"] == 1000)

    assert (lead["target"], lead["order"], lead["tied"]) == (
        "async_aiohttp", "no clear lead", ["sync_pooled"],
    )  # fmt: skip
    for text in texts(ROOT / "docs" / "example", capsys)[1:]:
        assert "leads" not in re.findall(rf"async_aiohttp ({VERBS})", text)

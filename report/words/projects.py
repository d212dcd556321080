"""What a project of the user's is asked, and what it is made of, as the page says it."""

from collections.abc import Mapping
from typing import Any

from lab import display
from lab.display import listed
from lab.names import BESIDE

Json = Mapping[str, Any]


def checked(targets: Mapping[str, Json]) -> str:
    """What the targets were checked to answer; empty where that was the upstream's JSON for all."""
    if all(_plain(target) for name, target in targets.items() if name not in BESIDE):
        return ""
    return "what its manifest says, with as many calls to the upstream (below)"


def not_one_call(targets: Mapping[str, Json]) -> str:
    """Whose limits are not known, as how long they wait is not; empty where all call once."""
    others = [
        name
        for name, target in targets.items()
        if name not in BESIDE and target.get("upstream_calls", 1) != 1
    ]
    return f" It is that of targets that call it once: not of {listed(others)}." if others else ""


def asked(target: Json) -> str:
    """How a target differs from the lab's own in what it is asked; empty where it does not."""
    parts = []
    if path := target.get("project"):
        parts.append(f"A project in {path}.")
    request = []
    if target.get("method", "GET") != "GET":
        request.append(f"a {target['method']}")
    if headers := target.get("headers"):
        request.append(f"{_noun('header', headers)} {listed(headers)}")
    if request:
        parts.append(f"It was asked with {listed(request)}.")
    if not _plain(target):
        parts.append(_answer(target))
    settings, env = target.get("settings"), target.get("env")
    if settings:
        parts.append(f"Its settings were {settings}.")
    if env:
        parts.append(f"Its server had {listed(env)} set.")
    return " ".join(parts)


def source(target: Json) -> str:
    """What a project's environment is; empty for the lab's own targets, which have locks."""
    return f"From {target['source']}." if target.get("project") else ""


def _plain(target: Json) -> bool:
    """Whether it answers 200 and the upstream's JSON after one call, as the lab's own do."""
    kind, status = target.get("body", "upstream"), target.get("status", 200)
    return (kind, status, target.get("upstream_calls", 1)) == ("upstream", 200, 1)


def _answer(target: Json) -> str:
    body = {
        "upstream": "the upstream's JSON",
        "text": "a text of its own",
        "none": "a body that was not checked",
    }[target.get("body", "upstream")]
    calls = display.plural(target.get("upstream_calls", 1), "call")
    return (
        f"It was to answer with status {target.get('status', 200)} and {body}, after {calls} to "
        f"the upstream."
    )


def _noun(noun: str, of: list[str]) -> str:
    return noun if len(of) == 1 else f"{noun}s"

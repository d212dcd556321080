"""What a project of the user's is asked, and what it is made of, as the page says it."""

from collections.abc import Mapping, Sequence

from lab import display
from lab.display import listed
from lab.files.run_json import TargetFacts
from lab.names import BESIDE


def checked(targets: Mapping[str, TargetFacts]) -> str:
    """What the targets were checked to answer; empty where that was the upstream's JSON for all."""
    if all(_plain(target) for name, target in targets.items() if name not in BESIDE):
        return ""
    return "what its manifest says, with as many calls to the upstream (below)"


def not_one_call(targets: Mapping[str, TargetFacts]) -> str:
    """Whose limits are not known, as how long they wait is not; empty where all call once."""
    others = [
        name
        for name, target in targets.items()
        if name not in BESIDE and target.upstream_calls != 1
    ]
    return f" It is that of targets that call it once: not of {listed(others)}." if others else ""


def asked(target: TargetFacts) -> str:
    """How a target differs from the lab's own in what it is asked; empty where it does not."""
    parts = []
    if target.project:
        parts.append(f"A project in {target.project}.")
    request = []
    if target.method != "GET":
        request.append(f"a {target.method}")
    if target.headers:
        request.append(f"{_noun('header', target.headers)} {listed(target.headers)}")
    if request:
        parts.append(f"It was asked with {listed(request)}.")
    if not _plain(target):
        parts.append(_answer(target))
    if target.settings:
        parts.append(f"Its settings were {target.settings}.")
    if target.env:
        parts.append(f"Its server had {listed(target.env)} set.")
    return " ".join(parts)


def source(target: TargetFacts) -> str:
    """What a project's environment is; empty for the lab's own targets, which have locks."""
    return f"From {target.source}." if target.project else ""


def _plain(target: TargetFacts) -> bool:
    """Whether it answers 200 and the upstream's JSON after one call, as the lab's own do."""
    return (target.body, target.status, target.upstream_calls) == ("upstream", 200, 1)


def _answer(target: TargetFacts) -> str:
    body = {
        "upstream": "the upstream's JSON",
        "text": "a text of its own",
        "none": "a body that was not checked",
    }[target.body]
    calls = display.plural(target.upstream_calls, "call")
    return (
        f"It was to answer with status {target.status} and {body}, after {calls} to the upstream."
    )


def _noun(noun: str, of: Sequence[str]) -> str:
    return noun if len(of) == 1 else f"{noun}s"

"""Requirements on top of the locks, as `--with` takes them, and why uv refuses one.

Whether a requirement can be met is for uv to say. What is told here is what is none, and what a
page could not show.
"""

import re
import shlex
from collections.abc import Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from lab.display import listed
from lab.errors import LabError, MachineError, UsageError
from lab.package import package

NAME = r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
PRIVATE = re.compile(r"://[^/\s]*@|\?")

# uv says the first of an index's packages, the second of those in a folder of the user's.
NEEDS_PYTHON = re.compile(r"(?:does not satisfy Python|requires Python )(\S+?)(?=,? )")
NO_NETWORK = (
    "error sending request",
    "network was disabled",
    "timed out",
    "HTTP status server error",
    "Could not resolve host",
    "Failed to connect",
)
# What uv says first of every conflict, and how many of its lines tell why.
CONFLICT = "No solution found when resolving dependencies"
MOST_LINES = 3


def require_requirement(text: str) -> str:
    """`text` itself. Raises `UsageError` where it is nothing that a run could record."""
    if PRIVATE.search(text):
        raise UsageError("--with takes a URL without user, password and query: the page names it.")
    wrong = UsageError(
        f"--with {text!r} is no requirement. One begins with the name of a package: "
        f"--with 'django>=5.1,<5.2'."
    )
    if not text.isprintable():
        raise wrong
    try:
        url = Requirement(text).url
    except InvalidRequirement:
        raise wrong from None
    if url and not re.match(r"(git\+)?https?://", url):
        raise UsageError(
            f"--with {text!r}: name a version, or a URL that begins with https:// or "
            f"git+https://. What lies at a path may change while a run lasts."
        )
    return text


def refusal(added: Sequence[str], said: str, *, python: str) -> LabError:
    """Why uv could not install the requirements on that Python, from what it printed."""
    asked = " ".join(f"--with {shlex.quote(each)}" for each in added)
    if any(sign in said for sign in NO_NETWORK):
        return MachineError(f"{asked} takes the network, the first time: {_reason(said)}")
    return UsageError(_needs_python(added, said, python) or f"{asked}: {_reason(said)}")


def _needs_python(added: Sequence[str], said: str, python: str) -> str | None:
    text = " ".join(said.split())
    needed = NEEDS_PYTHON.findall(text)
    if not needed:
        return None
    depending = {
        canonicalize_name(name)
        for name in re.findall(rf"\b{NAME}\S* (?:depends on|requires) Python", text)
    }
    blamed = [each for each in added if package(each) in depending] or list(added)
    verb = "needs" if len(blamed) == 1 else "need"
    lowest = [re.fullmatch(r">=(\d+(?:\.\d+)*)", each) for each in needed]
    newer = [it[1] for it in lowest if it and Version(it[1]) > Version(python)]
    if newer:
        least = min(newer, key=Version)
        return (
            f"{listed(blamed)} {verb} Python {least} or newer; this is {python}. "
            f"Try --python {least}"
        )
    return (
        f"{listed(blamed)} {verb} Python {needed[0]}; this is {python}. "
        f"Name another one: --python VERSION"
    )


def _reason(said: str) -> str:
    """The first of the causes that uv printed, without what a compiler may have said."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    causes = [
        re.sub(r"^(error|cause): ", "", line) for line in lines if re.match("error: |cause: ", line)
    ]
    causes = [cause for cause in causes or lines if cause != CONFLICT]
    return ": ".join(causes[:MOST_LINES]).rstrip(".") + "."

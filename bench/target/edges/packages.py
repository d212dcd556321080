"""Dependencies and locks: what a target is installed with."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bench.target.edges.named import named, there_and_here
from lab.package import pins
from lab.serve_line import parse


@dataclass(frozen=True)
class Direct:
    """What a target asks for itself: its `dependencies`, and the lock and server beside them."""

    dependencies: tuple[str, ...]
    lock: str
    serve: str


def locked(lock: str) -> dict[str, str]:
    """The packages of a lock and their versions; several where conditions choose between them."""
    found: dict[str, list[str]] = {}
    for pin in pins(lock):
        found.setdefault(pin.name, []).append(pin.version)
    return {name: " or ".join(versions) for name, versions in found.items()}


def versions(ours: str, theirs: str, change: str) -> list[str]:
    """Packages in both locks with different versions, that `change` does not name."""
    here, there = locked(ours), locked(theirs)
    return [
        there_and_here(name, there[name], here[name])
        for name in sorted(here.keys() & there.keys())
        if here[name] != there[name] and not named(change, name)
    ]


def dependencies(child: Direct, parent: Direct, change: str) -> list[str]:
    """Dependencies that came or went, and `change` does not name.

    Those of dependencies come and go with them. What `change` names in place of another need not
    name that one too: a server takes the place of a server, a client of a client.
    """
    here, there = _extras(child.dependencies), _extras(parent.dependencies)
    came = [name for name in here if name not in there and name not in locked(parent.lock)]
    went = [name for name in there if name not in here and name not in locked(child.lock)]
    unnamed = [name for name in went if not named(change, name)]
    served = parse(child.serve), parse(parent.serve)
    if served[0].program != served[1].program and served[1].program in unnamed:
        unnamed.remove(served[1].program)
    clients = [name for name in came if named(change, name) and not named(child.serve, name)]
    found = [f"{name} there, not here" for name in unnamed[len(clients) :]]
    found += [f"{name} here, not there" for name in came if not named(change, name)]
    for name in here.keys() & there.keys():
        found += [
            f"{name}[{extra}] {'here, not there' if extra in here[name] else 'there, not here'}"
            for extra in here[name] ^ there[name]
            if not named(change, extra)
        ]
    return sorted(found)


def _extras(dependencies: Iterable[str]) -> dict[str, set[str]]:
    """Each package that is asked for, and the extras it is asked for with."""
    found: dict[str, set[str]] = {}
    for text in dependencies:
        with contextlib.suppress(InvalidRequirement):
            asked = Requirement(text)
            extras = set(map(str.lower, asked.extras))
            found.setdefault(canonicalize_name(asked.name), set()).update(extras)
    return found

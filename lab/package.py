"""Packages as requirements and locks name them."""

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Pin:
    """A line of a lock: the normal name of a package, its version, and whether a marker stands
    behind it.
    """

    name: str
    version: str
    conditional: bool


def package(requirement: str) -> str:
    """The normal name of the package that is required."""
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:  # of a run that somebody has edited
        return canonicalize_name(requirement)


def pins(lock: str) -> Iterator[Pin]:
    """What a requirements.txt with hashes pins; lines that pin nothing are passed over."""
    for line in lock.splitlines():
        try:
            requirement = Requirement(line.removesuffix("\\").partition(" #")[0].strip())
        except InvalidRequirement:  # a hash, a comment, an option
            continue
        versions = [each.version for each in requirement.specifier if each.operator == "=="]
        if versions:
            name = canonicalize_name(requirement.name)
            yield Pin(name, versions[0], requirement.marker is not None)

"""Names of packages, in whatever spelling."""

import re

NAME = r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"

# A name, and what may follow it: extras, a version, a URL, a condition.
REQUIREMENT = re.compile(rf"{NAME}\s*(?:[\[(<>=!~@;].*)?")


def normal(name: str) -> str:
    """A package's name as all of its spellings have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def package(requirement: str) -> str:
    """The normal name of the package that is required."""
    found = REQUIREMENT.fullmatch(requirement)
    return normal(found[1] if found else requirement)

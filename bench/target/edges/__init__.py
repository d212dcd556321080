"""Edges of the tree: does a target differ from its parent in more than its `change` says?

Code of views may differ freely: that is the change. What is looked at is the server's command,
the manifest, the settings and the packages. A difference counts as said where `change` has a
word for it.
"""

from dataclasses import dataclass, fields

from bench.target.edges import command, packages, settings
from bench.target.edges.named import named, there_and_here
from bench.target.manifest import Manifest

# What does not change what is measured: it describes, or says where to find what is compared
# by its content.
FREE = {"title", "serve", "slots", "parent", "change", "tags", "name", "requirements"}

# What is told of other keys is only that they differ: values may be long, or a secret.
TOLD = {"path", "upstream_calls"}


@dataclass(frozen=True)
class Side:
    """One end of an edge: a target's manifest, and what its files hold.

    `settings` is the text of project/settings.py, `lock` that of requirements.txt, and
    `dependencies` what pyproject.toml lists; None where there is none.
    """

    manifest: Manifest
    settings: str | None
    lock: str | None
    dependencies: tuple[str, ...] | None


def undeclared(child: Side, parent: Side) -> list[str]:
    """What differs between the two and is not named in the child's `change`: a text for each."""
    change = child.manifest.change or ""
    served = child.manifest.serve, parent.manifest.serve
    found = command.differences(*served, change) + _keys(child.manifest, parent.manifest, change)
    if child.settings is not None and parent.settings is not None:
        found += settings.differences(child.settings, parent.settings, change)
    if child.dependencies is not None and parent.dependencies is not None:
        found += packages.dependencies(
            packages.Direct(child.dependencies, child.lock or "", child.manifest.serve),
            packages.Direct(parent.dependencies, parent.lock or "", parent.manifest.serve),
            change,
        )
    if child.lock is not None and parent.lock is not None:
        found += packages.versions(child.lock, parent.lock, change)
    return found


def _keys(child: Manifest, parent: Manifest, change: str) -> list[str]:
    """Keys of the manifest; one that a later version adds is compared as well."""
    found = []
    for key in (field.name for field in fields(Manifest) if field.name not in FREE):
        ours, theirs = getattr(child, key), getattr(parent, key)
        if ours != theirs and not named(change, key, str(ours)):
            found.append(there_and_here(key, theirs, ours) if key in TOLD else f"{key} is another")
    return found

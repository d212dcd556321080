"""How the packages of a target differ from those of its parent."""

from collections.abc import Mapping


def difference(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """`adds httpx 0.28.1; without requests 2.32.5; idna 3.10 (there 3.9)`, or that nothing does."""
    added = [f"{name} {version}" for name, version in ours.items() if name not in theirs]
    gone = [f"{name} {version}" for name, version in theirs.items() if name not in ours]
    other = [
        f"{name} {version} (there {theirs[name]})"
        for name, version in ours.items()
        if theirs.get(name, version) != version
    ]
    parts = [
        *([f"adds {', '.join(added)}"] if added else []),
        *([f"without {', '.join(gone)}"] if gone else []),
        *([", ".join(other)] if other else []),
    ]
    return "; ".join(parts) or "the same packages"

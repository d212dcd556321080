"""What is said of an edge of the tree."""

from collections.abc import Sequence


def complaint(target: str, parent: str, differences: Sequence[str]) -> str:
    """The sentence that tells of `undeclared` differences."""
    return (
        f"{target} differs from {parent} in more than its 'change' says: {'; '.join(differences)}"
    )

"""Settings modules, as statements that can be compared."""

import ast
import re

from bench.target.edges.named import named, there_and_here

FILE = "project/settings.py"


def differences(ours: str, theirs: str, change: str) -> list[str]:
    """Which settings of a child are others than its parent's, and `change` does not name."""
    try:
        child, parent = statements(ours), statements(theirs)
    except (SyntaxError, ValueError, RecursionError) as error:
        return [f"{FILE} cannot be compared: {str(error).partition(chr(10))[0]}"]
    return [
        _told(name, parent.get(name), child.get(name))
        for name in sorted(child.keys() | parent.keys())
        if child.get(name) != parent.get(name) and not _named(name, change)
    ]


def statements(text: str) -> dict[str, str]:
    """What a settings module does: each setting it assigns once, any other statement as itself."""
    found: dict[str, str] = {}
    module = ast.parse(text)
    for statement in module.body[ast.get_docstring(module) is not None :]:
        source = ast.unparse(statement)
        name = source.partition(" = ")[0]
        assigned = isinstance(statement, ast.Assign) and name.isupper() and name not in found
        found[name if assigned else source] = source
    return found


def _named(statement: str, change: str) -> bool:
    # A statement that is not one setting's assignment may still begin with it: MIDDLEWARE += ...
    (setting,) = re.findall(r"^[A-Z_]*", statement)
    # "CommonMiddleware alone" speaks of MIDDLEWARE.
    return named(change, setting) or (setting == "MIDDLEWARE" and "middleware" in change.casefold())


def _told(name: str, there: str | None, here: str | None) -> str:
    if not name.isidentifier():
        only = "here" if there is None else "there"
        return f"{name.partition(chr(10))[0]!r} in {FILE} {only} only"
    values = [text and text.partition(" = ")[2] for text in (there, here)]
    return there_and_here(name, *values)

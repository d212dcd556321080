"""The command that starts a server, as options that can be compared."""

import re

from bench.target.edges.named import named, there_and_here
from lab.serve_line import APPLICATION, WORKER_CLASS, WORKERS, parse

# These belong to some of gunicorn's kinds of worker, and mean nothing to the others.
OF_A_WORKER_CLASS = {"--threads", "--worker-connections"}


def differences(ours: str, theirs: str, change: str) -> list[str]:
    """What the commands of a child and its parent differ in, and `change` does not name.

    The options of another program are its own, but for how many workers it has.
    """
    child, parent = parse(ours), parse(theirs)
    found = []
    if child.program != parent.program:
        if not named(change, child.program):
            found.append(there_and_here("the server", parent.program, child.program))
        looked_at = {WORKERS}
    else:
        looked_at = child.options.keys() | parent.options.keys()
        if child.options.get(WORKER_CLASS) != parent.options.get(WORKER_CLASS):
            looked_at -= OF_A_WORKER_CLASS
    for option in sorted(looked_at):
        here, there = child.options.get(option), parent.options.get(option)
        if here != there and not named(change, *_names(option, here, there)):
            found.append(there_and_here(option, there, here))
    return found


def _names(option: str, here: str | None, there: str | None) -> list[str]:
    """What names an option that differs: itself, or its new value."""
    words = [option.lstrip("-")]
    if here is not None and here != "on":
        words.append(here)
    if option == APPLICATION:  # `asgi` says that it is project.asgi in place of project.wsgi
        words += {*re.split(r"[.:\s]", here or "")} - {*re.split(r"[.:\s]", there or "")}
    return words

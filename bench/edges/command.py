"""The command that starts a server, as options that can be compared."""

import re
import shlex
from dataclasses import dataclass
from pathlib import PurePath

from bench.edges.words import named, there_and_here

WORKERS = "--workers"
WORKER_CLASS = "--worker-class"
APPLICATION = "application"

# Of gunicorn and hypercorn; no other server gives these letters another meaning.
ALIASES = {"-b": "--bind", "-k": WORKER_CLASS, "-w": WORKERS}

# These belong to some of gunicorn's kinds of worker, and mean nothing to the others.
OF_A_WORKER_CLASS = {"--threads", "--worker-connections"}

# The bench chooses them, and servers take them by different options.
ADDRESS = re.compile(r"\{(host|port)\}")


@dataclass(frozen=True)
class Command:
    """`options` maps each option to its value, which is `on` where it takes none."""

    program: str
    options: dict[str, str]


def parse(serve: str) -> Command:
    """Take a command line apart. What is no option and no option's value is the application."""
    program, *words = shlex.split(serve)
    options: dict[str, str] = {}
    arguments = []
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            arguments += [] if ADDRESS.search(word) else [word]
            continue
        name, equals, value = word.partition("=")
        if not equals:
            takes = bool(words) and not words[0].startswith("-") and not _is_application(words[0])
            value = words.pop(0) if takes else "on"
        if not ADDRESS.search(value):
            options[ALIASES.get(name, name)] = value
    if arguments:
        options[APPLICATION] = " ".join(arguments)
    return Command(PurePath(program).name, options)


def _is_application(word: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.()]*", word))


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

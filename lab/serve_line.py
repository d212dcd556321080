"""The command line that starts a server, taken apart."""

import re
import shlex
from dataclasses import dataclass
from pathlib import PurePath

WORKERS = "--workers"
WORKER_CLASS = "--worker-class"
APPLICATION = "application"

# Of gunicorn and hypercorn; no other server gives these letters another meaning.
ALIASES = {"-b": "--bind", "-k": WORKER_CLASS, "-w": WORKERS}

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

"""Finds nginx, or brings it from Debian's packages without touching the system."""

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.process import child
from bench.process.child import StartError
from bench.reference.nginx import find
from bench.tools import debian
from bench.tools.used import note_use
from lab.errors import MachineError
from lab.paths import TOOLS, shown

VERSION_TIMEOUT_S = 20

# The first that can be told where to write errors before it has read its configuration.
OLDEST = (1, 19, 5)


def how_to_install() -> str:
    """What gets nginx here, as a sentence."""
    if sys.platform == "darwin":
        return "To install it: brew install nginx"
    if debian.packages_are_here():
        return "To install it: apt-get install nginx-light (as root)."
    return "Install it with the system's packages, and see that it is on PATH."


def require_nginx(say: Callable[[str], None], *, tools: Path = TOOLS) -> None:
    """See that there is an nginx: of the system's, of an earlier fetch, or fetched now.

    Raises `MachineError` with the line that installs it where it cannot be had.
    """
    if find():
        return
    missing = f"nginx is missing, and --reference needs it. {how_to_install()}"
    if not debian.packages_are_here():
        raise MachineError(missing)
    fetched = tools / "bin" / "nginx"
    say(f"nginx is missing: taking it from the distribution's packages, into {shown(fetched)}")
    debian.fetch("nginx", "usr/sbin/nginx", fetched, advice=how_to_install())


def nginx_version() -> str:
    """`1.22.1`. Raises `MachineError` where there is none, or none that will do."""
    program = find()
    if program is None:
        raise MachineError(f"nginx is missing, and it is a part of this run. {how_to_install()}")
    if Path(program) == TOOLS / "bin" / "nginx":
        note_use(Path(program))
    with tempfile.TemporaryFile() as output:
        try:
            child.run([program, "-v"], output=output, timeout_s=VERSION_TIMEOUT_S)
        except StartError as error:
            raise MachineError(f"nginx cannot be run: {error}") from None
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    number = re.search(r"/((\d+)\.(\d+)\.(\d+))", said)
    if number is None:
        raise MachineError(f"{program} -v does not tell its version, but: {said[-300:]!r}.")
    if tuple(map(int, number.groups()[1:])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise MachineError(f"nginx {number[1]} is too old for --reference: take {oldest} or newer.")
    return number[1]

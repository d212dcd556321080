"""What a program that Go compiled says of its own version."""

import re

# Around the text in which the compiler says what a program was built from. They are the same in
# every version of Go that writes it (cmd/go/internal/modload: infoStart, infoEnd).
START = bytes.fromhex("3077af0c9274080241e1c107e6d618e6")
END = bytes.fromhex("f932433186182072008242104116d8f2")

# The line of the module that the program is, with its version; `(devel)` is that of a folder.
MODULE = re.compile(rb"^mod\t[!-~]+\tv([0-9][!-~]*)", re.MULTILINE)


def version(program: bytes) -> str | None:
    """The version in a program's build information, `0.1.4`; None where there is none in it.

    A program that was built from a folder, as distributions do, has none.
    """
    _, start, rest = program.partition(START)
    said, end, _ = rest.partition(END)
    found = MODULE.search(said) if start and end else None
    return found[1].decode() if found else None

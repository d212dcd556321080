"""What servers and the upstream print: within bounds, for a benchmark soon fills a disk."""

import os
import re
from pathlib import Path

from lab.paths import shown

# A log that grows beyond this loses its middle. What is kept of its beginning tells how the
# server started, of its end what happened last.
MOST_BYTES = 32_000_000
KEPT_BYTES = 1_000_000

# Where the middle was. A log that is cut again has it at the end of what is kept of its beginning.
CUT = re.compile(rb"\n\[\.\.\. ([0-9][0-9,]*) bytes left out \.\.\.\]\n")
LONGEST_CUT = 100


def trim(log: Path) -> None:
    """Take the middle out of a log that has grown too long, while its process goes on writing.

    That appends (`O_APPEND`), so it goes on at the new end. What is said to be missing is so in
    all, also where it was cut before. Where the file cannot be read or written, it stays as it is.
    """
    try:
        size = log.stat().st_size
        if size <= MOST_BYTES:
            return
        left_out = size - 2 * KEPT_BYTES
        with log.open("rb") as file:
            file.seek(KEPT_BYTES)
            if before := CUT.match(file.read(LONGEST_CUT)):
                left_out += int(before[1].replace(b",", b"")) - len(before[0])
            file.seek(size - KEPT_BYTES)
            end = file.read(KEPT_BYTES)
        os.truncate(log, KEPT_BYTES)
        with log.open("ab") as file:
            file.write(f"\n[... {left_out:,} bytes left out ...]\n".encode() + end)
    except OSError:
        return


LOG_LINES = 25
LINE_LENGTH = 300


def last_lines(log: Path, lines: int = LOG_LINES) -> str:
    """The end of a log, for a message: where it is, then its last lines."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 8192))
            text = file.read().decode(errors="replace").strip()
    except OSError:
        text = ""
    if not text:
        return f"It printed nothing to {shown(log)}."
    last = [_harmless(line) for line in text.splitlines()[-lines:]]
    return "\n".join([f"Last lines of {shown(log)}:", *last])


def _harmless(line: str) -> str:
    """A line that does nothing to a terminal and does not fill it."""
    text = "".join(char if char.isprintable() else " " for char in line)
    return text if len(text) <= LINE_LENGTH else f"{text[:LINE_LENGTH]} ..."

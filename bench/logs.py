"""What servers print: kept within bounds, for a disk is soon full at the pace of a benchmark."""

import os
from pathlib import Path

# A log that grows beyond this loses its middle. What is kept of its beginning tells how the
# server started, of its end what happened last.
MOST_BYTES = 32_000_000
KEPT_BYTES = 1_000_000


def trim(log: Path) -> None:
    """Take the middle out of a log that has grown too long, while its server goes on writing.

    The server appends (`O_APPEND`), so it goes on at the new end. Where the file cannot be
    read or written, it stays as it is.
    """
    try:
        size = log.stat().st_size
        if size <= MOST_BYTES:
            return
        with log.open("rb") as file:
            file.seek(size - KEPT_BYTES)
            end = file.read(KEPT_BYTES)
        os.truncate(log, KEPT_BYTES)
        with log.open("ab") as file:
            left_out = size - 2 * KEPT_BYTES
            file.write(f"\n[... {left_out:,} bytes left out ...]\n".encode() + end)
    except OSError:
        return

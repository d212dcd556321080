"""Removes what a run needs for as long as it lasts, also where the bench is killed.

Run as a script, with nothing but the standard library: `python -I -S janitor.py FOLDER
[RUN]`. Standard input is a pipe from the bench. When it closes, the FOLDER goes, and in the
folder RUN and below it every file that was being written.
"""

import contextlib
import os
import shutil
import signal
import sys

ATTEMPTS = 50


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    folder, *runs = sys.argv[1:]
    while os.read(0, 1):
        pass
    for _ in range(ATTEMPTS):
        # Servers that are being killed in the same moment may still write there.
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):  # noqa: PTH110 - pathlib takes long to import
            break
    for run in runs:
        for parent, _, names in os.walk(run):
            for name in names:
                if name.startswith(".") and name.endswith(".partial"):
                    with contextlib.suppress(OSError):
                        os.unlink(os.path.join(parent, name))  # noqa: PTH108, PTH118


if __name__ == "__main__":
    main()

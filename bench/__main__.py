"""`python -m bench`: what `nox -s compare`, `serve` and `check` run."""

import sys

MACHINE_LACKS = 3


def _start() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an old Python is told
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"This is Python {version}; Viewlab needs 3.11 or newer.", file=sys.stderr)
        return MACHINE_LACKS
    try:
        from bench.cli import main  # noqa: PLC0415 - an old Python could not import it
    except ModuleNotFoundError as error:
        print(
            f"The module {error.name!r} is missing. `make compare` installs what the lab needs; "
            f"or: pip install --require-hashes -r requirements.txt",
            file=sys.stderr,
        )
        return MACHINE_LACKS
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(_start())

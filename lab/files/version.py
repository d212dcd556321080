"""Which version wrote a file, and whether this one can read it."""

import msgspec

from lab.errors import UsageError

# Of the lab; held to pyproject.toml by a test.
VERSION = "0.1.0"


class _Versioned(msgspec.Struct):
    schema: int
    written_by: str | None = None


def require_schema(data: bytes, schema: int, *, what: str, file: str) -> None:
    """Raise `UsageError` where `data` is `what` of another schema, with the version that reads it.

    Raises `msgspec.DecodeError` where it does not say its schema.
    """
    said = msgspec.json.decode(data, type=_Versioned)
    if said.schema == schema:
        return
    writer = f"Viewlab {said.written_by}" if said.written_by else "another version of Viewlab"
    raise UsageError(
        f"{file}: {what} of schema {said.schema}; this version reads schema {schema}. It was "
        f"written by {writer}: read it with that, or with a newer one."
    )

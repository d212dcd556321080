"""What a target is to answer: a status, and a body."""

from dataclasses import dataclass
from typing import Literal

from bench.target.table import Table
from lab.files.answer import OK, BodyKind


@dataclass(frozen=True)
class ExpectedAnswer:
    """`body` is what must be answered, byte by byte; False where anything may be, and None for
    the upstream's JSON."""

    status: int = OK
    body: str | Literal[False] | None = None

    @property
    def kind(self) -> BodyKind:
        """Which of the three its body is, in a word."""
        if self.body is None:
            return "upstream"
        return "none" if self.body is False else "text"

    def __str__(self) -> str:
        body = {"upstream": "the upstream's JSON", "text": "the text in 'body'", "none": "any body"}
        status = "" if self.status == OK else f"status {self.status}, "
        return f"{status}{body[self.kind]}"


def parse_wanted(bench: Table) -> ExpectedAnswer:
    """Read `status` and `body`. Raises `UsageError` for another value."""
    body = bench.values.get("body")
    if body is not None and body is not False and not isinstance(body, str):
        raise bench.error(
            f"'body' in {bench.place} must be the text that is answered, or false where it is not "
            f"to be checked."
        )
    return ExpectedAnswer(bench.integer("status", OK, at_least=OK, at_most=599), body)

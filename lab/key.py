"""What a key of a run's files means: said beside it, and written from there into docs/."""

from msgspec import Meta


def key(
    description: str,
    *,
    unit: str | None = None,
    null: str | None = None,
    absent: str | None = None,
    since: int = 1,
) -> Meta:
    """What a key holds, for the annotation of its type.

    `unit` is that of its numbers. `null` says when there is no value, `absent` when the key
    itself is left out, `since` which schema was the first to have it. JSON schemas have them as
    `x-unit` and so on, which validators pass over.
    """
    notes = {"unit": unit, "null": null, "absent": absent, "since": since}
    return Meta(
        description=description,
        extra_json_schema={f"x-{name}": note for name, note in notes.items() if note is not None},
    )

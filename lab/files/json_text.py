"""The shapes of a run's files as JSON: levels and conditions as text, where they are no more."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec

from lab.condition import USUAL, Condition, Terms
from lab.errors import UsageError
from lab.key import key
from lab.level import Level, parse_level

Shape = TypeVar("Shape")

# Patterns are for JavaScript's validators too, which have no `\Z`; `$` also stands before a line
# break at the end, to Python.
_LevelText = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}/[0-9]{1,9}(?![\s\S])")]


def encode(value: object) -> bytes:
    return msgspec.json.encode(value, enc_hook=_written)


def builtins(value: object) -> Any:  # noqa: ANN401 - whatever JSON has
    """The value as mappings, lists, texts and numbers."""
    return msgspec.to_builtins(value, enc_hook=_written)


def decode(data: bytes, shape: type[Shape]) -> Shape:
    """Raises `msgspec.DecodeError` with the key that is wrong, or what else is."""
    return msgspec.json.decode(data, type=shape, dec_hook=_read)


def convert(value: object, shape: type[Shape]) -> Shape:
    """What `decode` gives of what has been JSON. Raises as it does."""
    return msgspec.convert(value, shape, dec_hook=_read)


def _written(value: object) -> object:
    if isinstance(value, Level):
        return str(value)
    if isinstance(value, Condition):
        if value.terms == USUAL:
            return str(value.level)
        return {"level": str(value.level), **msgspec.to_builtins(value.terms)}
    raise NotImplementedError


def _read(shape: type, value: object) -> object:
    try:
        if shape is Level and isinstance(value, str):
            return parse_level(value)
        if shape is Condition and isinstance(value, str):
            return Condition(parse_level(value))
        if shape is Condition and isinstance(value, dict):
            terms = {key: its for key, its in value.items() if key != "level"}
            return Condition(parse_level(str(value.get("level"))), msgspec.convert(terms, Terms))
    except UsageError as error:
        raise ValueError(str(error)) from None
    raise ValueError(f"no {shape.__name__.lower()}: {value!r}")


def schema_hook(shape: type) -> dict[str, Any]:
    """What a JSON schema says of levels and conditions; it refers to nothing outside itself."""
    level = msgspec.json.schema(_LevelText)
    if shape is Level:
        return level
    if shape is Condition:
        _, defined = msgspec.json.schema_components([Terms])
        terms = _whole(defined["Terms"], defined)
        said = msgspec.json.schema(Annotated[_LevelText, key("Its level.")])
        more = {**terms, "properties": {"level": said, **terms["properties"]}}
        return {"anyOf": [level, {**more, "title": "Condition", "required": ["level"]}]}
    raise NotImplementedError


def _whole(schema: Any, defined: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever JSON has
    """A schema with what it refers to in place of the references."""
    if isinstance(schema, list):
        return [_whole(each, defined) for each in schema]
    if not isinstance(schema, dict):
        return schema
    whole = {name: _whole(its, defined) for name, its in schema.items() if name != "$ref"}
    if "$ref" in schema:
        whole = {**_whole(defined[schema["$ref"].removeprefix("#/$defs/")], defined), **whole}
    return whole

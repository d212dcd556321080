"""The `[tool.bench]` table in a target's pyproject.toml, or the same keys in a bench.toml."""

import re
import shlex
import string
from dataclasses import dataclass, field

from bench.target.answer import ExpectedAnswer, parse_wanted
from bench.target.request import Request, parse_request
from bench.target.table import Table
from bench.target.variables import Variables, parse_env, parse_settings

KEYS = ("title", "serve", "path", "slots", "parent", "change", "tags", "upstream_calls", "name",
        "settings", "env", "status", "body", "headers", "post", "requirements", "venv")  # fmt: skip

# What `nox -s new` writes as the change of a target that does not differ from its parent yet.
NOTHING_YET = "nothing yet: say here the one thing that differs"


@dataclass(frozen=True)
class Manifest:
    """How a target is served and asked, and how it differs from its parent.

    `serve` is a command line in which `{host}` and `{port}` are still to be filled in.
    `slots` is the number of requests it can hold at once, None where nothing bounds it.
    `requirements` and `venv` are paths: what it is installed from, or its environment.
    """

    title: str
    serve: str
    path: str
    slots: int | None = None
    parent: str | None = None
    change: str | None = None
    tags: tuple[str, ...] = ()
    upstream_calls: int = 1
    name: str | None = None
    settings: str | None = None
    env: Variables = ()
    request: Request = field(default_factory=Request)
    wanted: ExpectedAnswer = field(default_factory=ExpectedAnswer)
    requirements: str | None = None
    venv: str | None = None

    def command(self, host: str, port: int) -> list[str]:
        """The server's argument list for this address."""
        return [part.format(host=host, port=port) for part in shlex.split(self.serve)]


def parse_manifest(root: Table) -> Manifest:
    """Read `[tool.bench]` from a pyproject's table. Raises `UsageError` with the wrong key."""
    tool = root.table("tool") if "tool" in root.values else None
    if tool is None or "bench" not in tool.values:
        raise root.error("there is no [tool.bench] table. The README says what it holds.")
    return parse_bench(tool.table("bench"))


def parse_bench(bench: Table) -> Manifest:
    """Read the keys themselves. Raises `UsageError` with the wrong one."""
    bench.only(*KEYS)
    manifest = Manifest(
        title=bench.text("title"),
        serve=_serve(bench),
        path=bench.text("path"),
        slots=bench.optional_integer("slots", at_least=1),
        parent=bench.optional_text("parent"),
        change=bench.optional_text("change"),
        tags=bench.texts("tags", ()),
        upstream_calls=bench.integer("upstream_calls", 1, at_least=0),
        name=bench.optional_text("name"),
        settings=parse_settings(bench),
        env=parse_env(bench),
        request=parse_request(bench),
        wanted=parse_wanted(bench),
        requirements=bench.optional_text("requirements"),
        venv=bench.optional_text("venv"),
    )
    if not re.fullmatch(r"/[!-~]*", manifest.path) or "#" in manifest.path:
        raise bench.error(
            f"'path' in {bench.place} must start with a slash and hold no space, no '#' and no "
            f"letter beyond ASCII unless percent-encoded, like '/sync/test', not {manifest.path!r}."
        )
    if manifest.requirements and manifest.venv:
        raise bench.error(f"'requirements' and 'venv' in {bench.place}: give one of them.")
    if (manifest.parent is None) != (manifest.change is None):
        raise bench.error(f"'parent' and 'change' in {bench.place} go together: give both or none.")
    return manifest


def _serve(bench: Table) -> str:
    text = bench.text("serve")
    try:
        # A format or a conversion, as in {port:x}, stays in what is compared below.
        fields = {
            f"{field}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}"
            for _, field, form, conversion in string.Formatter().parse(text)
            if field is not None
        }
        parts = shlex.split(text)
    except ValueError as error:
        raise bench.error(f"'serve' in {bench.place} is no command: {error}.") from None
    if not parts or "port" not in fields or not fields <= {"host", "port"}:
        raise bench.error(
            f"'serve' in {bench.place} must hold {{port}}, and may hold {{host}}: the bench "
            f"chooses them for each start. It may hold nothing else in braces."
        )
    return text

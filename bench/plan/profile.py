"""Profiles, read from TOML: what is wrong with one is told by its key."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.target.table import Table, did_you_mean, read_toml
from lab.errors import UsageError
from lab.files.profile import LEAST_MINUTES, MOST_MINUTES, MOST_REPEATS, MOST_ROUNDS, Profile
from lab.latency import LEAST_MEDIAN_MS, LONGEST_MS, WIDEST_SIGMA, Latency, Lognormal
from lab.level import Level, parse_levels
from lab.paths import PROFILES


def parse_profile(name: str, root: Table) -> Profile:
    """Read a profile from its file's table. Raises `UsageError` with the key that is wrong."""
    root.only("upstream", "load")
    upstream, load = root.table("upstream"), root.table("load")
    upstream.only("latency", "trust")
    load.only("levels", "rounds", "repeats", "minutes")
    if "repeats" in load.values and "minutes" in load.values:
        raise root.error(
            "[load] takes one of 'repeats' and 'minutes': with 'minutes' the run plans itself what "
            "is loaded again."
        )
    trust = upstream.text("trust") if "trust" in upstream.values else "certifi"
    if trust not in ("certifi", "lab"):
        raise root.error(
            f"'trust' in [upstream] must be 'certifi' (its bundle and the lab's CA) "
            f"or 'lab' (the lab's CA alone), not {trust!r}."
        )
    texts = load.texts("levels")
    try:
        levels = parse_levels(texts)
    except UsageError as error:
        raise root.error(f"'levels' in [load]: {error}") from None
    return Profile(
        name=name,
        latency=_latency(upstream.table("latency")),
        trust="lab" if trust == "lab" else "certifi",
        levels=levels,
        rounds=load.integer("rounds", 3, at_least=1, at_most=MOST_ROUNDS),
        repeats=_repeats(load, levels),
        minutes=(
            load.number("minutes", at_least=LEAST_MINUTES, at_most=MOST_MINUTES)
            if "minutes" in load.values
            else None
        ),
    )


def _repeats(load: Table, levels: Sequence[Level]) -> dict[Level, int]:
    """How often each level is loaded within a block, where that is more than once."""
    if "repeats" not in load.values:
        return {}
    table = load.table("repeats")
    table.only(*(str(level) for level in levels))
    return {
        level: table.integer(str(level), at_least=1, at_most=MOST_REPEATS)
        for level in levels
        if str(level) in table.values
    }


def _latency(table: Table) -> Latency:
    table.only("fixed_ms", "lognormal")
    if len(table.values) != 1:
        raise table.error(f"{table.name} takes one of 'fixed_ms' and 'lognormal'.")
    if "fixed_ms" in table.values:
        return Latency(fixed_ms=table.number("fixed_ms", at_least=0, at_most=LONGEST_MS))
    lognormal = table.table("lognormal")
    lognormal.only("median_ms", "sigma")
    return Latency(
        lognormal=Lognormal(
            median_ms=lognormal.number("median_ms", at_least=LEAST_MEDIAN_MS, at_most=LONGEST_MS),
            sigma=lognormal.number("sigma", at_least=0, at_most=WIDEST_SIGMA),
        )
    )


def load_profile(name_or_path: str) -> Profile:
    """The profile of that name in the repository, or the TOML file at that path."""
    known = {path.stem: path for path in sorted(PROFILES.glob("*.toml"))}
    if name_or_path in known:
        path = known[name_or_path]
    else:
        path = Path(name_or_path)
        try:
            exists = path.is_file()
        except OSError:  # longer than any path can be
            exists = False
        if not exists:
            hint = did_you_mean(name_or_path, known) or f" Profiles: {', '.join(known)}."
            raise UsageError(
                f"--profile {name_or_path!r} is neither a profile nor a TOML file.{hint}"
            )
    return msgspec.structs.replace(parse_profile(path.stem, read_toml(path)), source=name_or_path)

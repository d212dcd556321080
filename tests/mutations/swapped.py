"""A change put into a program that is running: to import everything anew takes most of the time.

What is left of a change that cannot be put in, and what survives it, is imported anew (`trial.py`).
"""

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

Functions = Mapping[str, Sequence[FunctionType]]


def functions() -> Functions:
    """All that are loaded, by the path of their module: looked for once, before there are forks."""
    found: dict[str, list[FunctionType]] = {}
    for it in gc.get_objects():
        if isinstance(it, FunctionType):
            found.setdefault(it.__code__.co_filename, []).append(it)
    return found


def swap(root: Path, file: str, source: str, loaded: Functions) -> bool:
    """Change a module to `source`: functions, their defaults, constants. False if none differs.

    Raises whatever the changed module raises where it is imported.
    """
    module = import_module(module_name(file))
    path = str(root / file)
    code = compile(source, path, "exec")
    changed = ModuleType(module.__name__)
    changed.__dict__.update(__file__=path, __package__=module.__package__)
    sys.modules[f"changed {module.__name__}"] = changed
    exec(code, changed.__dict__)  # noqa: S102 - that is what it is for
    before = dict(_codes(compile((root / file).read_text(), path, "exec")))
    after = dict(_codes(code))
    differing = {name for name, old in before.items() if name in after and after[name] != old}
    found = False
    for function in loaded.get(path, ()):
        name = function.__code__.co_qualname
        if function.__globals__ is module.__dict__ and name in differing:
            function.__code__ = after[name]
            found = True
    return _swap_values(module, changed) or found


def module_name(file: str) -> str:
    parts = Path(file).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    """The functions of a module and of its classes, not those within functions."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant.co_qualname, constant
            if "<locals>" not in constant.co_qualname:
                yield from _codes(constant)


def _swap_values(module: ModuleType, changed: ModuleType) -> bool:
    """Constants, also where they have been imported to, and defaults of functions."""
    found = False
    for name, new in vars(changed).items():
        old = getattr(module, name, None)
        if isinstance(new, FunctionType) and isinstance(old, FunctionType):
            new_defaults, old_defaults = ((it.__defaults__, it.__kwdefaults__) for it in (new, old))
            if new_defaults != old_defaults and _is_plain(new_defaults):
                old.__defaults__, old.__kwdefaults__ = new_defaults
                found = True
        elif not name.startswith("__") and _is_plain(new) and _is_plain(old) and new != old:
            for other in list(sys.modules.values()):
                if other is not changed and getattr(other, "__dict__", {}).get(name) is old:
                    setattr(other, name, new)
            found = True
    return found


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple | list | set | frozenset):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return value is None or isinstance(value, bool | int | float | str)

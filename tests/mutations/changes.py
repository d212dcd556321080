"""What is changed in a module, one change at a time: cosmic-ray's operators, and five of our own.

Left out are those whose changes fail at import or are never anybody's mistake: `|` in type hints,
decorators and heads of classes, every pair of operators instead of the nearest; and there is none
for texts.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from tests.mutations import scope
from tests.mutations.kept import Name

TAKEN = (
    "AddNot", "NumberReplacer", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue", "ReplaceContinueWithBreak",
    "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ZeroIterationForLoop",
    *(f"ReplaceBinaryOperator_{pair}" for pair in (
        "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul",
        "BitAnd_BitOr",
    )),
    *(f"ReplaceComparisonOperator_{pair}" for pair in (
        "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is",
        "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt",
    )),
    "ReplaceUnaryOperator_USub_UAdd", "ReplaceUnaryOperator_Delete_Not",
)  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


class SwapName:
    """The least in place of the largest, one in place of all, and the other way round."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "name" and node.value in NAMES and not _is_attribute(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        node.value = NAMES[node.value]
        return node


class NegateIn:
    """`not in` in place of `in`."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "keyword" and node.value == "in" and node.parent.type == "comparison":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        node.value = "not in"
        return node


class AffirmNotIn:
    """`in` in place of `not in`."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "comp_op" and node.children[0].value == "not":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        node.children[0].value = ""
        return node


class CatchNothing:
    """`except ():`; cosmic-ray's own knows no exception with a dot in its name."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "except_clause":
            yield node.children[1].start_pos, node.children[1].end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        node.children[1] = parso.parse(" ()")
        return node


class NegateFilter:
    """What a comprehension leaves out in place of what it takes."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "comp_if":
            yield node.children[1].start_pos, node.children[1].end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        taken = node.children[1].get_code().strip()
        node.children[1] = parso.parse(f" not ({taken})")
        return node


OWN = (SwapName, NegateIn, AffirmNotIn, CatchNothing, NegateFilter)
OPERATORS: Mapping[str, Any] = {
    **{name: get_operator(f"core/{name}")() for name in TAKEN},
    **{kind.__name__: kind() for kind in OWN},
}


@dataclass(frozen=True)
class Change:
    """One change of a module: where, which, and what its line is before and after."""

    file: str
    place: str  # the function or class it is in, empty at the top
    operator: str
    nth: int  # of this operator's in this place
    before: str
    after: str
    lines: frozenset[int]  # of the statement that is changed; none where it is run at import
    source: str  # the whole module, changed

    @property
    def name(self) -> Name:
        return self.file, self.place, self.operator, self.nth


def changes(root: Path, file: str) -> Iterator[Change]:
    """Every change of a module, by operator and place."""
    source = (root / file).read_text()
    tree = ast.parse(source)
    nodes = list(ast_nodes(get_ast(source)))
    heads = _heads(tree)
    for name, operator in OPERATORS.items():
        counts: dict[str, int] = {}
        starts = [
            (at[0], getattr(node.parent, "type", "") == "parameters")
            for node in nodes
            for at, _end in operator.mutation_positions(node)
        ]
        for occurrence, (line, is_a_star) in enumerate(starts):
            if is_a_star or line in heads:
                continue
            place = _place(tree, line)
            if place not in scope.ONLY.get(file, {place}):
                continue
            counts[place] = counts.get(place, 0) + 1
            changed = mutate_code(source, operator, occurrence)
            before, after = _lines(source, changed)
            yield Change(
                file, place, name, counts[place], before, after, _statement(tree, line), changed
            )


def _is_attribute(node: Any) -> bool:
    """Whether it is somebody's own `.max`, or the name of an argument."""
    before = node.get_previous_leaf()
    after = node.get_next_leaf()
    return bool(before.value == "." or (after.value == "=" and node.parent.type == "argument"))


def _heads(tree: ast.Module) -> set[int]:
    """The lines of decorators and of what classes are made from: that they are frozen, mostly."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            parts = [*node.decorator_list]
            if isinstance(node, ast.ClassDef):
                parts += [*node.bases, *(keyword.value for keyword in node.keywords)]
            for part in parts:
                lines |= {*range(part.lineno, (part.end_lineno or part.lineno) + 1)}
    return lines


def _place(tree: ast.Module, line: int) -> str:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            end = node.end_lineno or node.lineno
            if node.lineno <= line <= end:
                names.append((node.lineno, node.name))
    return ".".join(name for _line, name in sorted(names))


def _statement(tree: ast.Module, line: int) -> frozenset[int]:
    """The lines of the innermost statement; of one with a body, those of its head.

    None of one outside of functions, which no test runs.
    """
    if not any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body[0].lineno <= line <= (node.end_lineno or node.lineno)
        for node in ast.walk(tree)
    ):
        return frozenset()
    found: tuple[int, int] = (line, line)
    least = None
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        end = node.end_lineno or node.lineno
        body = getattr(node, "body", None)
        if isinstance(body, list) and body:
            end = max(node.lineno, body[0].lineno - 1)
        if node.lineno <= line <= end and (least is None or end - node.lineno < least):
            found, least = (node.lineno, end), end - node.lineno
    return frozenset(range(found[0], found[1] + 1))


def _lines(source: str, changed: str) -> tuple[str, str]:
    """The first line that differs, as it was and as it is."""
    for old, new in zip(source.splitlines(), changed.splitlines(), strict=False):
        if old != new:
            return " ".join(old.split()), " ".join(new.split())
    return "", ""

"""What can be changed in a source so that some answer may change: the mutants of a file.

Each is one small change in one top-level statement: a function, a class, a constant or an SQL statement.
Names, types, docstrings, asserts (claims to the reader), log lines and the words of exceptions are left
alone.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import EnumMeta
from types import ModuleType
from typing import Any

_COMPARES: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_SUMS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_SQL_SIGNS = {"=": "<>", "<>": "=", "<": ">", ">": "<", "<=": "<", ">=": ">"}
_LEFT_ALONE = {
    "annotation",
    "returns",
    "decorator_list",
    "ctx",
    "type_params",
    "target",
    "targets",
    "optional_vars",
}
_LONGEST = 110
_DROP = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`name` says what is changed, without line numbers: it is the same after an edit elsewhere.

    `source` is the changed statement, to be run in the module; `lines` are those of the file that have
    to be run for the change to matter, empty for what is run at import.
    """

    unit: str
    name: str
    source: str
    lines: range


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node hangs: `parent.field`, or `parent.field[index]`."""

    parent: ast.AST
    field: str
    index: int | None

    def put(self, node: Any) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def units(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the top-level statements that can be run again, with the name that each defines.

    What decorates a function makes another of it, all but `concurrent`.
    """
    for statement in tree.body:
        match statement:
            case (
                ast.FunctionDef(name=name, decorator_list=[] | [ast.Name(id="concurrent")])
                | ast.ClassDef(name=name)
            ):
                yield name, statement
            case (
                ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr())
            ):
                yield name, statement


def mutants(unit: str, statement: ast.stmt, module: ModuleType) -> Iterator[Mutant]:
    """Yield all mutants of one top-level statement."""
    if isinstance(getattr(module, unit), EnumMeta):
        return  # the values of an enumeration are names
    at_import = isinstance(statement, ast.Assign | ast.AnnAssign)
    seen: Counter[str] = Counter()
    for place, node, inside in list(_places(statement, statement)):
        for what, other in _changes(place, node, module, at_import=at_import):
            source = _changed(statement, place, node, other)
            if source is None:
                continue
            seen[what] += 1
            again = f" ({seen[what]})" if seen[what] > 1 else ""
            yield Mutant(unit=unit, name=f"{unit}: {what}{again}", source=source, lines=_lines(inside))


def _places(node: ast.AST, inside: ast.AST) -> Iterator[tuple[_Place, ast.AST, ast.AST]]:
    """Yield each node below with its place and the innermost statement that it is in."""
    for field, value in ast.iter_fields(node):
        if field in _LEFT_ALONE:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(child, ast.AST) or _is_left_alone(child):
                continue
            if isinstance(node, ast.Raise):
                continue
            within = child if isinstance(child, ast.stmt) else inside
            yield _Place(node, field, index), child, within
            yield from _places(child, within)


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Assert() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log")))):
            return True
        case ast.Call(func=ast.Name(id="bindparam")):
            return True
    return False


def _lines(inside: ast.AST) -> range:
    """Return the lines of a statement; of one with a body, those before the body."""
    body = getattr(inside, "body", None) or getattr(inside, "cases", None)
    if isinstance(inside, ast.FunctionDef | ast.ClassDef):
        return range(inside.lineno, inside.end_lineno + 1)
    if not body:
        return range(inside.lineno, inside.end_lineno + 1)
    first = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    return range(inside.lineno, max(inside.lineno + 1, first.lineno))


def _changed(statement: ast.stmt, place: _Place, node: ast.AST, other: Any) -> str | None:
    """Return the statement's source with the node changed, or None if that is no statement."""
    if other is _DROP:
        siblings = getattr(place.parent, place.field)
        partner = place.parent.values if isinstance(place.parent, ast.Dict) else None
        del siblings[place.index]
        gone = partner.pop(place.index) if partner is not None and partner is not siblings else None
        source = ast.unparse(statement)
        siblings.insert(place.index, node)
        if gone is not None:
            partner.insert(place.index, gone)
    else:
        place.put(other)
        source = ast.unparse(statement)
        place.put(node)
    try:
        compile(source, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return None
    return source


def _say(node: ast.AST) -> str:
    """Say in one short line what stands there; of a statement with a body, what comes before it."""
    match node:
        case ast.If(test=test) | ast.While(test=test):
            said = f"{'if' if isinstance(node, ast.If) else 'while'} {ast.unparse(test)}"
        case ast.For(target=target, iter=source):
            said = f"for {ast.unparse(target)} in {ast.unparse(source)}"
        case _:
            said = " ".join(ast.unparse(node).split())
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 30]} … {said[-25:]}"


def _changes(
    place: _Place, node: ast.AST, module: ModuleType, *, at_import: bool
) -> Iterator[tuple[str, Any]]:
    """Yield what a node can become, with words for it."""
    for other in (*_expressions(node), *_statements(node), *_enumerated(node, module)):
        yield f"{_say(node)} -> {_say(other)}", other
    yield from _constants(place, node)
    yield from _parts(place, node)
    if isinstance(node, ast.Call):
        yield from _calls(node, at_import=at_import)


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            for at, op in enumerate(ops):
                for other in _COMPARES[type(op)]:
                    yield ast.Compare(left, [*ops[:at], other(), *ops[at + 1 :]], comparators)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for at in range(len(values)):
                rest = [*values[:at], *values[at + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SUMS:
            yield ast.BinOp(left, _SUMS[type(op)](), right)
            if isinstance(op, ast.BitAnd | ast.BitOr):
                yield from (left, right)
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.Subscript(value=value, slice=ast.Slice()):
            yield value


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.If(body=body, orelse=orelse):
            yield ast.If(ast.Constant(value=True), body, orelse)
            yield ast.If(ast.Constant(value=False), body, orelse)
        case ast.While(body=body, orelse=orelse):
            yield ast.While(ast.Constant(value=False), body, orelse)
        case ast.For(target=target, body=body, orelse=orelse):
            yield ast.For(target, ast.Tuple([], ast.Load()), body, orelse, lineno=node.lineno)
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield ast.Return(ast.Constant(value=None))
        case ast.Return(value=None) | ast.Expr() | ast.Raise() | ast.AugAssign() | ast.Delete() | ast.Break():
            yield ast.Pass()
        case ast.Continue():
            yield from (ast.Pass(), ast.Break())


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _enumerated(node: ast.AST, module: ModuleType) -> Iterator[ast.AST]:
    """Yield the next member of an enumeration in the place of one."""
    match node:
        case ast.Attribute(value=ast.Name(id=name) as value, attr=attr):
            enumeration = getattr(module, name, None)
            if isinstance(enumeration, EnumMeta) and attr in enumeration.__members__:
                names = list(enumeration.__members__)
                yield ast.Attribute(value, names[(names.index(attr) + 1) % len(names)], ast.Load())


def _constants(place: _Place, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if not isinstance(node, ast.Constant):
        return
    parent = place.parent
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "text":
        others = _sql(node.value)
    else:
        match node.value:
            case bool():
                others = [not node.value]
            case int() | float():
                others = [node.value + 1]
            case str():
                others = [f"XX{node.value}"]
            case _:
                others = []
    for other in others:
        new = ast.Constant(value=other)
        short = parent if isinstance(parent, ast.keyword | ast.Compare | ast.BinOp) else None
        if short is None:
            yield f"{node.value!r} -> {other!r}", new
        else:
            before = _say(short)
            place.put(new)
            after = _say(short)
            place.put(node)
            yield f"{before} -> {after}", new


def _sql(sql: str) -> Iterator[str]:
    """Yield what a piece of SQL that stands as text can become."""
    for sign in re.finditer(r"(?<= )(<>|<=|>=|=|<|>)(?= )", sql):
        yield f"{sql[: sign.start()]}{_SQL_SIGNS[sign[0]]}{sql[sign.end() :]}"
    for word in re.finditer(r"'\w+'", sql):
        yield f"{sql[: word.start()]}'XX'{sql[word.end() :]}"


def _parts(place: _Place, node: ast.AST) -> Iterator[tuple[str, Any]]:
    """Yield what can be left out of a list of things."""
    parent, field = place.parent, place.field
    if isinstance(parent, ast.List | ast.Tuple | ast.Set) and isinstance(
        getattr(parent, "ctx", ast.Load()), ast.Load
    ):
        yield f"{_say(parent)} without {_say(node)}", _DROP
    elif isinstance(parent, ast.Dict) and field == "keys":
        yield f"{{...}} without {_say(node)}", _DROP
    elif isinstance(parent, ast.JoinedStr) and isinstance(node, ast.FormattedValue):
        yield f"f-string without {_say(node.value)}", _DROP
    elif isinstance(node, ast.match_case):
        yield f"match without {_say(node.pattern)}", _DROP
    elif isinstance(parent, ast.comprehension) and field == "ifs":
        yield f"for {_say(parent.target)} in {_say(parent.iter)} without if {_say(node)}", _DROP


def _calls(node: ast.Call, *, at_import: bool) -> Iterator[tuple[str, Any]]:
    """Yield the call with one argument less, or None in its place."""
    callee = node.func.attr if isinstance(node.func, ast.Attribute) else _say(node.func)
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        yield f"{_say(node)} without .{callee}(...)", node.func.value
    for at, arg in enumerate(node.args):
        rest = [*node.args[:at], *node.args[at + 1 :]]
        if callee != "text" and not (isinstance(arg, ast.Name) and arg.id == "tx"):
            yield f"{callee}(...) without {_say(arg)}", ast.Call(node.func, rest, node.keywords)
    for at, keyword in enumerate(node.keywords):
        rest = [*node.keywords[:at], *node.keywords[at + 1 :]]
        yield f"{callee}(...) without {_say(keyword)}", ast.Call(node.func, node.args, rest)
        if keyword.arg and not at_import and not isinstance(keyword.value, ast.Constant):
            none = ast.keyword(keyword.arg, ast.Constant(value=None))
            with_none = [*node.keywords[:at], none, *node.keywords[at + 1 :]]
            yield (
                f"{callee}(...) with {keyword.arg}=None, not {_say(keyword.value)}",
                ast.Call(node.func, node.args, with_none),
            )

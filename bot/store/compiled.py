"""Statements made ready for a driver: compiled once per dialect, then run as text on its cursor.

The reason is speed: measured, a verb runs about four times as fast as with SQLAlchemy Core's own execution
(`tests/bench` measures both). What Core does on the way is kept: bind and result types, PostgreSQL's casts.
What it would do implicitly is refused with a TypeError: column defaults that fill in a value, expanding IN
lists over parameters, RETURNING of new keys.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Insert, Table, Update
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

upsert = postgresql.insert
"""An INSERT with ON CONFLICT, which compiles for SQLite, too."""


class Row(tuple[Any, ...]):
    """A row: a tuple whose values are also attributes, named as the statement labels them."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def _asdict(self) -> dict[str, Any]: ...


class Plan:
    """One statement for one dialect. `text` and `bind(params)` are what the driver's cursor takes."""

    __slots__ = ("_allowed", "_fixed", "_number", "_pick", "_processors", "_statement", "rows", "text")

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = _compile(statement, dialect)
        named = [bind for bind in compiled.bind_names if not bind.unique]
        for bind in named:
            if bind.expanding:
                raise TypeError(
                    f"{bind.key}: an IN list over a parameter cannot be compiled once: {statement}"
                )
        state = compiled.construct_expanded_state({bind.key: None for bind in named if bind.required})
        binds = [compiled.binds[name] for name in state.positiontup or ()]
        self._statement = statement
        self._allowed = {bind.key for bind in named}
        self._number = len(self._allowed)
        self._fixed = {bind.key: bind.value for bind in binds if not bind.required}
        self._pick = _picker([bind.key for bind in binds])
        self._processors = [
            (position, processor)
            for position, bind in enumerate(binds)
            if (processor := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        ]
        self.text = state.statement
        self.rows = _row_maker(compiled, dialect)

    def bind(self, params: Mapping[str, Any]) -> Sequence[Any]:
        """Return the values in the order of the statement. Raise TypeError for one too many or too few."""
        if self._fixed:
            params = {**self._fixed, **params}
        try:
            values = self._pick(params)
        except KeyError as missing:
            raise TypeError(f"no value for {missing}: {self._statement}") from None
        if len(params) != self._number:
            raise TypeError(
                f"not in the statement: {sorted(params.keys() - self._allowed)}: {self._statement}"
            )
        if not self._processors:
            return values
        made = list(values)
        for position, processor in self._processors:
            value = made[position]
            if value is not None:
                made[position] = processor(value)
        return made


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return a function that takes the values of these names out of a mapping, in this order."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        (name,) = names
        return lambda params: (params[name],)
    return itemgetter(*names)


class Plans:
    """All plans of one dialect, made as they are first needed."""

    def __init__(self, dialect: Dialect) -> None:
        """Make plans for a dialect with positional parameters: its driver has nothing to look up by name."""
        self._dialect = _with_constants(dialect)
        self._plans: dict[ClauseElement, Plan] = {}

    def __call__(self, statement: ClauseElement) -> Plan:
        """Return the plan of `statement`, made when it is first asked for."""
        plan = self._plans.get(statement)
        if plan is None:
            if (
                len(self._plans) >= _MOST_PLANS
            ):  # statements that are made for each call must not fill the memory
                self._plans.clear()
            plan = self._plans[statement] = Plan(statement, self._dialect)
        return plan


_MOST_PLANS = 2000


def _with_constants(dialect: Dialect) -> Dialect:
    """Have a dialect write constants into the text, where the database sees them when it plans.

    A partial index (`WHERE state = 'WAITING'`) is of no use to a statement that gets its state as a
    parameter: SQLite never takes it then, PostgreSQL not once it keeps one plan for all values.
    """
    compiler: Any = dialect.statement_compiler

    def visit_bindparam(self: Any, bindparam: BindParameter[Any], **options: Any) -> Any:
        if bindparam.unique:
            options["literal_binds"] = True
        return compiler.visit_bindparam(self, bindparam, **options)

    dialect.statement_compiler = type("Compiler", (compiler,), {"visit_bindparam": visit_bindparam})
    return dialect


def _compile(statement: ClauseElement, dialect: Dialect) -> SQLCompiler:
    column_keys = None
    if isinstance(statement, Insert):
        statement = statement.inline()  # or PostgreSQL is asked to return each new key
        if not (statement._values or statement._multi_values or statement.select is not None):  # noqa: SLF001 - no public way to ask
            column_keys = _columns_to_pass(statement.table)
    elif isinstance(statement, Update) and not statement._values:  # noqa: SLF001 - the same
        raise TypeError(f"an UPDATE says which columns it sets: {statement}")
    compiled = statement.compile(dialect=dialect, column_keys=column_keys)
    assert isinstance(compiled, SQLCompiler)
    filled_in = (
        [*compiled.insert_prefetch, *compiled.update_prefetch]
        if compiled.isinsert or compiled.isupdate
        else []
    )
    if filled_in:
        raise TypeError(f"pass every value, also of {[column.name for column in filled_in]}: {statement}")
    return compiled


def _columns_to_pass(table: Any) -> list[str]:
    """Return every column but the number that the database counts.

    A default of the database is there for the rows of an older version alone.
    """
    assert isinstance(table, Table)
    return [column.key for column in table.columns if column is not table.autoincrement_column]


def _row_maker(compiled: SQLCompiler, dialect: Dialect) -> Callable[[Iterable[tuple[Any, ...]]], list[Row]]:
    columns = compiled._result_columns  # noqa: SLF001 - the only place where labels and types stand together
    names = [column.keyname for column in columns]
    row = type("Row", (namedtuple("Row", names), Row), {"__slots__": ()})  # noqa: PYI024 - made from a statement
    make: Callable[[Iterable[Any]], Row] = partial(tuple.__new__, row)
    processors = [
        (position, processor)
        for position, column in enumerate(columns)
        if (processor := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]
    if not processors:
        return lambda rows: [make(values) for values in rows]

    def made(rows: Iterable[tuple[Any, ...]]) -> list[Row]:
        result = []
        for values in rows:
            cells = list(values)
            for position, processor in processors:
                if cells[position] is not None:
                    cells[position] = processor(cells[position])
            result.append(make(cells))
        return result

    return made

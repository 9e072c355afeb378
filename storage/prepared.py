"""Statements of every round: compiled once, then run by the driver itself.

SQLAlchemy writes the SQL and knows the types; its way from a statement to the driver takes longer
than SQLite takes to run it, and as long as PostgreSQL's whole round trip. What is asked at each
post and press goes this way, everything else by `execute`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Dialect

#: Turns a value into what the driver takes, or a column into what we take.
_Processor = Callable[[Any], Any]


class Answer(NamedTuple):
    """What a statement gave. A tuple: some forty are made in a round.

    Attributes:
        rows: in order; of a statement that returns none, empty.
        changed: how many rows were inserted, changed or deleted; -1: nobody knows.
    """

    rows: Sequence[Sequence[Any]]
    changed: int

    @property
    def first(self) -> Sequence[Any] | None:
        """The first row, or None."""
        return self.rows[0] if self.rows else None

    @property
    def value(self) -> Any:
        """The first column of the first row, or None."""
        return self.rows[0][0] if self.rows else None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement in an engine's SQL. `returns`: it gives rows."""

    sql: str
    returns: bool
    _names: tuple[str, ...]
    _pick: Callable[[Mapping[str, Any]], Sequence[Any]]
    _processors: tuple[tuple[str, _Processor], ...]
    _constants: Mapping[str, Any]
    _columns: tuple[tuple[int, _Processor], ...]

    @property
    def width(self) -> int:
        """How many parameters it has."""
        return len(self._names)

    def arguments(self, given: Mapping[str, Any]) -> Sequence[Any]:
        """The driver's arguments, by position. A name that stands there often is read once."""
        values = {**self._constants, **given}
        for name, process in self._processors:
            values[name] = process(values[name])
        return self._pick(values)

    def rows(self, found: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """The driver's rows, as the columns' types read them."""
        if not self._columns:
            return found
        read = []
        for row in found:
            values = list(row)
            for place, process in self._columns:
                values[place] = process(values[place])
            read.append(values)
        return read


class Prepared:
    """A statement that is compiled once for each engine.

    Its parameters are named, and all of one length: no lists in an IN. A column that an INSERT does
    not name gets its default.

    Args:
        statement: SQLAlchemy's.
        reads: it changes nothing and locks nothing: it needs no transaction of PostgreSQL's.
        must: a change that finds no row to change fails the whole transaction (Stale). It gives
            rows, so that this shows.
    """

    __slots__ = ("_compiled", "must", "reads", "statement")

    def __init__(self, statement: Any, *, reads: bool = False, must: bool = False) -> None:
        self.statement = statement
        self.reads = reads
        self.must = must
        self._compiled: dict[str, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        """The statement as that engine takes it."""
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self.statement, dialect)
        return compiled


class Locking(NamedTuple):
    """A reading that locks chats and leads until its transaction ends.

    Its last two columns say what was locked: the chat's key and the lead's (None: it names none).

    Attributes:
        plain: for SQLite, whose writers queue up anyway; without these columns.
        within: for a transaction of PostgreSQL's that has begun: the locks are the transaction's.
        before: for one that has not: they are the session's, until they are handed over.
    """

    plain: Prepared
    within: Prepared
    before: Prepared


def _compile(statement: Any, dialect: Dialect) -> Compiled:
    compiled = statement.compile(dialect=dialect)
    if compiled.post_compile_params:
        raise TypeError("a list has no fixed length: run such a statement by `execute`")
    names = compiled.positiontup or ()
    binds = {name: compiled.binds[name] for name in names}
    constants = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
    for column in compiled.insert_prefetch or ():
        constants[column.key] = column.default.arg
    processors = [
        (name, bind.type.dialect_impl(dialect).bind_processor(dialect))
        for name, bind in binds.items()
    ]
    columns = _columns_of(statement)
    readers = [
        (place, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for place, column in enumerate(columns)
    ]
    return Compiled(
        sql=compiled.string,
        returns=bool(columns),
        _names=tuple(names),
        _pick=_picking(tuple(names)),
        _processors=tuple((name, process) for name, process in processors if process is not None),
        _constants=constants,
        _columns=tuple((place, reader) for place, reader in readers if reader is not None),
    )


def _picking(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """Values by their names: an itemgetter, which gives no tuple of less than two."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _columns_of(statement: Any) -> list[Any]:
    """What a SELECT selects, or what RETURNING returns."""
    given = statement.selected_columns if statement.is_select else statement.exported_columns
    return list(given)

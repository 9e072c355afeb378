"""Changes of one transaction in one round trip.

PostgreSQL is sent several as one statement (data-modifying WITHs): none of them sees what the
others change, and no two may change the same row. SQLite, which has no such thing and no way to go,
takes one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect

from storage.errors import Stale
from storage.prepared import Answer, Compiled, Prepared

if TYPE_CHECKING:
    from storage.linked import Linked

#: A statement and its parameters.
Change = tuple[Prepared, Mapping[str, Any]]
#: PostgreSQL's advisory locks as we take them: of a chat by its id, of a lead by a hash. (Keys of
#: two numbers are others than keys of one. The least number is one only within the brackets.)
LOCKS = {"chat": "({})::bigint", "lead": "1, ({})::int"}
#: Why a transaction is Stale.
FOUND_NOTHING = "a change that must be made found nothing to change"
#: Is told what changes gave. What it raises, the transaction raises.
Heard = Callable[[Sequence[Answer]], None]


def all_found(changes: Sequence[Change], answers: Sequence[Answer]) -> None:
    """Raise Stale where a change that must find its row (`Prepared.must`) has found none."""
    for (prepared, _), answer in zip(changes, answers, strict=True):
        if prepared.must and not answer.changed:
            raise Stale(FOUND_NOTHING)


async def together(connection: Linked, change: Change, *also: Change) -> Answer:
    """Make changes of different rows at once; returns what the first gave."""
    return (await connection.run_all((change, *also)))[0]


class Together:
    """Changes as one statement of PostgreSQL's. Those that return nothing do not tell how many.

    Args:
        parts: the changes.
        dialect: PostgreSQL's.
        locks: the session has these (`LOCKS`): they become the statement's own transaction's, and
            end with it. Their keys are the last parameters.
    """

    def __init__(
        self, parts: Sequence[Prepared], dialect: Dialect, locks: tuple[str, ...] = ()
    ) -> None:
        self._parts = [part.on(dialect) for part in parts]
        withs, answers, offset = [], [], 0
        for no, part in enumerate(self._parts):
            withs.append(f"c{no} AS ({_shifted(part.sql, offset)})")
            offset += part.width
            if parts[no].must:
                # None: nothing of all this happens (SQLSTATE 22012, `storage.far`).
                answers.append(f"SELECT {no}, ROW(1 / count(*)) FROM c{no}")  # noqa: S608 -- numbers
            elif part.returns:
                answers.append(f"SELECT {no}, c{no} FROM c{no}")  # noqa: S608 -- numbers
        if locks:
            answers.append(f"SELECT -1, ROW({_handed_over(locks, offset)})")
        self.sql = f"WITH {', '.join(withs)} {' UNION ALL '.join(answers) or 'SELECT'}"

    def arguments(self, given: Sequence[Mapping[str, Any]], keys: Sequence[int] = ()) -> list[Any]:
        """The driver's arguments, by position."""
        arguments = [
            argument
            for part, its in zip(self._parts, given, strict=True)
            for argument in part.arguments(its)
        ]
        return [*arguments, *keys]

    def answers(self, found: Sequence[Sequence[Any]]) -> list[Answer]:
        """What each part gave, of the driver's rows."""
        rows: list[list[Sequence[Any]]] = [[] for _ in self._parts]
        for number_and_row in found:
            if number_and_row and number_and_row[0] >= 0:
                rows[number_and_row[0]].append(number_and_row[1])
        return [_answer(part, its) for part, its in zip(self._parts, rows, strict=True)]


def _answer(part: Compiled, rows: Sequence[Sequence[Any]]) -> Answer:
    return Answer(part.rows(rows), len(rows) if part.returns else -1)


def _shifted(sql: str, by: int) -> str:
    """The statement with its parameters `$1`... numbered on from there."""
    return re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + by}", sql)


def _handed_over(locks: Sequence[str], offset: int) -> str:
    """Take each lock for the transaction, which has it already; then let the session's go."""
    taken = [
        f"pg_advisory_xact_lock({LOCKS[lock].format(f'${offset + no}')}) IS NULL"
        for no, lock in enumerate(locks, 1)
    ]
    return ", ".join([*taken, "pg_advisory_unlock_all() IS NULL"])


_BUILT: dict[tuple[tuple[Prepared, ...], tuple[str, ...]], Together] = {}


def as_one(parts: tuple[Prepared, ...], dialect: Dialect, locks: tuple[str, ...] = ()) -> Together:
    """These changes as one, built once. `dialect`: PostgreSQL's."""
    built = _BUILT.get((parts, locks))
    if built is None:
        built = _BUILT[parts, locks] = Together(parts, dialect, locks)
    return built

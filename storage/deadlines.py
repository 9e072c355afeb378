"""Deadlines are rows: whatever falls due while nobody runs is found afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, insert, literal_column, or_, select, update

from storage import tables as t
from storage.linked import Linked
from storage.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRow:
    """A deadline of a case; `name` is the flow's own word.

    `faults`: how often a fault of ours has kept it from being dealt with.
    """

    id: int
    case_id: int
    name: str
    due_at: datetime
    faults: int


_COLUMNS = tuple(t.deadlines.c[name] for name in DeadlineRow.__slots__)


_D = t.deadlines.c
# A literal, no parameter: only then can the engines use the partial index of what is pending.
_PENDING = _D.state == literal_column("'pending'")
_DROPPING = (
    update(t.deadlines)
    .where(_D.case_id == bindparam("case"), _PENDING)
    .values(state="dropped", leased_until=None)
)
_DROP = Prepared(_DROPPING)
_DROP_ONE = Prepared(_DROPPING.where(_D.name == bindparam("called")))


def _is_due(now: Any) -> ColumnElement[bool]:
    is_free = or_(_D.leased_until.is_(None), _D.leased_until <= now)
    return and_(_PENDING, _D.due_at <= now, is_free)


_ANY_DUE = Prepared(select(_D.id).where(_is_due(bindparam("now", type_=_D.due_at.type))).limit(1))


@cache
def _adding(count: int) -> Prepared:
    """Insert that many; their parameters are numbered: name0, due0, name1."""
    return Prepared(
        insert(t.deadlines).values(
            [
                {
                    "case_id": bindparam("case", type_=_D.case_id.type),
                    "name": bindparam(f"name{no}", type_=_D.name.type),
                    "due_at": bindparam(f"due{no}", type_=_D.due_at.type),
                    "state": literal_column("'pending'"),
                }
                for no in range(count)
            ]
        )
    )


class Deadlines:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    async def set(self, case_id: int, due: Mapping[str, datetime], *, is_new: bool = False) -> None:
        """Set deadlines by their names; earlier ones of these names are dropped.

        `is_new`: the case has none yet.
        """
        for name in () if is_new else due:
            await self.drop(case_id, name)
        if not due:
            return
        given: dict[str, Any] = {"case": case_id}
        for no, (name, at) in enumerate(due.items()):
            given |= {f"name{no}": name, f"due{no}": at}
        await self._put(case_id, _adding(len(due)), given)

    async def drop(self, case_id: int, name: str) -> None:
        """Drop the case's pending deadline of that name."""
        await self._put(case_id, _DROP_ONE, {"case": case_id, "called": name})

    async def drop_all(self, case_id: int) -> None:
        """Drop all that the case still waits for."""
        await self._put(case_id, _DROP, {"case": case_id})

    async def _put(self, case_id: int, change: Prepared, given: dict[str, Any]) -> None:
        await self._connection.put({("deadlines", case_id): (change, given)})

    async def any_due(self, now: datetime) -> bool:
        """Whether there is anything to lease: looking costs less than leasing."""
        return bool((await self._connection.run(_ANY_DUE, {"now": now})).rows)

    async def lease(self, *, now: datetime, lease: timedelta, limit: int) -> list[DeadlineRow]:
        """Take up to `limit` due rows, oldest first; replicas share the work."""
        d = t.deadlines.c
        due = select(d.id).where(_is_due(now)).order_by(d.due_at, d.id).limit(limit)
        if self._connection.dialect.name == "postgresql":
            due = due.with_for_update(skip_locked=True)
        rows = await self._connection.execute(
            update(t.deadlines)
            .where(d.id.in_(due.scalar_subquery()))
            .values(leased_until=now + lease)
            .returning(*_COLUMNS)
        )
        return sorted(
            (DeadlineRow(**row) for row in rows.mappings()), key=lambda row: (row.due_at, row.id)
        )

    async def finish(self, deadline_id: int) -> bool:
        """The deadline has been dealt with. False: it was dropped, or somebody else did it."""
        d = t.deadlines.c
        changed = await self._connection.execute(
            update(t.deadlines)
            .where(d.id == deadline_id, d.state == "pending")
            .values(state="done", leased_until=None)
        )
        return bool(changed.rowcount)

    async def put_off(self, row: DeadlineRow, *, until: datetime) -> bool:
        """A fault of ours keeps it from being dealt with: it comes again then.

        False: it needs no more, or somebody else, who took it up after us, has met that fault.
        """
        d = t.deadlines.c
        changed = await self._connection.execute(
            update(t.deadlines)
            .where(d.id == row.id, d.state == "pending", d.faults == row.faults)
            .values(faults=d.faults + 1, leased_until=until)
        )
        return bool(changed.rowcount)

    async def put_off_cases(self) -> list[int]:
        """Cases with a deadline that a fault of ours has kept from being dealt with so far."""
        # In order they would be found by going through the deadlines of all cases.
        found = await self._connection.scalars(select(_D.case_id).where(_PENDING, _D.faults > 0))
        return sorted(set(found))

    async def revive(self, case_id: int) -> int:
        """Let those of the case come at once that were put off. Returns how many."""
        changed = await self._connection.execute(
            update(t.deadlines)
            .where(_D.case_id == case_id, _PENDING, _D.faults > 0)
            .values(leased_until=None)
        )
        return changed.rowcount

"""What happened to a case: only added to, never changed, never taken away."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from storage import cases_sql as sql
from storage import tables as t
from storage.linked import Linked
from storage.together import Change


class HistoryRow(NamedTuple):
    """One thing that happened to a case. `press`: as `tables.history` says."""

    case_id: int
    at: datetime
    actor_id: int | None
    actor_name: str
    action: str
    round: int
    from_state: str
    to_state: str
    text: str
    answer: str
    press: str | None = None


_H = t.history.c
_THEN = tuple(f"then_{name}" for name in HistoryRow._fields)


class History:
    """Reads inside one transaction; what changes a case (`Cases`) brings its row along."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    async def answer_given(
        self, case_id: int, actor_id: int, action: str, round_: int
    ) -> str | None:
        """The answer that this person got for the same action, if he has done it already."""
        where = {"case": case_id, "actor": actor_id, "action": action, "round": round_}
        found: str | None = (await self._connection.run(sql.ANSWER_GIVEN, where)).value
        return found

    async def of(self, case_id: int) -> list[HistoryRow]:
        """All that happened to a case, oldest first."""
        rows = await self._connection.execute(
            select(*(_H[name] for name in HistoryRow._fields))
            .where(_H.case_id == case_id)
            .order_by(_H.id)
        )
        return [HistoryRow(**row) for row in rows.mappings()]


def remembering(row: HistoryRow) -> Change:
    """The change that adds it."""
    return sql.REMEMBER, dict(zip(_THEN, row, strict=True))


def remembering_press(dialect: str, row: HistoryRow) -> Change:
    """The change that adds it, unless the case has taken that press already: then none is made."""
    return sql.remembering_press(dialect), remembering(row)[1]

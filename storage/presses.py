"""A press, or an edit that does the like: its case, whether it was taken, and who they all are."""

from __future__ import annotations

from sqlalchemy import bindparam, exists

from storage import tables as t
from storage.cases import CaseRow, Cases
from storage.cases_sql import AT_ONCE_BEHIND, CASE_AND_CARD, SHOWN_WIDTH, locking
from storage.linked import Linked
from storage.people import People, along

_H = t.history.c
_WAS_TAKEN = exists().where(_H.case_id == bindparam("case"), _H.press == bindparam("press"))
_PRESSED = locking(
    CASE_AND_CARD.add_columns(_WAS_TAKEN), along(bindparam("by"), t.cases.c.poster_id)
)
_TAKEN_AT, _ALONG_AT = SHOWN_WIDTH, SHOWN_WIDTH + 1
_AT_ONCE_AT = _ALONG_AT + 1 + AT_ONCE_BEHIND


class Presses:
    """Reads inside one transaction."""

    def __init__(self, connection: Linked, cases: Cases, people: People) -> None:
        self._connection = connection
        self._cases = cases
        self._people = people

    async def read(self, case_id: int, press: str, *, by: int) -> tuple[CaseRow | None, bool]:
        """The case as `Cases.locked` gives it, and whether it has taken this very press already.

        On PostgreSQL who presses and who asked come along, with their roles: a round trip for which
        he would wait. After a wait for the chat they may be others, and are read when asked for.

        Two that come at once to two processes: neither sees the other here, and the second one is
        found out as it is saved.
        """
        given = {"case": case_id, "press": press, "by": by}
        rows = (await self._connection.run_locking(_PRESSED, given)).rows
        case = self._cases.read(rows)
        if case is None:
            return None, False
        if self._connection.dialect.name == "postgresql" and rows[0][_AT_ONCE_AT]:
            self._people.learn(rows[0][_ALONG_AT])
        return case, bool(rows[0][_TAKEN_AT])

"""What a delivery leaves behind: the end of its row, and the note of a message or the answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storage import cases_sql, outbox_sql
from storage.cases import CaseRow, Cases
from storage.messages import MessageRow, Messages
from storage.near import Linked
from storage.outbox import Outbox, OutboxRow
from storage.prepared import Prepared
from storage.together import together

# PostgreSQL: a row's end and its case, with the lock of the case's chat, in one round trip.
_DONE = outbox_sql.DONE_AND_LATEST.statement.cte("done")
_DONE_AND_LOCKED = Prepared(
    cases_sql.LOCKED.statement.add_columns(
        *(select(column).scalar_subquery() for column in _DONE.c)
    )
)


class Deliveries:
    """Writes inside one transaction."""

    def __init__(
        self, connection: Linked, cases: Cases, messages: Messages, outbox: Outbox
    ) -> None:
        self._connection = connection
        self._cases = cases
        self._messages = messages
        self._outbox = outbox

    async def case_of(self, row: OutboxRow) -> CaseRow | None:
        """The row's case: the row may bring it along."""
        return None if row.case_id is None else await self._cases.get(row.case_id, seen=row.seen)

    async def answered(self, row: OutboxRow, *, now: datetime) -> tuple[bool, CaseRow | None]:
        """The CRM has answered: `Outbox.done`, and the case, with its chat locked."""
        if row.case_id is None or self._connection.dialect.name != "postgresql":
            is_done = await self._outbox.done(row, now=now)
            case = None if row.case_id is None else await self._cases.locked(row.case_id)
            return is_done, case
        given = {**self._outbox.ending(row, now=now)[1], "case": row.case_id}
        rows = (await self._connection.run(_DONE_AND_LOCKED, given)).rows
        ended = rows[0][-2:] if rows else (None, None)
        return self._outbox.ended(row.case_id, ended), self._cases.read(rows)

    async def first_card(self, row: OutboxRow, card: MessageRow, *, now: datetime) -> bool:
        """A case's card was sent. False, and it is not noted: the case has one by now."""
        noted = await together(
            self._connection,
            self._messages.noting_first_card(card),
            self._outbox.ending(row, now=now),
        )
        return bool(noted.changed)

    async def edited(self, row: OutboxRow, card: MessageRow, *, now: datetime) -> None:
        """A card shows something else now: `card.shown`."""
        await together(
            self._connection, self._messages.noting_look(card), self._outbox.ending(row, now=now)
        )

    async def told(self, row: OutboxRow, notice: MessageRow, *, now: datetime) -> None:
        """A notice was sent."""
        await together(
            self._connection, self._messages.noting(notice), self._outbox.ending(row, now=now)
        )

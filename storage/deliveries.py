"""What a delivery leaves behind: the end of its row, and the note of a message or the answer."""

from __future__ import annotations

from datetime import datetime

from storage import cases_sql, outbox_sql
from storage.cases import CaseRow, Cases
from storage.linked import Linked
from storage.messages import MessageRow, Messages
from storage.outbox import Outbox, OutboxRow
from storage.together import together

_ANSWERED = cases_sql.locking(cases_sql.CASE_AND_CARD.add_columns(*outbox_sql.AROUND_AN_ANSWER))
_AROUND = slice(cases_sql.SHOWN_WIDTH, cases_sql.SHOWN_WIDTH + len(outbox_sql.AROUND_AN_ANSWER))


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
        """The CRM has answered to the row, which ends now: the case, with its chat locked.

        False: the row was wanted again meanwhile, or is somebody else's.

        Raises:
            Stale: it has become somebody else's since. (On PostgreSQL it is noticed by the end.)
        """
        if row.case_id is None:
            return await self._outbox.done(row, now=now), None
        given = {**self._outbox.ending(row, now=now)[1], "case": row.case_id}
        rows = (await self._connection.run_locking(_ANSWERED, given)).rows
        if not rows:
            return await self._outbox.done(row, now=now), None
        is_ours, is_now, *around = rows[0][_AROUND]
        if is_ours:
            await self._outbox.answered(row, row.case_id, around if is_now else None, now=now)
        return bool(is_ours), self._cases.read(rows)

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

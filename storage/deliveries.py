"""What a delivery to Telegram leaves behind: the note of the message, and the end of its row."""

from __future__ import annotations

from datetime import datetime

from storage.cases import Cases, MessageRow
from storage.near import Linked
from storage.outbox import Outbox, OutboxRow
from storage.together import together


class Deliveries:
    """Writes inside one transaction."""

    def __init__(self, connection: Linked, cases: Cases, outbox: Outbox) -> None:
        self._connection = connection
        self._cases = cases
        self._outbox = outbox

    async def first_card(self, row: OutboxRow, card: MessageRow, *, now: datetime) -> bool:
        """A case's card was sent. False, and it is not noted: the case has one by now."""
        noted = await together(
            self._connection,
            self._cases.noting_first_card(card),
            self._outbox.ending(row, now=now),
        )
        return bool(noted.changed)

    async def edited(self, row: OutboxRow, card: MessageRow, *, now: datetime) -> None:
        """A card shows something else now: `card.shown`."""
        await together(
            self._connection, self._cases.noting_look(card), self._outbox.ending(row, now=now)
        )

    async def told(self, row: OutboxRow, notice: MessageRow, *, now: datetime) -> None:
        """A notice was sent."""
        await together(
            self._connection, self._cases.noting(notice), self._outbox.ending(row, now=now)
        )

"""The bot's messages: which case each of them speaks of, and which one shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from storage import cases_sql as sql
from storage import tables as t
from storage.linked import Linked
from storage.together import Change
from storage.upsert import upserting


class MessageRow(NamedTuple):
    """A message of the bot that speaks of a case."""

    chat_id: int
    message_id: int
    case_id: int
    kind: str
    current: bool
    shown: str


_ITS = tuple(f"its_{name}" for name in MessageRow._fields)


class Messages:
    """Reads and writes inside one transaction.

    Args:
        connection: of the transaction.
        changed: is told of a case that something else shows now, or nothing any more.
    """

    def __init__(self, connection: Linked, changed: Callable[[int], None]) -> None:
        self._connection = connection
        self._changed = changed

    async def card(self, case_id: int) -> MessageRow | None:
        """The card that is edited now, or None where none was sent yet. Read anew at each call."""
        found = (await self._connection.run(sql.CARD, {"case": case_id})).first
        return None if found is None else message_of(found)

    async def get(self, chat_id: int, message_id: int) -> MessageRow | None:
        """What the bot's message is about."""
        where = {"chat": chat_id, "message": message_id}
        found = (await self._connection.run(sql.OF_MESSAGE, where)).first
        return None if found is None else message_of(found)

    async def note(self, row: MessageRow) -> None:
        """Note a message that was sent. A card makes the case's earlier one a stray: forget that.

        A press may be quicker than the note of the card that it was on, and then notes it itself:
        what is noted last holds.
        """
        self._changed(row.case_id)
        await self._connection.run(*self.noting(row))

    def noting(self, row: MessageRow) -> Change:
        """The change that notes a notice that was sent."""
        keys = ("chat_id", "message_id")
        statement = upserting(
            self._connection.dialect.name, t.messages, keys, sql.MESSAGE_FIELDS, "its_"
        )
        return statement, _its(row)

    def noting_first_card(self, row: MessageRow) -> Change:
        """The change that notes a card that was sent, unless the case has one by now."""
        self._changed(row.case_id)
        return sql.noting_first(self._connection.dialect.name), {**_its(row), "case": row.case_id}

    def noting_look(self, row: MessageRow) -> Change:
        """The change that notes what a card shows after an edit."""
        where = {"chat": row.chat_id, "message": row.message_id}
        return sql.NOTE_SHOWN, {**where, "now_shown": row.shown}

    async def forget_card(self, case_id: int) -> None:
        """The card is gone or out of reach: the next one is sent anew."""
        self._changed(case_id)
        await self._connection.run(sql.FORGET_CARD, {"case": case_id})

    async def unnote(self, chat_id: int, message_id: int) -> None:
        """It is no card. Who pressed it before it was noted for what it is had it noted as one."""
        noted = await self.get(chat_id, message_id)
        if noted is not None:
            self._changed(noted.case_id)
            where = {"chat": chat_id, "message": message_id}
            await self._connection.run(sql.UNNOTE, where)

    async def drop_card(self, card: MessageRow) -> None:
        """That one is a stray."""
        self._changed(card.case_id)
        where = {"chat": card.chat_id, "message": card.message_id}
        await self._connection.run(sql.DROP_CARD, where)


def _its(row: MessageRow) -> dict[str, Any]:
    return dict(zip(_ITS, row, strict=True))


def message_of(found: Sequence[Any]) -> MessageRow:
    """The message of columns in the order of `cases_sql.MESSAGE_FIELDS`."""
    return MessageRow._make(found)

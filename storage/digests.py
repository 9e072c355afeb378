"""Digest cards: one message of a chat over several cases that have no card of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update

from storage import tables as t
from storage.linked import Linked
from storage.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPlace:
    """Where a case stands in a digest. Places count from 1 and never change: no mis-taps."""

    case_id: int
    chat_id: int
    message_id: int
    place: int


_P = t.digest_places.c
_PLACE = tuple(t.digest_places.c[name] for name in DigestPlace.__slots__)


_PLACES = Prepared(
    select(*_PLACE)
    .where(_P.chat_id == bindparam("chat"), _P.message_id == bindparam("message"))
    .order_by(_P.place)
)


class Digests:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    async def add(
        self, chat_id: int, message_id: int, case_ids: Sequence[int], *, shown: str
    ) -> None:
        """A digest was sent over these cases, in this order."""
        await self._connection.execute(
            insert(t.digests).values(chat_id=chat_id, message_id=message_id, shown=shown)
        )
        await self._connection.execute(
            insert(t.digest_places),
            [
                {"case_id": case_id, "chat_id": chat_id, "message_id": message_id, "place": place}
                for place, case_id in enumerate(case_ids, start=1)
            ],
        )

    async def places(self, chat_id: int, message_id: int) -> list[DigestPlace]:
        """The cases of a digest, in order; none: the message is no digest."""
        where = {"chat": chat_id, "message": message_id}
        rows = (await self._connection.run(_PLACES, where)).rows
        names = DigestPlace.__slots__
        return [DigestPlace(**dict(zip(names, row, strict=True))) for row in rows]

    async def shown(self, chat_id: int, message_id: int) -> str:
        """What the digest shows: the hash of text and buttons."""
        d = t.digests.c
        found: str | None = await self._connection.scalar(
            select(d.shown).where(d.chat_id == chat_id, d.message_id == message_id)
        )
        return found or ""

    async def note_shown(self, chat_id: int, message_id: int, shown: str) -> None:
        """Note what it shows after an edit."""
        d = t.digests.c
        await self._connection.execute(
            update(t.digests)
            .where(d.chat_id == chat_id, d.message_id == message_id)
            .values(shown=shown)
        )

    async def forget(self, chat_id: int, message_id: int | None = None) -> None:
        """The digest is gone (or, without a message, all of the chat): its cases are free again."""
        for table in (t.digest_places, t.digests):
            statement = delete(table).where(table.c.chat_id == chat_id)
            if message_id is not None:
                statement = statement.where(table.c.message_id == message_id)
            await self._connection.execute(statement)

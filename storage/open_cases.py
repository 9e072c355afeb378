"""Which cases are open: in a chat, of a person, or all of them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, or_, select

from storage import cases_sql as sql
from storage import tables as t
from storage.cases import CaseRow
from storage.linked import Linked

_C = t.cases.c
_IS_OPEN = _C.closed_at.is_(None)


class OpenCases:
    """Reads inside one transaction; nothing is locked."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    async def posters(self, flow: str, states: Collection[str]) -> frozenset[int]:
        """Who has one of that flow in one of these states, in whatever chat."""
        found = await self._connection.scalars(sql.POSTERS, {"flow": flow, "states": list(states)})
        return frozenset(found)

    async def all(self, *, most: int) -> list[CaseRow]:
        """Those of all chats, the oldest first."""
        rows = await self._connection.execute(
            # Open ones are few and have an index; by bare ids SQLite would go through all cases.
            select(t.cases).where(_IS_OPEN).order_by(_C.id + 0).limit(most)
        )
        return [CaseRow(**row) for row in rows.mappings()]

    async def in_chat(self, chat_id: int) -> list[int]:
        """Ids of the chat's."""
        found = await self._connection.scalars(
            select(_C.id).where(_C.chat_id == chat_id, _IS_OPEN).order_by(_C.id)
        )
        return list(found)

    async def of_flows(self, chat_id: int, flows: Collection[str]) -> list[CaseRow]:
        """The chat's of these flows, whatever its topics are bound to by now; the oldest first."""
        # By the index of what is open: a chat's own is as long as its history, and SQLite, which
        # has no statistics, would take that.
        rows = await self._connection.execute(
            select(t.cases)
            .where(_C.chat_id + 0 == chat_id, _C.flow.in_(flows), _IS_OPEN)
            .order_by(_C.posted_at, _C.id)
        )
        return [CaseRow(**row) for row in rows.mappings()]

    async def of(self, poster_id: int, flows: Collection[str]) -> list[int]:
        """Ids of those of these flows that he has posted, in whatever chat."""
        found = await self._connection.scalars(
            select(_C.id)
            .where(_C.poster_id == poster_id, _C.flow.in_(flows), _IS_OPEN)
            .order_by(_C.id)
        )
        return list(found)

    async def same_in(self, one: int, other: int) -> list[tuple[int, int]]:
        """Ids of those of two chats that are about the same: one chat can have one of them."""
        a, b = t.cases.alias().c, t.cases.alias().c
        same = or_(and_(a.lead == b.lead, a.lead != ""), and_(a.about == b.about, a.about != ""))
        rows = await self._connection.execute(
            select(a.id, b.id)
            .where(a.chat_id == one, b.chat_id == other, a.closed_at.is_(None))
            .where(b.closed_at.is_(None), a.topic_id == b.topic_id, a.flow == b.flow, same)
            .order_by(a.id)
        )
        return [(ours, theirs) for ours, theirs in rows]

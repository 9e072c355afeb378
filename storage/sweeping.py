"""Forgetting what nobody will ask for again, a little at a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, or_, select, true, tuple_

from storage import tables as t
from storage.linked import Linked

_C, _O, _A, _D, _P = t.cases.c, t.outbox.c, t.set_aside.c, t.digests.c, t.digest_places.c
_L = t.deadlines.c
#: What is over of a case is told by its history.
_IS_OVER = _L.state.in_(["done", "dropped"])
#: Nobody can repeat what was refused and is no case's: but for what mends a group that the bot is
#: thrown out of, and may be taken back into.
_IS_ENDED = or_(
    _O.state == "done",
    and_(_O.state == "dead", _O.case_id.is_(None), _O.kind.not_in(["digest", "delete"])),
)
_HAS_CASES = exists().where(_P.chat_id == _D.chat_id, _P.message_id == _D.message_id)
#: What belongs to a case and goes with it.
_BELONGINGS = (t.posts, t.history, t.messages, t.outbox, t.deadlines, t.digest_places)


class Sweeping:
    """Deletes inside one transaction.

    All ways walk through a table by its ids, so that no index must be kept for them: `after` is
    where they go on, and they return where they have come to, or None at the end of what is old.
    """

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    async def outbox(self, *, before: datetime, after: int, limit: int) -> int | None:
        """Forget rows that ended before that time; a case's dead ones wait for /retry for ever."""
        rows = await self._connection.execute(
            select(_O.id, _O.created_at, _O.done_at)
            .where(_O.id > after)
            .order_by(_O.id)
            .limit(limit)
        )
        seen = rows.all()
        old = [row.id for row in seen if row.done_at is not None and row.done_at < before]
        if old:
            # Wanted again meanwhile: it stays.
            await self._connection.execute(delete(t.outbox).where(_O.id.in_(old), _IS_ENDED))
        return None if not seen or seen[-1].created_at >= before else seen[-1].id

    async def cases(self, *, before: datetime, after: int, limit: int) -> int | None:
        """Forget cases that closed before that time, with their posts, messages and history.

        The newest case stays: SQLite counts on from the highest id that it finds, and an old
        button, or an old tag in the CRM, must never mean a new case.
        """
        rows = await self._connection.execute(
            select(_C.id, _C.opened_at, _C.closed_at)
            .where(_C.id > after, _C.id < select(func.max(_C.id)).scalar_subquery())
            .order_by(_C.id)
            .limit(limit)
        )
        seen = rows.all()
        old = [row.id for row in seen if row.closed_at is not None and row.closed_at < before]
        if old:
            rows = await self._connection.execute(
                select(_C.id).where(
                    _C.id.in_(old), _C.closed_at < before, ~_waits(t.outbox), ~_waits(t.deadlines)
                )
            )
            await self._forget([row.id for row in rows])
        return None if not seen or seen[-1].opened_at >= before else seen[-1].id

    async def deadlines(self, *, before: datetime, after: int, limit: int) -> int | None:
        """Forget those that were over by that time; those that wait are never forgotten."""
        rows = await self._connection.execute(
            # Those that wait would fill the first step one day, and hide the others.
            select(_L.id, _L.due_at).where(_L.id > after, _IS_OVER).order_by(_L.id).limit(limit)
        )
        seen = rows.all()
        old = [row.id for row in seen if row.due_at < before]
        if old:
            await self._connection.execute(delete(t.deadlines).where(_L.id.in_(old), _IS_OVER))
        # Where none is old those behind were set later still: what is among them is found one day.
        return None if not old else seen[-1].id

    async def aside(self, *, before: datetime, after: int, limit: int) -> int | None:
        """Forget updates that were replayed before that time; others wait for it for ever."""
        seen = await self._connection.scalars(
            select(_A.update_id).where(_A.update_id > after).order_by(_A.update_id).limit(limit)
        )
        ids = seen.all()
        await self._connection.execute(
            delete(t.set_aside).where(_A.update_id.in_(ids), _A.replayed_at < before)
        )
        return ids[-1] if ids else None

    async def digests(self, *, after: tuple[int, int] | None, limit: int) -> tuple[int, int] | None:
        """Forget digests without cases: an older release left them behind when it forgot one."""
        key = tuple_(_D.chat_id, _D.message_id)
        ahead = key > after if after else true()
        rows = await self._connection.execute(
            select(_D.chat_id, _D.message_id)
            .where(ahead)
            .order_by(_D.chat_id, _D.message_id)
            .limit(limit)
        )
        seen = [(row.chat_id, row.message_id) for row in rows]
        if not seen:
            return None
        await self._connection.execute(delete(t.digests).where(ahead, key <= seen[-1], ~_HAS_CASES))
        return seen[-1]

    async def _forget(self, ids: list[int]) -> None:
        rows = await self._connection.execute(
            select(_P.chat_id, _P.message_id).distinct().where(_P.case_id.in_(ids))
        )
        digests = [tuple(row) for row in rows]
        leads = set(await self._connection.scalars(select(_C.lead).where(_C.id.in_(ids))))
        for table in _BELONGINGS:
            await self._connection.execute(delete(table).where(table.c.case_id.in_(ids)))
        await self._connection.execute(delete(t.cases).where(_C.id.in_(ids)))
        # Whose last case it was, nobody looks up any more.
        of_lead = t.lead_numbers.c.lead
        await self._connection.execute(
            delete(t.lead_numbers).where(of_lead.in_(leads), ~exists().where(_C.lead == of_lead))
        )
        for chat_id, message_id in digests:
            await self._connection.execute(
                delete(t.digests).where(
                    _D.chat_id == chat_id, _D.message_id == message_id, ~_HAS_CASES
                )
            )


def _waits(table: Table) -> ColumnElement[bool]:
    """Something of the case is still to come."""
    return exists().where(
        table.c.case_id == _C.id, or_(table.c.state == "pending", table.c.state == "dead")
    )

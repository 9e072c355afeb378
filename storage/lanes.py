"""The outbox lane by lane: what may go next, what is under way, and what went out.

A lane is what goes out one after the other. To Telegram: a chat's messages (`chat:`). To the CRM:
what is read and written of a lead (`lead:`); apart from these a case's look for a phone's orders
(`phone:`), the news who its poster is (`known:`), and the look for a person (`person:`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_, select, true, update

from storage import outbox_sql as sql
from storage import tables as t
from storage.linked import Linked
from storage.outbox import OutboxRow, row_of


class Lanes:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    async def lease(
        self,
        destination: str,
        *,
        now: datetime,
        lease: timedelta,
        limit: int,
        by: str = "",
        without: Collection[str] = (),
    ) -> list[OutboxRow]:
        """Take up to `limit` due rows, one of each lane, and keep others off them for `lease`.

        `by` names the process, for `release`.

        A lane whose row is leased by somebody waits. The lanes in `without` are passed over.
        """
        closed = {"closed": list(without)} if without else {}
        rows = await self._connection.execute(
            sql.leases(self._connection.dialect.name, destination, closed_lanes=bool(without)),
            {"now": now, "until": now + lease, "by": by, "at_most": limit, **closed},
        )
        return sorted((row_of(row) for row in rows), key=lambda row: (row.priority, row.id))

    async def first_cards(self, row: OutboxRow, *, now: datetime, limit: int) -> list[OutboxRow]:
        """Rows of the row's lane, itself among them, whose cases wait for their first card.

        All of one topic, the oldest first. The lane is the caller's: nobody else can lease them,
        but one may have come along on its way as a group became this supergroup.
        """
        o, c = t.outbox.c, t.cases.c
        topic = select(c.topic_id).where(c.id == row.case_id).scalar_subquery()
        rows = await self._connection.execute(
            select(*sql.COLUMNS)
            .join(t.cases, c.id == o.case_id)
            .where(
                *sql.waits_for_first_card(row.lane),
                # One that was put off has waited for whatever its card had to wait for.
                or_(o.due_at <= now, o.attempts > 0),
                _is_the_caller_s(row, now),
                c.topic_id == topic,
            )
            .order_by(o.id)
            .limit(limit)
        )
        return [row_of(found) for found in rows]

    async def tellings(self, row: OutboxRow, *, now: datetime, limit: int) -> list[OutboxRow]:
        """Rows of the row's lane that tell people something now, itself among them.

        They are the caller's as `first_cards` says.
        """
        o = t.outbox.c
        rows = await self._connection.execute(
            select(*sql.COLUMNS)
            .where(
                o.lane == row.lane,
                o.state == sql.IS_PENDING,
                o.kind == "tell",
                or_(o.due_at <= now, o.attempts > 0),
                _is_the_caller_s(row, now),
            )
            .order_by(o.id)
            .limit(limit)
        )
        return [row_of(found) for found in rows]

    async def waiting(self, lane: str) -> list[OutboxRow]:
        """Rows of the lane that have not ended, one that is on its way among them."""
        o = t.outbox.c
        rows = await self._connection.execute(
            select(*sql.COLUMNS).where(o.lane == lane, o.state == sql.IS_PENDING).order_by(o.id)
        )
        return [row_of(found) for found in rows]

    async def is_any_unnoted(self, lane: str, *, now: datetime) -> bool:
        """Whether a message about a case is being sent there, or was and is not noted yet.

        What a card that is edited is about is known, and hints are about none.
        """
        o = t.outbox.c
        is_new = or_(o.kind == "tell", and_(o.kind == "card", ~sql.HAS_CARD))
        found = await self._connection.scalar(
            select(o.id)
            .where(o.lane == lane, o.state == sql.IS_PENDING, o.leased_until > now, is_new)
            .limit(1)
        )
        return found is not None

    async def is_first_card_due(self, lane: str, *, now: datetime) -> bool:
        """Whether a case waits in that lane for its first card, which may go out now."""
        found = await self._connection.scalar(
            select(t.outbox.c.id)
            .where(*sql.waits_for_first_card(lane), t.outbox.c.due_at <= now)
            .limit(1)
        )
        return found is not None

    async def hold(self, row: OutboxRow, *, until: datetime) -> None:
        """It takes longer than a lease to deliver the row: keep others off it until then."""
        o = t.outbox.c
        await self._connection.execute(
            update(t.outbox).where(o.id == row.id, o.state == "pending").values(leased_until=until)
        )

    async def release(self, by: str, *, now: datetime) -> list[tuple[str, str]]:
        """The process of that name has just started: what it had leased when it died is free.

        Returns (destination, lane) of each: it may have been delivered, and not noted.
        """
        return await self._end_leases(t.outbox.c.leased_by == by, now=now)

    async def take_over(
        self, destination: str, *, but: str, now: datetime
    ) -> list[tuple[str, str]]:
        """Nobody else delivers to that destination any more: what others had leased is free.

        Returns as `release`.
        """
        o = t.outbox.c
        return await self._end_leases(o.destination == destination, o.leased_by != but, now=now)

    async def _end_leases(
        self, *which: ColumnElement[bool], now: datetime
    ) -> list[tuple[str, str]]:
        o = t.outbox.c
        freed = await self._connection.execute(
            update(t.outbox)
            .where(o.state == sql.IS_PENDING, o.leased_until.is_not(None), *which)
            .values(
                leased_until=None,
                sent_at=case((sql.may_have_gone(true()), now), else_=o.sent_at),
            )
            .returning(o.destination, o.lane)
        )
        return [(destination, lane) for destination, lane in freed]

    async def clock_was_ahead(
        self,
        destination: str = "",
        *,
        now: datetime,
        beyond: timedelta,
        lease: timedelta,
        leased_by: str | None = None,
    ) -> None:
        """The clock is right again: what falls due later than `beyond` from now is due now.

        Nor does a row wait longer than a `lease` for its deliverer, who may have died; `leased_by`:
        for this one only. Another may be at work by a clock that is right where ours is not.
        """
        o, soon, late = t.outbox.c, now + beyond, now + max(beyond, lease)
        which = (o.destination == destination,) if destination else ()
        whose = true() if leased_by is None else o.leased_by == leased_by
        is_long = and_(o.leased_until > late, whose)
        await self._connection.execute(
            update(t.outbox)
            .where(o.state == sql.IS_PENDING, or_(o.due_at > soon, is_long), *which)
            .values(
                due_at=case((o.due_at > soon, now), else_=o.due_at),
                leased_until=case((is_long, now + lease), else_=o.leased_until),
            )
        )

    async def delivered(self, destination: str, *, since: datetime) -> list[tuple[str, datetime]]:
        """(lane, when) of what was delivered since then, the oldest first: as far as rows tell.

        A card's row tells of its last edit alone: one that was wanted again and whose case is young
        was sent in that time too. Only the newest rows are looked at, so that no index must be kept
        for this.
        """
        o = t.outbox.c
        newest = (
            select(o.lane, o.done_at, o.revision, o.case_id, o.destination)
            .order_by(o.id.desc())
            # A literal: PostgreSQL plans for any number, and would think of a tenth of the table.
            .limit(literal_column("2000"))
        )
        late = newest.subquery().c
        # Row by row: for a join it would read all cases.
        opened_at = (
            select(t.cases.c.opened_at).where(t.cases.c.id == late.case_id).scalar_subquery()
        )
        rows = await self._connection.execute(
            select(late.lane, late.done_at, late.revision, opened_at).where(
                late.destination == destination, late.done_at > since
            )
        )
        found: list[tuple[str, datetime]] = []
        for lane, at, revision, opened_at in rows:
            found.append((lane, at))
            if revision > 1 and opened_at is not None and opened_at > since:
                found.append((lane, opened_at))
        return sorted(found, key=lambda one: one[1])

    async def move(self, old: str, new: str) -> None:
        """Rows of a lane go on in another: a group became a supergroup.

        One that is on its way stays its deliverer's: it may have arrived before the group moved.
        """
        o = t.outbox.c
        await self._connection.execute(
            update(t.outbox).where(o.lane == old, o.state == sql.IS_PENDING).values(lane=new)
        )

    async def next_due(self, destination: str, *, now: datetime) -> tuple[bool, datetime | None]:
        """Whether a row is due, and when the next one after now is; or its lease runs out."""
        where = {"destination": destination, "now": now}
        first, ahead = (await self._connection.run(sql.NEXT_DUE, where)).rows[0]
        return first is not None and first <= now, ahead

    async def depth(self, *, now: datetime) -> list[tuple[str, int, datetime | None]]:
        """Per destination: how many rows are pending, and since when the oldest due one has been.

        One that was tried has been due since it was wanted, though its next try is due later.
        """
        o = t.outbox.c
        since = case((o.attempts > 0, o.created_at), (o.due_at <= now, o.due_at))
        rows = await self._connection.execute(
            select(o.destination, func.count(), func.min(since))
            .where(o.state == sql.IS_PENDING)
            .group_by(o.destination)
        )
        return [(destination, count, oldest) for destination, count, oldest in rows]


def _is_the_caller_s(row: OutboxRow, now: datetime) -> ColumnElement[bool]:
    """The row itself, or one that nobody delivers."""
    o = t.outbox.c
    return or_(o.id == row.id, o.leased_until.is_(None), o.leased_until <= now)

"""The outbox: rows that must still reach Telegram or the CRM.

A row is leased, never locked: no transaction stays open while a delivery waits for an answer. A
worker that dies lets its lease run out, and somebody else takes the row up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, case, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.db import UtcDateTime
from storage.near import Linked


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A row as it was leased. `attempts` counts this one: 1 means that nobody tried before."""

    id: int
    case_id: int | None
    destination: str
    lane: str
    kind: str
    payload: dict[str, Any]
    priority: int
    revision: int
    attempts: int
    created_at: datetime
    due_at: datetime


_COLUMNS = tuple(t.outbox.c[name] for name in OutboxRow.__slots__)


# The statements of every round are built once: building one takes longer than running it.
_O = t.outbox.c
_DONE = (
    update(t.outbox)
    .where(_O.id == bindparam("row"), _O.state == "pending", _O.revision == bindparam("seen"))
    .values(state="done", done_at=bindparam("now"), leased_until=None)
)
_LATEST_QUESTION = select(func.max(_O.created_at)).where(
    _O.case_id == bindparam("case"),
    _O.destination == "crm",
    _O.state == "pending",
    _O.error == "",
)
_HURRY = (
    update(t.outbox)
    .where(
        _O.case_id == bindparam("case"),
        _O.destination == "telegram",
        _O.state == "pending",
        _O.attempts == 0,
        _O.due_at > bindparam("now"),
    )
    .values(due_at=bindparam("now"))
)
_NEXT_DUE = select(func.min(func.coalesce(_O.leased_until, _O.due_at))).where(
    _O.destination == bindparam("destination"), _O.state == "pending"
)


@cache
def _wants(dialect: str, *, again: bool) -> Any:
    """Insert a row; one of the same `once` that is there is left alone, or wanted again."""
    fresh = (postgresql if dialect == "postgresql" else sqlite).insert(t.outbox)
    if not again:
        return fresh.on_conflict_do_nothing(index_elements=[_O.once])
    pending, new = _O.state == "pending", fresh.excluded
    return fresh.on_conflict_do_update(
        index_elements=[_O.once],
        set_={
            "state": "pending",
            "lane": new.lane,
            "priority": case(
                (and_(pending, _O.priority < new.priority), _O.priority), else_=new.priority
            ),
            "revision": _O.revision + 1,
            "created_at": case((pending, _O.created_at), else_=new.created_at),
            "attempts": 0,
            "due_at": new.due_at,
            "error": "",
        },
    )


@cache
def _leases(dialect: str, destination: str, *, closed_lanes: bool) -> Any:
    """Lease the head of each lane that is due."""
    o, p = t.outbox, t.outbox.alias("p")
    now = bindparam("now", type_=UtcDateTime())
    busy = exists().where(p.c.lane == o.c.lane, p.c.state == "pending", p.c.leased_until > now)
    ahead = [p.c.lane == o.c.lane, p.c.state == "pending", p.c.id != o.c.id]
    if destination == "crm":
        # In order per lead, a row that waits for its next try included.
        ahead.append(p.c.id < o.c.id)
    else:
        ahead.append(p.c.due_at <= now)
        ahead.append(
            or_(
                p.c.priority < o.c.priority,
                and_(p.c.priority == o.c.priority, p.c.id < o.c.id),
            )
        )
    heads: Select[Any] = (
        select(o.c.id)
        .where(
            o.c.destination == destination,
            o.c.state == "pending",
            o.c.due_at <= now,
            # Of the row itself too: PostgreSQL looks at it again, and at it alone, where
            # another worker has leased it since this statement began.
            or_(o.c.leased_until.is_(None), o.c.leased_until <= now),
            ~busy,
            ~exists().where(*ahead),
        )
        .order_by(o.c.priority, o.c.id)
        .limit(bindparam("at_most", type_=Integer()))
    )
    if closed_lanes:
        heads = heads.where(o.c.lane.not_in(bindparam("closed", expanding=True)))
    if dialect == "postgresql":
        heads = heads.with_for_update(skip_locked=True, of=o)
    return (
        update(o)
        .where(o.c.id.in_(heads.scalar_subquery()), o.c.state == "pending")
        .values(
            leased_until=bindparam("until"),
            leased_by=bindparam("by"),
            attempts=o.c.attempts + 1,
        )
        .returning(*_COLUMNS)
    )


class Outbox:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection
        #: Per destination: when the first row falls due that this transaction wants delivered.
        self.due: dict[str, datetime] = {}
        # When this transaction asked the CRM something about a case.
        self._asked: dict[int, datetime] = {}

    def _wanted(self, destination: str, due_at: datetime) -> None:
        self.due[destination] = min(due_at, self.due.get(destination, due_at))

    async def add(
        self,
        *,
        now: datetime,
        destination: str,
        lane: str,
        kind: str,
        payload: dict[str, Any],
        case_id: int | None = None,
        priority: int = 5,
        due_at: datetime | None = None,
        once: str | None = None,
    ) -> None:
        """Want something delivered.

        With `once`, a row of that key which is there already is left alone.
        """
        self._wanted(destination, due_at or now)
        if destination == "crm" and case_id is not None:
            self._asked[case_id] = now
        await self._connection.execute(
            _wants(self._connection.dialect.name, again=False),
            {
                "case_id": case_id,
                "destination": destination,
                "lane": lane,
                "kind": kind,
                "payload": payload,
                "priority": priority,
                "due_at": due_at or now,
                "created_at": now,
                "once": once,
            },
        )

    async def want_again(
        self,
        *,
        now: datetime,
        lane: str,
        priority: int,
        due_at: datetime,
        case_id: int | None = None,
        digest: int | None = None,
    ) -> None:
        """The card of a case (or the digest of that message id) must show what is now, soon.

        One row per card: wants coalesce. One that is on its way just now is wanted once more
        (`revision` tells the worker), the more urgent of two priorities holds.
        """
        self._wanted("telegram", due_at)
        await self._connection.execute(
            _wants(self._connection.dialect.name, again=True),
            {
                "case_id": case_id,
                "destination": "telegram",
                "lane": lane,
                "kind": "card" if digest is None else "digest",
                "payload": {} if digest is None else {"message": digest},
                "priority": priority,
                "due_at": due_at,
                "created_at": now,
                "once": f"card:{case_id}" if digest is None else f"digest:{lane}:{digest}",
            },
        )

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
            _leases(self._connection.dialect.name, destination, closed_lanes=bool(without)),
            {"now": now, "until": now + lease, "by": by, "at_most": limit, **closed},
        )
        return sorted(
            (OutboxRow(**row) for row in rows.mappings()), key=lambda row: (row.priority, row.id)
        )

    async def first_cards(self, row: OutboxRow, *, now: datetime, limit: int) -> list[OutboxRow]:
        """Rows of the row's lane, itself among them, whose cases wait for their first card.

        All of one topic, the oldest first. The lane is the caller's: nobody else can lease them.
        """
        o, c = t.outbox.c, t.cases.c
        topic = select(c.topic_id).where(c.id == row.case_id).scalar_subquery()
        shown = exists().where(t.messages.c.case_id == o.case_id, t.messages.c.kind == "card")
        placed = exists().where(t.digest_places.c.case_id == o.case_id)
        rows = await self._connection.execute(
            select(*_COLUMNS)
            .join(t.cases, c.id == o.case_id)
            .where(
                o.lane == row.lane,
                o.state == "pending",
                o.kind == "card",
                o.due_at <= now,
                c.topic_id == topic,
                ~shown,
                ~placed,
            )
            .order_by(o.id)
            .limit(limit)
        )
        return [OutboxRow(**found) for found in rows.mappings()]

    async def done(self, row: OutboxRow, *, now: datetime) -> bool:
        """The row was delivered. False: it was wanted again meanwhile, or somebody else did it."""
        o = t.outbox.c
        changed = await self._connection.execute(
            _DONE, {"row": row.id, "seen": row.revision, "now": now}
        )
        if changed.rowcount:
            return True
        await self._connection.execute(
            update(t.outbox).where(o.id == row.id, o.state == "pending").values(leased_until=None)
        )
        return False

    async def later(self, row: OutboxRow, *, due_at: datetime, error: str = "") -> None:
        """Try again at `due_at`."""
        o = t.outbox.c
        await self._connection.execute(
            update(t.outbox)
            .where(o.id == row.id, o.state == "pending")
            .values(
                leased_until=None,
                error=error,
                # Wanted again meanwhile: its own time holds.
                due_at=case((o.revision == row.revision, due_at), else_=o.due_at),
            )
        )

    async def hold(self, row: OutboxRow, *, until: datetime) -> None:
        """It takes longer than a lease to deliver the row: keep others off it until then."""
        o = t.outbox.c
        await self._connection.execute(
            update(t.outbox).where(o.id == row.id, o.state == "pending").values(leased_until=until)
        )

    async def dead(self, row: OutboxRow, *, now: datetime, error: str) -> None:
        """Trying again is of no use, unless it was wanted again meanwhile; /retry revives it."""
        o = t.outbox.c
        same = o.revision == row.revision
        await self._connection.execute(
            update(t.outbox)
            .where(o.id == row.id, o.state == "pending")
            .values(
                state=case((same, "dead"), else_="pending"),
                done_at=case((same, now), else_=None),
                leased_until=None,
                error=error,
            )
        )

    async def drop(self, row: OutboxRow, *, now: datetime) -> None:
        """Something else delivers what the row wanted, now and since."""
        o = t.outbox.c
        await self._connection.execute(
            update(t.outbox)
            .where(o.id == row.id, o.state == "pending")
            .values(state="done", done_at=now, leased_until=None)
        )

    async def revive(self, case_id: int, *, now: datetime) -> int:
        """Try the case's dead rows again; and those that wait, at once. Returns how many."""
        self._wanted("telegram", now)
        self._wanted("crm", now)
        o = t.outbox.c
        changed = await self._connection.execute(
            update(t.outbox)
            .where(
                o.case_id == case_id,
                or_(o.state == "dead", and_(o.state == "pending", o.attempts > 0)),
            )
            .values(state="pending", due_at=now, leased_until=None, attempts=o.attempts)
        )
        return changed.rowcount

    async def release(self, by: str) -> None:
        """The process of that name has just started: what it had leased when it died is free."""
        o = t.outbox.c
        await self._connection.execute(
            update(t.outbox)
            .where(o.state == "pending", o.leased_by == by, o.leased_until.is_not(None))
            .values(leased_until=None)
        )

    async def settle_by(self, case_id: int, *, patience: timedelta) -> datetime | None:
        """Until when a card should wait for the CRM: None when nothing is being asked.

        Only first tries count: a CRM that is down must not hold a card up.
        """
        if case_id in self._asked:
            # This very transaction asks: nothing is later.
            return self._asked[case_id] + patience
        latest = await self._connection.scalar(_LATEST_QUESTION, {"case": case_id})
        return None if latest is None else latest + patience

    async def hurry(self, case_id: int, *, now: datetime) -> None:
        """The CRM has answered: what was held back for that goes out now."""
        changed = await self._connection.execute(_HURRY, {"case": case_id, "now": now})
        if changed.rowcount:
            self._wanted("telegram", now)

    async def move_lane(self, old: str, new: str) -> None:
        """Rows of a lane go on in another: a group became a supergroup."""
        await self._connection.execute(
            update(t.outbox)
            .where(t.outbox.c.lane == old, t.outbox.c.state == "pending")
            .values(lane=new, leased_until=None)
        )

    async def next_due(self, destination: str) -> datetime | None:
        """When the next row falls due, or its lease runs out."""
        found: datetime | None = await self._connection.scalar(
            _NEXT_DUE, {"destination": destination}
        )
        return found

    async def depth(self) -> list[tuple[str, int, datetime]]:
        """Per destination: how many rows are pending, and since when the oldest has been."""
        o = t.outbox.c
        rows = await self._connection.execute(
            select(o.destination, func.count(), func.min(o.created_at))
            .where(o.state == "pending")
            .group_by(o.destination)
        )
        return [(destination, count, oldest) for destination, count, oldest in rows]

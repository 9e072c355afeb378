"""The outbox: rows that must still reach Telegram or the CRM.

A row is leased, never locked: no transaction stays open while a delivery waits for an answer. A
worker that dies lets its lease run out, and somebody else takes the row up. What may go next, and
what is under way, is asked in `storage.lanes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from storage import outbox_sql as sql
from storage import tables as t
from storage.cases import Seen
from storage.linked import Linked
from storage.prepared import Answer
from storage.together import Change, Heard
from storage.wanted import Taker, Wanted


class OutboxRow(NamedTuple):
    """A row as it was leased. `attempts` counts this one: 1 means that nobody tried before.

    `sent_at`: when an earlier try may have sent it, which nobody has seen arrive: its deliverer has
    said so, or died before he could say anything.

    `seen`: its case a moment ago, where the row is delivered right behind its own transaction.
    """

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
    sent_at: datetime | None = None
    seen: Seen | None = None


class Outbox:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked, takers: Mapping[str, Taker] | None = None) -> None:
        self._connection = connection
        #: What is to be delivered when this transaction is committed.
        self.wanted = Wanted(takers or {})
        # Cases whose questions to the CRM this transaction knows: when the latest was asked.
        self._asked: dict[int, datetime | None] = {}
        # Of cases whose answer from the CRM this transaction brings: what is held back for that, as
        # `outbox_sql.AROUND_AN_ANSWER` tells it.
        self._held_back: dict[int, str | None] = {}
        # Cases whose card is wanted at once.
        self._shown_now: set[int] = set()

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
        if destination == "crm" and case_id is not None:
            self._asked[case_id] = now
        await self._want(
            again=False,
            now=now,
            row={
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
        if case_id is not None and due_at <= now:
            self._shown_now.add(case_id)
        await self._want(
            again=True,
            now=now,
            row={
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

    async def once_more(self, case_id: int) -> bool:
        """A card that waits or is on its way, and wants no row of its own, is shown as it is then.

        False: there is none such. One that was on its way when the case was read may be noted now.
        """
        changed = await self._connection.run(sql.ONCE_MORE, {"only": f"card:{case_id}"})
        return bool(changed.changed)

    async def _want(self, row: dict[str, Any], *, again: bool, now: datetime) -> None:
        """Insert it; where this process can deliver it at once, lease it in the same breath."""
        destination, lane, due_at = row["destination"], row["lane"], row["due_at"]
        kept = self.wanted.keep(destination, lane, now) if due_at <= now else None
        if kept is None:
            self.wanted.falls_due(destination, due_at)
            await self._put(row, now, destination, again=again)
            return
        taker, lease = kept

        def heard(answers: Sequence[Answer]) -> None:
            found = answers[0].first
            # Leased in the same breath: then it has one try.
            if found is not None and (inserted := row_of(found)).attempts == 1:
                self.wanted.taken.append(inserted)
                return
            self.wanted.free(taker, lane)
            self.wanted.falls_due(destination, due_at)
            self.wanted.waits_behind |= found is not None and destination == "crm"

        leased = {"until": lease.until, "by": lease.by, "in_lane": lane, "only": row["once"]}
        await self._put(row | leased, now, destination, again=again, heard=heard)

    async def _put(
        self,
        row: dict[str, Any],
        now: datetime,
        destination: str,
        *,
        again: bool,
        heard: Heard | None = None,
    ) -> None:
        at_once = heard is not None
        dialect = self._connection.dialect.name
        statement = sql.wants(dialect, destination, again=again, at_once=at_once)
        if again or at_once:
            row["now"] = now
        # Rows of one lane see each other: one after the other, and their ids in that order.
        await self._connection.put({("lane", row["lane"]): (statement, row)}, heard)

    async def done(self, row: OutboxRow, *, now: datetime) -> bool:
        """The row was delivered. False: it was wanted again meanwhile, or is somebody else's."""
        if row.case_id is not None and row.destination == "crm":
            self._asked.pop(row.case_id, None)
        found = await self._connection.run(*self.ending(row, now=now))
        is_done: bool = found.value == "done"
        return is_done

    async def answered(
        self,
        row: OutboxRow,
        case_id: int,
        around: Sequence[Any] | None,
        *,
        now: datetime,
    ) -> None:
        """The CRM has answered to this row, which is ours, about that case: it is done.

        `around`: since when the CRM is asked something else, and what is held back for it, as
        `outbox_sql.AROUND_AN_ANSWER` says; None: nobody knows.
        """
        if around is not None:
            self._asked[case_id], self._held_back[case_id] = around

        change = sql.DONE_OR_STALE, self.ending(row, now=now)[1]
        await self._connection.put({("row", row.id): change})

    def ending(self, row: OutboxRow, *, now: datetime) -> Change:
        """The change that `done` makes, where nobody asks how it ended."""
        return sql.DONE, {**_whose(row), "now": now, "sent": row.sent_at}

    async def later(self, row: OutboxRow, *, due_at: datetime, error: str = "") -> bool:
        """Try again at `due_at`; whoever does will know its `sent_at`.

        Without an `error` it only waits for its turn, which is no try.

        False: somebody else has taken it up meanwhile, or ended it.
        """
        self._asked.clear()
        known = {**_whose(row), "sent": row.sent_at}
        ended = await self._connection.run(sql.LATER, {**known, "at": due_at, "why": error})
        self.wanted.falls_due(row.destination, due_at)
        return bool(ended.changed)

    async def sends(self, row: OutboxRow, *, now: datetime) -> bool:
        """The row is about to be sent: who takes it up if its deliverer dies must know.

        False: somebody else has taken it up already.
        """
        known = {"row": row.id, "tries": row.attempts, "now": now}
        return bool((await self._connection.run(sql.SENDS, known)).changed)

    async def sent_before(self, row: OutboxRow, kinds: Sequence[str]) -> datetime | None:
        """When a row before this one, of its lead and of these kinds, may last have been sent.

        None: all that were sent were answered at once.
        """
        sent_at: datetime | None = await self._connection.scalar(
            select(func.max(t.outbox.c.sent_at)).where(_before(row, kinds))
        )
        return sent_at

    async def sent_by(self, row: OutboxRow, kinds: Sequence[str], *, now: datetime) -> None:
        """None of those before the row was sent later than now, whatever a clock has said."""
        o = t.outbox.c
        await self._connection.execute(
            update(t.outbox).where(_before(row, kinds), o.sent_at > now).values(sent_at=now)
        )

    async def dead(self, row: OutboxRow, *, now: datetime, error: str) -> bool:
        """Trying again is of no use, unless it was wanted again meanwhile; /retry revives it.

        Whoever delivers it then will know its `sent_at`. False: as `later`.
        """
        self._asked.clear()
        known = {**_whose(row), "sent": row.sent_at}
        ended = await self._connection.run(sql.DEAD, {**known, "now": now, "why": error})
        return bool(ended.changed)

    async def take_back(self, key: str, other: str = "", *, now: datetime) -> dict[str, Any] | None:
        """What the newest row of these keys carries, once; what has not gone out does not.

        None: there is none, or it was taken back before.
        """
        keys = {"this": key, "other": other, "now": now}
        taken = (await self._connection.run(sql.TAKE_BACK, keys)).rows
        return max(taken, key=lambda row: row[0])[1] if taken else None

    async def is_there(self, once: str) -> bool:
        """Whether a row of that key was ever wanted, as long as rows are kept."""
        return bool((await self._connection.run(sql.IS_THERE, {"only": once})).rows)

    async def is_gone(self, once: str, *, before: datetime) -> bool:
        """Whether a row of that key, wanted before that time, has gone out or is on its way."""
        o = t.outbox.c
        is_tried = or_(o.state != sql.IS_PENDING, o.attempts > 0)
        found = await self._connection.scalar(
            select(o.id).where(o.once == once, o.created_at < before, is_tried)
        )
        return found is not None

    async def drop(self, row: OutboxRow, *, now: datetime) -> None:
        """Something else delivers what the row wanted, now and since."""
        await self._connection.run(sql.DROP, {"row": row.id, "now": now})

    async def revive(self, case_id: int, *, now: datetime) -> int:
        """Try the case's dead rows again; and those that wait, at once. Returns how many."""
        self.wanted.falls_due("telegram", now)
        self.wanted.falls_due("crm", now)
        o = t.outbox.c
        changed = await self._connection.execute(
            update(t.outbox)
            .where(
                o.case_id == case_id,
                or_(o.state == "dead", and_(o.state == sql.IS_PENDING, o.attempts > 0)),
            )
            .values(
                state="pending",
                due_at=now,
                # One that is on its way just now stays its deliverer's; a lease that ran out tells
                # that it may have been sent, up to now (`outbox_sql.leases`).
                leased_until=case((o.leased_until > now, o.leased_until), else_=None),
                sent_at=case((sql.may_have_gone(o.leased_until <= now), now), else_=o.sent_at),
                attempts=o.attempts,
                # One that was dead is wanted since now (`Lanes.depth`).
                created_at=case((o.state == "dead", now), else_=o.created_at),
            )
        )
        return changed.rowcount

    async def revive_lane(self, lane: str, *, now: datetime) -> None:
        """Try again what has died there: it may be spoken to again."""
        self.wanted.falls_due("telegram", now)
        o = t.outbox.c
        await self._connection.execute(
            update(t.outbox)
            .where(o.lane == lane, o.state == "dead")
            .values(state="pending", due_at=now, leased_until=None, created_at=now)
        )

    async def call(self, destination: str) -> None:
        """Tell the process that delivers to that destination; it hears of it at the commit."""
        change = sql.CALL, {"destination": destination}
        await self._connection.put({("call", destination): change})

    async def settle_by(self, case_id: int, *, patience: timedelta) -> datetime | None:
        """Until when a card should wait for the CRM: None when nothing is being asked.

        Only first tries count: a CRM that is down must not hold a card up.
        """
        if case_id not in self._asked:
            latest = await self._connection.run(sql.LATEST_QUESTION, {"case": case_id})
            self._asked[case_id] = latest.value
        asked = self._asked[case_id]
        return None if asked is None else asked + patience

    async def hurry(self, case_id: int, *, now: datetime) -> None:
        """The CRM has answered: what was held back for that goes out now."""
        is_shown = case_id in self._shown_now
        # Where nobody has told, something may be held back: the worker looks for it.
        is_told, lane = case_id in self._held_back, self._held_back.get(case_id)
        if is_told and (lane is None or (not lane and is_shown)):
            return
        # The card is another change of this transaction's.
        where = {"case": case_id, "now": now, "but": f"card:{case_id}" if is_shown else ""}
        kept = self.wanted.keep("telegram", lane, now) if lane else None
        if kept is not None:
            where |= {"until": kept[1].until, "by": kept[1].by, "in_lane": lane}

        def heard(answers: Sequence[Answer]) -> None:
            rows = [row_of(found) for found in answers[0].rows]
            leased = [row for row in rows if kept is not None and row.attempts == 1]
            self.wanted.taken += leased
            if len(rows) > len(leased):
                self.wanted.falls_due("telegram", now)
            if kept is not None and lane and not leased:
                self.wanted.free(kept[0], lane)

        change = sql.hurry(at_once=kept is not None), where
        await self._connection.put({("hurry", case_id): change}, heard)


def _before(row: OutboxRow, kinds: Sequence[str]) -> ColumnElement[bool]:
    """Rows before this one, of its lead and of these kinds."""
    o, c = t.outbox.c, t.cases.c
    its_lead = select(c.lead).where(c.id == row.case_id, c.lead != "").scalar_subquery()
    cases = select(c.id).where(or_(c.id == row.case_id, c.lead == its_lead))
    return and_(o.case_id.in_(cases), o.destination == "crm", o.kind.in_(kinds), o.id < row.id)


def _whose(row: OutboxRow) -> dict[str, Any]:
    """What tells whether the row is still as it was leased."""
    return {"row": row.id, "seen": row.revision, "tries": row.attempts}


def row_of(found: Sequence[Any]) -> OutboxRow:
    """The row of `outbox_sql.COLUMNS`."""
    return OutboxRow(*found)

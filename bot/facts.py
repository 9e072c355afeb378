"""What the world answers, taken in: the CRM's answers to rows, and deadlines that have come.

What people write comes by `bot.desk`, what they press by `bot.pressing`; how a case
changes by it is `bot.perform`'s.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime

from bot.enqueue import Enqueue
from bot.flows.effects import CRM_WRITES
from bot.flows.records import Action, Fact, Happened
from bot.perform import Perform
from storage.deadlines import DeadlineRow
from storage.errors import Busy
from storage.outbox import OutboxRow
from storage.uow import Storage

#: Kinds of rows that an outcome may be held back for, so that one message tells both.
_WRITES = frozenset(write.__dataclass_fields__["kind"].default for write in CRM_WRITES)

#: So often an answer that the database took back for others' locks is taken in once more.
_TRIES_MORE = 3


class Facts:
    """Takes each in, in one transaction with the end of what has brought it."""

    def __init__(
        self,
        *,
        storage: Storage,
        perform: Perform,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._perform = perform
        self._clock = clock

    async def answered(
        self, row: OutboxRow, action: Action, *, due_at: datetime | None = None, dead: bool = False
    ) -> None:
        """What the CRM answered to a row of the outbox, saved together with the row's own end.

        Args:
            row: the row that was leased.
            action: a `Fact`.
            due_at: the row is to be tried again then.
            dead: trying again is of no use.
        """
        for _ in range(_TRIES_MORE):
            # A deadlock with a migration: nothing of it was done. Left to the row's lease, the
            # operator would hear of it up to a minute later.
            with contextlib.suppress(Busy):
                await self._answered(row, action, due_at, dead=dead)
                return
        await self._answered(row, action, due_at, dead=dead)

    async def _answered(
        self, row: OutboxRow, action: Action, due_at: datetime | None, *, dead: bool
    ) -> None:
        now = self._clock()
        async with self._storage.change() as uow:
            case = None
            if due_at is not None:
                why = action.what.say or "down"
                is_ours = await uow.outbox.later(row, due_at=due_at, error=why)
            elif dead:
                is_ours = await uow.outbox.dead(row, now=now, error=action.what.say)
            else:
                is_ours, case = await uow.deliveries.answered(row, now=now)
            if not is_ours:
                # Somebody else took it up after our lease ran out: the case hears of it by him.
                return
            if case is None and row.case_id is not None:
                case = await uow.cases.locked(row.case_id)
            if case is not None:
                await self._perform.happened(uow, case, action, now)
                if row.kind not in _WRITES:
                    # A card that waited for it was wanted anew, where there is news.
                    return
                settled = await uow.outbox.settle_by(case.id, patience=Enqueue.patience)
                if settled is None:
                    await uow.outbox.hurry(case.id, now=now)

    async def time_up(self, deadline: DeadlineRow) -> None:
        """A deadline has come."""
        now = self._clock()
        async with self._storage.change() as uow:
            row = await uow.cases.locked(deadline.case_id)
            if row is None or not await uow.deadlines.finish(deadline.id):
                return
            what = Happened(deadline=deadline.name)
            await self._perform.happened(uow, row, Action(name=Fact.TIME_UP, what=what), now)

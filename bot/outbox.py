"""The worker of the outbox: lease what is due, deliver lane by lane, and say how it ended.

One worker per destination, so that a dead CRM never holds the cards up.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from bot.bell import Ear
from storage.errors import StorageError
from storage.outbox import OutboxRow
from storage.uow import Storage
from storage.wanted import Lease

log = structlog.get_logger(__name__)

#: Seconds that deliveries get to end when the bot stops: a stop takes less than ten in all.
_GRACE = 4.0
#: Never longer than this between two tries.
_LONGEST_PAUSE = 300.0
#: Less than this is no setting of the clock, or costs no more than that.
_PUT_BACK = timedelta(minutes=1)


def backoff(attempts: int, chance: float, *, first: float = 1.0) -> timedelta:
    """How long to wait after that many tries: doubling, to five minutes, with jitter.

    Args:
        attempts: tries made so far, from 1.
        chance: 0 to 1; spreads replicas and rows.
        first: seconds after the first try.
    """
    pause = min(_LONGEST_PAUSE, first * 2 ** min(attempts - 1, 20))
    return timedelta(seconds=pause * (0.5 + 0.5 * chance))


class Gate(Protocol):
    """Whether and how fast a destination may be spoken to."""

    def closed_lanes(self, now: datetime) -> Collection[str]:
        """Lanes that must wait."""

    def is_open(self, lane: str, now: datetime) -> bool:
        """Whether a row of that lane may go out now."""

    def room(self, now: datetime) -> int:
        """How many rows may go out now in all."""

    def taken(self, lane: str, now: datetime) -> None:
        """A row of that lane is about to go out."""

    def returned(self, lane: str) -> None:
        """A row that was about to go out does not."""

    def opens_at(self, now: datetime) -> datetime | None:
        """When the next closed lane opens."""


class OpenGate:
    """A destination without limits of its own."""

    def closed_lanes(self, now: datetime) -> Collection[str]:
        """None."""
        del now
        return ()

    def is_open(self, lane: str, now: datetime) -> bool:
        """Always."""
        del lane, now
        return True

    def room(self, now: datetime) -> int:
        """As much as the worker likes."""
        del now
        return 1_000

    def taken(self, lane: str, now: datetime) -> None:
        """Nothing to count."""

    def returned(self, lane: str) -> None:
        """Nothing to count."""

    def opens_at(self, now: datetime) -> datetime | None:
        """It is always open."""
        del now
        return None


class Worker:
    """Delivers one destination's rows.

    Args:
        deliver: does the work and records its end; whatever it raises leaves the row leased, and
            the row comes again when the lease has run out.
        lease: longer than any delivery may take.
        name: this process, in its leases.
        at_once: how many lanes are served side by side.
        ear: is told of rows that were committed.
        idle: seconds between looks when nobody tells of any.
    """

    def __init__(
        self,
        destination: str,
        *,
        storage: Storage,
        deliver: Callable[[OutboxRow], Awaitable[None]],
        ear: Ear,
        clock: Callable[[], datetime],
        gate: Gate | None = None,
        lease: timedelta = timedelta(seconds=30),
        name: str = "",
        at_once: int = 8,
        idle: float = 1.0,
    ) -> None:
        self._destination = destination
        self._storage = storage
        self._deliver = deliver
        self._ear = ear
        self._clock = clock
        self._gate: Gate = gate or OpenGate()
        self._lease = lease
        self._name = name
        self._at_once = at_once
        self._idle = idle
        self._under_way: set[asyncio.Task[None]] = set()
        # Lanes of rows that are on their way, or promised in a transaction that still runs, and how
        # many: one may be promised while another there is being leased (PostgreSQL).
        self._lanes: Counter[str] = Counter()
        self._works = False
        # Lanes that may have more rows than the one that is on its way: look again when it is free.
        self._passed_over: set[str] = set()
        # There was room for none: look again when any lane is free.
        self._full = False
        # As of the last look: when the next row falls due, and when the gate that was shut opens.
        # What was due already waits for something else, its lane or room; that is told of.
        self._next: datetime | None = None
        self._opens_at: datetime | None = None
        # When it looked last.
        self._looked: datetime | None = None

    # --- rows that are taken as they are inserted (`storage.wanted.Taker`) ------------------------

    def lease(self, now: datetime) -> Lease | None:
        """A lease, if anything could go out now."""
        if not self._works or len(self._lanes) >= self._at_once or self._gate.room(now) <= 0:
            return None
        return Lease(until=now + self._lease, by=self._name)

    def take(self, lane: str, now: datetime) -> bool:
        """Keep the lane for a row of a transaction that still runs, if it is free and open."""
        is_full = len(self._lanes) >= self._at_once
        if is_full or lane in self._lanes or not self._gate.is_open(lane, now):
            return False
        self._keep(lane, now)
        return True

    def _keep(self, lane: str, now: datetime) -> None:
        self._lanes[lane] += 1
        self._gate.taken(lane, now)

    def deliver(self, row: OutboxRow) -> None:
        """Its transaction was committed.

        Not at once: the task that has committed goes on first, and answers the press.
        """
        asyncio.get_running_loop().call_soon(self._begin, row)

    def _begin(self, row: OutboxRow) -> None:
        if self._works:
            self._start(row)
        else:
            # The bot stops. The row is leased by our name: the next start frees it.
            self.free(row.lane)

    def _start(self, row: OutboxRow) -> None:
        task = asyncio.create_task(self._one(row))
        self._under_way.add(task)
        task.add_done_callback(partial(self._ended, row))

    def free(self, lane: str) -> None:
        """No row of that transaction goes out."""
        self._gate.returned(lane)
        self._leave(lane)

    # --- rows that are looked for -----------------------------------------------------------------

    async def run(self) -> None:
        """Work until cancelled; deliveries under way are then given the time to end."""
        self._works = True
        try:
            while True:
                try:
                    await self.look()
                except StorageError as error:
                    log.warning("outbox_waits", destination=self._destination, why=str(error))
                    await asyncio.sleep(self._idle)
                    # What it was told of is still there.
                    self._ear.tell()
                else:
                    await self._ear.heard(self._pause())
        finally:
            self._works = False
            await self.finish()

    async def finish(self) -> None:
        """Wait for the deliveries that are under way, but not for a peer that hangs.

        What is cut off keeps its lease, and comes again: it is looked for before it is written.
        """
        if self._under_way:
            _, left = await asyncio.wait(self._under_way, timeout=_GRACE)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def look(self) -> int:
        """Lease what is due and start delivering it. Returns how many rows."""
        now = self._clock()
        await self._keep_up(now)
        look, is_told = self._ear.takes(now)
        if not (look or is_told):
            return 0
        if is_told:
            # It may be of a lane that is busy, or the very row that is on its way, wanted again.
            self._passed_over.update(self._lanes)
        limit = min(self._at_once - len(self._lanes), self._gate.room(now))
        self._full = limit <= 0
        self._next = None
        self._opens_at = self._gate.opens_at(now) if self._full else None
        if self._full or not await self._is_due(now):
            return 0
        closed = self._gate.closed_lanes(now)
        if closed:
            self._opens_at = self._gate.opens_at(now)
        async with self._storage.change() as uow:
            # They are left out below: one that is free before this has ended must be looked at.
            self._passed_over.update(self._lanes)
            rows = await uow.lanes.lease(
                self._destination,
                now=now,
                lease=self._lease,
                by=self._name,
                limit=limit,
                without={*closed, *self._lanes},
            )
        for row in rows:
            self._keep(row.lane, now)
            self._start(row)
        self._passed_over.update(self._lanes)
        if len(rows) == limit:
            self._ear.tell()
        return len(rows)

    async def _keep_up(self, now: datetime) -> None:
        """A clock that was put back leaves rows that are due in the future: none waits for that."""
        if self._looked is not None and now < self._looked - _PUT_BACK:
            log.warning("clock_put_back", seconds=(self._looked - now).total_seconds())
            async with self._storage.note() as uow:
                await uow.lanes.clock_was_ahead(
                    self._destination,
                    now=now,
                    beyond=timedelta(),
                    lease=self._lease,
                    leased_by=self._name,
                )
            self._looked = now
            self._ear.tell()
        self._looked = now if self._looked is None else max(self._looked, now)

    async def _is_due(self, now: datetime) -> bool:
        """Nobody told of a row: looking costs less than leasing, which writes."""
        async with self._storage.look() as uow:
            is_due, self._next = await uow.lanes.next_due(self._destination, now=now)
        return is_due

    def _ended(self, row: OutboxRow, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._leave(row.lane)

    def _leave(self, lane: str) -> None:
        self._lanes[lane] -= 1
        if self._lanes[lane] > 0:
            return
        del self._lanes[lane]
        if self._full or lane in self._passed_over:
            # The next row of that lane, or of another, may go now.
            self._passed_over.discard(lane)
            self._ear.tell()

    async def _one(self, row: OutboxRow) -> None:
        try:
            await self._deliver(row)
        except StorageError as error:
            log.warning("outcome_not_saved", row=row.id, kind=row.kind, why=str(error))
        except Exception:
            # A fault of ours. The row keeps its lease and comes again; the others go on.
            log.exception("delivery_failed", row=row.id, kind=row.kind, case=row.case_id)

    def _pause(self) -> float:
        """Seconds until something may be due: a row, or a lane that was closed."""
        now = self._clock()
        moments = (self._opens_at, self._ear.due, self._next)
        # One that has come since the look is no reason to wait for the next.
        waits = [(moment - now).total_seconds() for moment in moments if moment is not None]
        return max(0.0, min([self._idle, *waits]))


def chance() -> float:
    """0 to 1, for jitter."""
    return random.random()  # noqa: S311 -- spreads retries, guards nothing

"""A worker alone, with whom it delivers to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.bell import Bell
from bot.outbox import Gate, Worker
from storage.db import Database
from storage.outbox import OutboxRow
from storage.uow import Storage, UnitOfWork
from tests.storage.conftest import NOW

#: Seconds between its own looks: longer than any test.
_NEVER = 3600.0
MS = timedelta(milliseconds=1)


class Interrupted(Storage):
    """Something happens when a change is committed, before whoever made it can go on."""

    then: Callable[[], Awaitable[None]] | None = None

    def __init__(self, database: Database, bell: Bell) -> None:
        super().__init__(database, committed=bell.ring)
        self.looked = asyncio.Event()

    @contextlib.asynccontextmanager
    async def change(self, chat: int | None = None) -> AsyncIterator[UnitOfWork]:
        """As ever, and then that."""
        async with super().change(chat) as uow:
            yield uow
        then, self.then = self.then, None
        if then is not None:
            await then()

    @contextlib.asynccontextmanager
    async def look(self) -> AsyncIterator[UnitOfWork]:
        """As ever; it is told."""
        async with super().look() as uow:
            yield uow
        self.looked.set()


@dataclass
class Clock:
    """One that goes on by so much whenever somebody looks at it."""

    step: timedelta = 0 * MS
    next: datetime = NOW

    def __call__(self) -> datetime:
        now = self.next
        self.next += self.step
        return now


@dataclass
class Peer:
    """Takes deliveries, and answers none before it is let."""

    storage: Storage
    came: asyncio.Queue[OutboxRow] = field(default_factory=asyncio.Queue)
    answers: dict[str, asyncio.Event] = field(default_factory=dict)
    worker: Worker = field(init=False)

    async def deliver(self, row: OutboxRow) -> None:
        """One delivery; its end is noted."""
        await self.came.put(row)
        await self.answers.setdefault(row.lane, asyncio.Event()).wait()
        async with self.storage.note() as uow:
            await uow.outbox.done(row, now=NOW)

    async def comes(self) -> str:
        """What comes next."""
        async with asyncio.timeout(5):
            return (await self.came.get()).kind

    def answer(self, lane: str) -> None:
        """Answer what came in that lane, and what comes there from now on."""
        self.answers.setdefault(lane, asyncio.Event()).set()


@contextlib.asynccontextmanager
async def working(
    storage: Storage,
    bell: Bell,
    *,
    destination: str = "telegram",
    at_once: int = 8,
    clock: Clock | None = None,
    gate: Gate | None = None,
) -> AsyncIterator[Peer]:
    """A worker that takes rows as they are inserted, as the bot's do."""
    peer = Peer(storage)
    worker = peer.worker = Worker(
        destination,
        storage=storage,
        deliver=peer.deliver,
        ear=bell.ear(destination),
        clock=clock or Clock(),
        gate=gate,
        at_once=at_once,
        idle=_NEVER,
    )
    storage.taking({destination: worker}, is_elsewhere=lambda _: False)
    running = asyncio.create_task(worker.run())
    try:
        yield peer
    finally:
        for lane in peer.answers:
            peer.answer(lane)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

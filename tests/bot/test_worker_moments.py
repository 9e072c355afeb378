"""What happens in the very moment in which the worker looks is not left to its next look."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta

import pytest

from bot.bell import Bell
from bot.budget import Budget
from bot.outbox import OpenGate
from bot.voice import DESTINATION, Voice
from storage.db import Database
from storage.turns import Turn
from storage.uow import Storage
from tests.bot.working import MS, Clock, Interrupted, Peer, working
from tests.harness.time import eventually
from tests.storage.conftest import NOW, a_row


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def storage(database: Database, bell: Bell) -> Interrupted:
    return Interrupted(database, bell)


async def has_rested(clock: Clock) -> None:
    """It has looked, and waits."""
    async with asyncio.timeout(5):
        while True:
            if clock.next >= NOW + 2 * clock.step:
                return
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def at_work(
    database: Database, storage: Storage, bell: Bell, rows: dict[str, timedelta], *, is_told: bool
) -> AsyncIterator[Peer]:
    """A worker and rows that fall due so long after its next look, each in a lane of its own: it is
    told of them, or they are there when it starts.
    """
    clock = Clock(step=10 * MS)
    async with contextlib.AsyncExitStack() as stack:
        if is_told:
            peer = await stack.enter_async_context(working(storage, bell, clock=clock))
            await has_rested(clock)
        async with (storage if is_told else Storage(database)).change() as uow:
            for kind, soon in rows.items():
                await a_row(uow, kind=kind, lane=kind, due_at=clock.next + soon)
        if not is_told:
            peer = await stack.enter_async_context(working(storage, bell, clock=clock))
        yield peer


@pytest.mark.parametrize("is_told", [False, True])
async def test_what_falls_due_while_it_looks_is_looked_for_again(
    database: Database, storage: Storage, bell: Bell, *, is_told: bool
) -> None:
    rows = {"a": 5 * MS}
    async with at_work(database, storage, bell, rows, is_told=is_told) as peer:
        assert await peer.comes() == "a"


class Shut(OpenGate):
    """Keeps a lane closed until a moment."""

    def __init__(self, lane: str, until: datetime) -> None:
        self._lane = lane
        self._until = until

    def closed_lanes(self, now: datetime) -> Collection[str]:
        return [self._lane] if now < self._until else []

    def opens_at(self, now: datetime) -> datetime | None:
        return self._until if now < self._until else None


async def test_a_lane_that_opens_while_it_looks_is_looked_for_again(
    storage: Storage, bell: Bell
) -> None:
    async with storage.change() as uow:
        await a_row(uow, kind="a", lane="a")
    gate = Shut("a", until=NOW + 5 * MS)
    async with working(storage, bell, clock=Clock(step=10 * MS), gate=gate) as peer:
        assert await peer.comes() == "a"


@pytest.mark.parametrize("is_told", [False, True])
async def test_of_two_moments_the_second_is_not_forgotten_over_the_first(
    database: Database, storage: Storage, bell: Bell, *, is_told: bool
) -> None:
    rows = {"a": 15 * MS, "b": 45 * MS}
    async with at_work(database, storage, bell, rows, is_told=is_told) as peer:
        # The first has no answer: its end would be a reason to look.
        assert [await peer.comes(), await peer.comes()] == ["a", "b"]


async def test_a_lane_that_two_keep_is_free_when_both_have_left_it(
    storage: Interrupted, bell: Bell
) -> None:
    """On PostgreSQL a transaction may keep a lane for its row while a row there is being leased."""
    async with storage.change() as uow:
        await a_row(uow, kind="a1", lane="a")
    async with contextlib.AsyncExitStack() as stack:

        async def begin() -> None:
            uow = await stack.enter_async_context(storage.change())
            await a_row(uow, kind="a2", lane="a")

        storage.then = begin
        async with working(storage, bell) as peer:
            assert await peer.comes() == "a1"
            await stack.aclose()
            # It looks meanwhile, in vain.
            for _ in range(30):
                async with storage.look() as uow:
                    await uow.cases.get(1)
            peer.answer("a")
            assert await peer.comes() == "a2"


async def test_a_lane_that_is_free_while_it_looks_is_looked_at_again(
    database: Database, storage: Interrupted, bell: Bell
) -> None:
    async with working(storage, bell) as peer:

        async def end() -> None:
            peer.answer("a")
            await peer.worker.finish()

        await asyncio.wait_for(storage.looked.wait(), 5)
        async with storage.change() as uow:
            await a_row(uow, kind="a1", lane="a")
        assert await peer.comes() == "a1"
        # Another process wants it delivered, and says so.
        async with Storage(database).change() as uow:
            await a_row(uow, kind="a2", lane="a")
        storage.then = end
        bell.ear("telegram").tell()
        assert await peer.comes() == "a2"


async def test_a_card_that_another_replica_wants_again_on_its_way_goes_once_more(
    database: Database, storage: Interrupted, bell: Bell
) -> None:
    if database.is_sqlite:
        # One process.
        return
    other = Storage(database)
    other.taking({}, is_elsewhere=lambda destination: destination == DESTINATION)
    async with working(storage, bell) as peer, listening(database, storage, bell):
        for replica in (storage, other):
            storage.looked.clear()
            async with replica.change() as uow:
                await uow.outbox.want_again(now=NOW, lane="a", priority=3, due_at=NOW, digest=1)
            if replica is storage:
                assert await peer.comes() == "digest"
        await asyncio.wait_for(storage.looked.wait(), 5)
        peer.answer("a")
        assert await peer.comes() == "digest"


async def test_what_waits_behind_a_row_of_another_replica_goes_when_that_has_ended(
    database: Database, storage: Interrupted, bell: Bell
) -> None:
    """Two chats decide about one lead, each on a replica of its own."""
    if database.is_sqlite:
        # One process.
        return
    others_bell = Bell()
    other = Interrupted(database, others_bell)
    async with (
        working(storage, bell, destination="crm") as peer,
        working(other, others_bell, destination="crm") as others,
        listening(database, storage, bell),
    ):
        for replica in (storage, other):
            await asyncio.wait_for(replica.looked.wait(), 5)
        for replica, kind in ((storage, "first"), (other, "second")):
            async with replica.change() as uow:
                await a_row(uow, destination="crm", kind=kind, lane="lead")
            if replica is storage:
                assert await peer.comes() == "first"
        looked_in_vain = asyncio.Event()

        async def looked() -> None:
            looked_in_vain.set()

        # The lane is busy.
        other.then = looked
        await asyncio.wait_for(looked_in_vain.wait(), 5)
        peer.answer("lead")
        assert await peer.comes() == "second"
        assert others.came.empty()


@contextlib.asynccontextmanager
async def listening(database: Database, storage: Storage, bell: Bell) -> AsyncIterator[None]:
    """The worker is told what other processes say."""
    voice = Voice(
        turn=Turn(database, 78, every=0.02),
        storage=storage,
        budget=Budget(),
        bell=bell,
        clock=lambda: NOW,
        name="",
    )

    async def speaks() -> bool:
        return voice.is_ours

    keeping = asyncio.create_task(voice.keep())
    try:
        await eventually(speaks)
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

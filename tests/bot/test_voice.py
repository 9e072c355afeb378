"""Of several replicas one speaks to Telegram, and whoever follows it knows what it had begun."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.bell import Bell
from bot.budget import Budget
from bot.voice import VOICE, Voice
from sandbox.world import MARAT, OLYA
from storage.db import Database
from storage.outbox import OutboxRow
from storage.turns import Turn
from storage.uow import Storage
from tests.harness import World, a_world, eventually
from tests.harness.time import PATIENCE
from tests.storage.conftest import LEASE, NOW, SECOND, a_row, leased


@asynccontextmanager
async def another_speaks(url: str) -> AsyncIterator[list[str]]:
    """Another replica has the voice; what it is told of."""
    database, heard, has_it = Database(url), list[str](), asyncio.Event()

    async def took() -> None:
        has_it.set()

    turn = Turn(database, VOICE, every=0.02)
    keeping = asyncio.create_task(turn.keep(took=took, told=heard.append))
    try:
        async with asyncio.timeout(PATIENCE):
            await has_it.wait()
        yield heard
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await database.close()


async def test_a_replica_decides_while_another_one_speaks(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        # One process: it always speaks.
        return
    async with a_world(database_url, running=False) as world:
        async with another_speaks(database_url) as heard:
            await world.start_bot()
            post = await world.ask(OLYA, await world.crm.burning())

            async def read() -> bool:
                return bool(await world.rows("SELECT id FROM cases WHERE state = 'waiting'"))

            await eventually(read, "the lead was read")
            assert "telegram" in heard
            assert await world.said(reply_to=post) == []
        await _decided(world, post)


async def _decided(world: World, post: int) -> None:
    card = await world.card(post)
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert len(await world.said(reply_to=post)) == 1


async def test_what_another_voice_had_under_way_goes_out_at_once(database_url: str) -> None:
    """Its lease would hold the card up for half a minute."""
    if database_url.startswith("sqlite"):
        return
    async with a_world(database_url, running=False) as world:
        async with another_speaks(database_url):
            await world.start_bot()
            post = await world.ask(OLYA, await world.crm.burning())

            async def leased() -> bool:
                async with world.storage.change() as uow:
                    rows = await uow.lanes.lease(
                        "telegram",
                        now=world.clock(),
                        lease=timedelta(seconds=30),
                        limit=1,
                        by="other",
                    )
                return [row.kind for row in rows] == ["card"]

            await eventually(leased, "the other one is about to send the card")
        await world.card(post)
        # It may have sent it, and died.
        budget = world.bot.parts.budget
        assert budget.left(world.group, world.clock()) == budget.full - 2
        await _decided(world, post)


async def test_whoever_stops_speaks_until_it_has_said_what_it_began(database_url: str) -> None:
    """The next one would say it as well."""
    if database_url.startswith("sqlite"):
        return
    async with a_world(database_url) as world:
        worker = world.bot.parts.telegram_worker
        began, go_on, deliver = asyncio.Event(), asyncio.Event(), worker._deliver

        async def slowly(row: OutboxRow) -> None:
            began.set()
            await go_on.wait()
            await deliver(row)

        worker._deliver = slowly
        post = await world.ask(OLYA, await world.crm.burning())
        async with asyncio.timeout(PATIENCE):
            await began.wait()
        stopping = asyncio.create_task(world.bot.stop())
        waiting = asyncio.create_task(_speaks(database_url))
        for _ in range(200):
            await world.count("SELECT 1")
        assert not worker._works
        assert not waiting.done()
        go_on.set()
        await stopping
        await waiting
        assert len(await world.said(reply_to=post)) == 1


async def _speaks(url: str) -> None:
    async with another_speaks(url):
        pass


async def test_what_was_said_before_a_start_counts(database_url: str) -> None:
    async with a_world(database_url) as world:
        post = await world.ask(OLYA, await world.crm.burning())
        await world.card(post)
        await world.quiet()
        await world.restart_bot()
        now = world.clock()

        async def counts() -> bool:
            budget = world.bot.parts.budget
            return budget.left(world.group, now) < budget.full

        await eventually(counts, "the card counts")


async def test_what_a_clock_that_was_ahead_has_put_off_is_said_at_the_next_start(
    database_url: str,
) -> None:
    async with a_world(database_url) as world:
        world.clock.advance(3600)
        await world.quiet()
        await world.bot.stop()
        await world.bot.parts.saying.say(OLYA.id, "anonymous")
        world.clock.advance(-3600)
        await world.start_bot()
        await world.told(OLYA, "от своего имени")


async def recalls(database: Database, *, late: timedelta) -> None:
    """A process starts whose clock is late, or was never ahead."""
    voice = Voice(
        turn=Turn(database, VOICE),
        storage=Storage(database),
        budget=Budget(),
        bell=Bell(),
        clock=lambda: NOW - late,
        name="starts",
    )
    await voice.recall()


async def test_what_another_replica_writes_stays_its_own_where_one_starts_whose_clock_is_late(
    database: Database,
) -> None:
    """A third one would take it up at once, and write it beside that one."""
    if database.is_sqlite:
        return
    storage = Storage(database)
    async with storage.change() as uow:
        await a_row(uow, destination="crm", lane="lead:1", kind="write_comment")
    await leased(storage, "crm", by="writes")

    await recalls(database, late=timedelta(hours=1))

    assert await leased(storage, "crm", by="third", at=NOW + SECOND) == []
    assert len(await leased(storage, "crm", by="third", at=NOW + LEASE)) == 1


async def test_what_one_of_another_name_had_under_way_by_a_clock_that_was_ahead_waits_ten_minutes(
    database: Database,
) -> None:
    """With SQLite there is no other process: whoever had it is dead."""
    if not database.is_sqlite:
        return
    storage, hour = Storage(database), timedelta(hours=1)
    async with storage.change() as uow:
        await a_row(uow)
    await leased(storage, by="died", at=NOW + hour)

    await recalls(database, late=timedelta())

    assert await leased(storage, at=NOW + timedelta(minutes=9)) == []
    assert len(await leased(storage, at=NOW + timedelta(minutes=10))) == 1

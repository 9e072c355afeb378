"""What was delivered, and what is long closed, is forgotten; all else stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bench.ages import age
from bot.sweeper import Sweeper, _Walk
from sandbox.world import MARAT, OLYA
from storage.db import Database
from storage.errors import StorageDown
from storage.uow import UnitOfWork
from tests.harness import World

_TABLES = ("cases", "posts", "history", "messages", "outbox", "deadlines", "digest_places")


async def counts(world: World) -> dict[str, int]:
    return {
        name: await world.count(f"SELECT count(*) FROM {name}")  # noqa: S608 -- our own names
        for name in _TABLES
    }


def sweeper(world: World, *, history_days: int = 0) -> Sweeper:
    return Sweeper(
        storage=world.storage, clock=world.clock, outbox_days=30, history_days=history_days
    )


def database(world: World) -> Database:
    """The bot's own: SQLite has one writer in a process."""
    return world.storage._database


async def _swept(world: World, sweeper: Sweeper, steps: int) -> None:
    for _ in range(steps):
        await sweeper.sweep()


async def test_delivered_rows_go_after_their_time_and_cases_stay_for_ever(world: World) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    before = await counts(world)
    await age(database(world), 700, chat=world.group, at=world.clock() - timedelta(days=31))
    await _swept(world, sweeper(world), 8)
    after = await counts(world)
    assert after["outbox"] == before["outbox"]
    assert after["cases"] == before["cases"] + 700
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")


async def test_closed_cases_go_with_all_that_is_theirs(world: World) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    before = await counts(world)
    await age(database(world), 600, chat=world.group, at=world.clock() - timedelta(days=91))
    numbered = "INSERT INTO lead_numbers SELECT 'no' || ref, ref FROM cases WHERE ref = 'old3'"
    async with database(world).transaction() as connection:
        await connection.execute(text(numbered))
    walks = sweeper(world, history_days=90)
    # The newest case stays, whatever its age: ids count on from it.
    await _swept(world, walks, 8)
    assert await world.count("SELECT count(*) FROM cases") == before["cases"] + 1
    lead = await world.crm.burning()
    await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    world.clock.advance(3700)
    await _swept(world, walks, 8)
    assert await world.count("SELECT count(*) FROM cases WHERE ref LIKE 'old%'") == 0
    for table in _TABLES[1:]:
        lost = f"SELECT count(*) FROM {table} WHERE case_id NOT IN (SELECT id FROM cases)"  # noqa: S608 -- our own names
        assert await world.count(lost) == 0
    # The number of the lead that is asked about now stays.
    assert await world.count("SELECT count(*) FROM lead_numbers WHERE number = 'noold3'") == 0
    assert await world.count("SELECT count(*) FROM lead_numbers") > 0
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")


async def test_a_case_that_waits_for_an_owner_is_kept(world: World) -> None:
    await age(database(world), 10, chat=world.group, at=world.clock() - timedelta(days=91))
    dead = "UPDATE outbox SET state = 'dead' WHERE lane = 'lead:old3' AND kind = 'write_comment'"
    async with database(world).transaction() as connection:
        await connection.execute(text(dead))
    await _swept(world, sweeper(world, history_days=90), 4)
    left = await world.rows("SELECT ref FROM cases WHERE ref LIKE 'old%' ORDER BY id")
    assert [ref for (ref,) in left] == ["old3", "old10"]


async def test_a_fault_of_one_walk_keeps_the_other_from_nothing(world: World) -> None:
    await age(database(world), 10, chat=world.group, at=world.clock() - timedelta(days=91))
    walks, again = sweeper(world, history_days=90), sweeper(world, history_days=90)
    walks._paths[0].walk = broken(ZeroDivisionError())
    await _swept(world, walks, 1)
    assert await world.rows("SELECT ref FROM cases WHERE ref LIKE 'old%'") == [("old10",)]
    # A database that is away is away for both.
    again._paths[0].walk = broken(StorageDown("ConnectionError"))
    with pytest.raises(StorageDown):
        await again.sweep()


async def test_it_rests_no_longer_where_the_clock_was_ahead_meanwhile(world: World) -> None:
    walks = sweeper(world, history_days=90)
    world.clock.advance(365 * 86400)
    await _swept(world, walks, 4)
    world.clock.advance(-365 * 86400)
    await age(database(world), 10, chat=world.group, at=world.clock() - timedelta(days=91))
    await _swept(world, walks, 4)
    assert await world.rows("SELECT ref FROM cases WHERE ref LIKE 'old%'") == [("old10",)]


def broken(error: Exception) -> _Walk:
    """A walk that cannot be gone."""

    async def walk(_uow: UnitOfWork, /, *, before: datetime, after: int, limit: int) -> int | None:
        del before, after, limit
        raise error

    return walk

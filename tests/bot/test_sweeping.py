"""What was delivered, and what is long closed, is forgotten; all else stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from bench.ages import age
from bot.sweeper import Sweeper
from sandbox.world import LENA, MARAT, OLYA, TIMUR
from storage.db import Database
from storage.tables import deadlines
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
        for walk in sweeper.walks:
            await walk()


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
    await world.card(await world.ask(OLYA, await world.crm.burning()))
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
    # Those of before may have been closed by that hour.
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
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


async def test_a_call_that_has_not_reached_its_admin_keeps_no_case(world: World) -> None:
    """His case is decided by another one, and nobody waits for what he did not hear."""
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    world.tg.telegram.world.people[LENA.id].blocked = True
    await world.pass_time(61)
    await world.told(MARAT, "ждёт")
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    # The newest case stays, whatever its age.
    other = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.press(MARAT, other, "Разрешить")
    await world.says(other, "в CRM записано ✔")
    await world.quiet()
    world.clock.advance(40 * 86400)
    await _swept(world, sweeper(world, history_days=30), 4)
    assert await world.rows("SELECT id FROM cases") == [(2,)]


async def test_an_outcome_that_was_for_one_alone_and_has_not_reached_him_keeps_its_case(
    world: World,
) -> None:
    """`/retry` tells it him once he lets the bot in again."""
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    await world.ask(OLYA, await world.crm.burning())
    await world.quiet()
    world.tg.telegram.world.people[TIMUR.id].blocked = True
    async with world.storage.change() as uow:
        await uow.outbox.add(
            now=world.clock(), destination="telegram", lane=f"chat:{TIMUR.id}", kind="tell",
            payload={"what": "allowed", "reply_to": 0}, case_id=1,
        )  # fmt: skip
    await world.quiet()
    world.clock.advance(40 * 86400)
    await _swept(world, sweeper(world, history_days=30), 4)
    assert await world.rows("SELECT id FROM cases ORDER BY id") == [(1,), (2,)]


async def test_updates_that_were_replayed_go_after_their_time_and_those_that_wait_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sweeper._AT_ONCE", 3)
    long_ago = world.clock() - timedelta(days=31)
    async with world.storage.change() as uow:
        for number in range(1, 11):
            await uow.aside.put(number, {"update_id": number}, "KeyError", now=long_ago)
        for number in range(1, 8):
            await uow.aside.replayed(number, now=long_ago)
        await uow.aside.replayed(8, now=world.clock() - timedelta(days=29))
    await _swept(world, sweeper(world), 6)
    left = await world.rows("SELECT update_id FROM set_aside ORDER BY update_id")
    assert [number for (number,) in left] == [8, 9, 10]


async def test_deadlines_that_are_over_go_after_their_time_and_those_that_wait_stay(
    world: World,
) -> None:
    await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    before = await counts(world)
    assert before["deadlines"]
    await age(database(world), 700, chat=world.group, at=world.clock() - timedelta(days=31))
    waits = (
        "UPDATE deadlines SET state = 'pending' WHERE name = 'close'"
        " AND case_id = (SELECT id FROM cases WHERE ref = 'old3')"
    )
    async with database(world).transaction() as connection:
        await connection.execute(text(waits))
    await _swept(world, sweeper(world), 8)
    after = await counts(world)
    assert after["cases"] == before["cases"] + 700
    assert after["deadlines"] == before["deadlines"] + 1


async def test_what_waits_for_years_keeps_no_deadline_that_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tickets that nobody ends are reminded of by the same rows, and those become the oldest."""
    monkeypatch.setattr("bot.sweeper._AT_ONCE", 3)
    await age(database(world), 20, chat=world.group, at=world.clock() - timedelta(days=31))
    soon = world.clock() + timedelta(days=1)
    async with database(world).transaction() as connection:
        first = await connection.scalar(select(func.min(deadlines.c.id)))
        await connection.execute(
            update(deadlines).where(deadlines.c.id < first + 4).values(state="pending", due_at=soon)
        )
    await _swept(world, sweeper(world), 20)
    assert (await counts(world))["deadlines"] == 4


async def test_it_rests_no_longer_where_the_clock_was_ahead_meanwhile(world: World) -> None:
    walks = sweeper(world, history_days=90)
    world.clock.advance(365 * 86400)
    await _swept(world, walks, 4)
    world.clock.advance(-365 * 86400)
    await age(database(world), 10, chat=world.group, at=world.clock() - timedelta(days=91))
    await _swept(world, walks, 4)
    assert await world.rows("SELECT ref FROM cases WHERE ref LIKE 'old%'") == [("old10",)]


async def test_what_was_refused_and_nothing_can_repeat_goes_after_its_time(world: World) -> None:
    """`/retry` repeats what belongs to a case; a group that is taken back sees digests mended."""
    await age(database(world), 1, chat=world.group, at=world.clock() - timedelta(days=31))
    async with world.storage.change() as uow:
        for age_in_days in (31, 29):
            for kind in ("say", "board", "export", "leave", "digest", "delete"):
                await uow.outbox.add(
                    now=world.clock() - timedelta(days=age_in_days), destination="telegram",
                    lane="chat:1", kind=kind, payload={}, due_at=world.clock() + timedelta(days=1),
                )  # fmt: skip
    dead = (
        "UPDATE outbox SET state = 'dead', done_at = created_at"
        " WHERE lane = 'chat:1' OR kind IN ('card', 'write_comment')"
    )
    async with database(world).transaction() as connection:
        await connection.execute(text(dead))
    await _swept(world, sweeper(world), 4)
    left = await world.rows("SELECT kind FROM outbox WHERE state = 'dead' ORDER BY kind")
    of_a_case, lately = ["card", "write_comment"], ["board", "delete", "digest", "export", "leave"]
    assert [kind for (kind,) in left] == sorted(
        [*of_a_case, *lately, "say", "digest", "delete"],
    )


async def test_digests_that_an_older_release_has_left_without_cases_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sweeper._AT_ONCE", 3)
    await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    empty = "INSERT INTO digests (chat_id, message_id, shown) VALUES (:chat, :message, 'x')"
    async with database(world).transaction() as connection:
        for chat in (world.group, world.group - 1):
            for message in range(900, 905):
                await connection.execute(text(empty), {"chat": chat, "message": message})
    async with world.storage.change() as uow:
        await uow.digests.add(world.group, 910, [1], shown="x")
    await _swept(world, sweeper(world), 6)
    assert await world.rows("SELECT chat_id, message_id FROM digests") == [(world.group, 910)]

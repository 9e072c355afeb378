"""Years of old cases cost nobody a second: whatever is asked finds its rows by an index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy import text as sql

from bench.ages import age
from storage import tables as t
from storage.prepared import Prepared
from storage.uow import Storage
from tests.bot.plans import QUESTIONS, grow, hearing, reads_all
from tests.bot.plans_day import ask_by_hand, live
from tests.harness import World, a_world

#: So many that PostgreSQL does not take a table for small.
_OLD = 8000
_BOTH = ("sqlite", "postgresql")
#: What may walk through a table that grows: words of its SQL, where, and why it costs nobody much.
_BOUNDED = {
    r"FROM outbox ORDER BY outbox\.id DESC": (
        *(_BOTH, "the newest 2000 rows, and nothing else, as a process begins to speak"),
    ),
    r"SELECT digests\.chat_id, digests\.message_id FROM digests WHERE \S+( = 1)? ORDER BY": (
        *(_BOTH, "the sweeper begins its walk: 500 rows by their key, and nothing else"),
    ),
    r"DELETE FROM digests WHERE \(": (
        *(["postgresql"], "the sweeper, once an hour: what stands in digests, a rush's cases"),
    ),
    r"max\(cases\.id\)": (["postgresql"], "the last entry of the index"),
    r"WHERE set_aside\.replayed_at IS NULL": (
        *(_BOTH, "/aside: what was replayed is swept after OUTBOX_DAYS"),
    ),
    r"UPDATE outbox SET state=.* WHERE outbox\.lane = \S+ AND outbox\.state": (
        *(_BOTH, "whoever was away may be spoken to again: what OUTBOX_DAYS leave"),
    ),
}


def _why(statement: str) -> str:
    """Why this one may; "": it may not."""
    words = " ".join(statement.split())
    return next((mark for mark in _BOUNDED if re.search(mark, words)), "")


async def test_nothing_that_is_asked_reads_the_whole_of_a_table_that_grows(
    database_url: str,
) -> None:
    with hearing() as heard:
        async with a_world(
            database_url, bound=False, summary_time="20:00", history_days=30
        ) as world:
            heard.deaf_to = world.database
            await live(world)
            # What a day brings only where something goes wrong, or two things come at once.
            await ask_by_hand(world.storage, QUESTIONS - heard.questions)
            # SQLite has one process: nobody has to be called.
            silent = {"Outbox.call"} if world.database.is_sqlite else set()
            assert QUESTIONS - heard.questions - silent == set()
            await world.bot.stop()
            asked = dict(heard.statements)
            wrong: dict[str, list[str]] = {}
            assert len(asked) > 150
            if world.database.is_sqlite:
                # It has no statistics of its own: nobody runs ANALYZE there.
                wrong |= await _wrong(world, asked)
            await _grown(world)
            wrong |= await _wrong(world, asked)
    assert {one: steps for one, steps in wrong.items() if not _why(one)} == {}
    engine = "sqlite" if world.database.is_sqlite else "postgresql"
    assert {_why(one) for one in wrong} == {
        mark for mark, (engines, _) in _BOUNDED.items() if engine in engines
    }


async def _wrong(world: World, asked: dict[str, Sequence[Any]]) -> dict[str, list[str]]:
    found = {one: await reads_all(world.database, one, given) for one, given in asked.items()}
    return {one: steps for one, steps in found.items() if steps}


async def _grown(world: World) -> None:
    then = world.clock() - timedelta(days=90)
    await age(world.database, _OLD, chat=world.group, at=then)
    await grow(world, world.group)


_PLANTED = {
    "a table": select(t.cases.c.id).where(t.cases.c.poster_name == bindparam("who")),
    "an index": select(t.history.c.id)
    .where(t.history.c.actor_name == bindparam("who"))
    .order_by(t.history.c.at)
    .limit(1),
    "an index behind its first column": select(t.posts.c.case_id).where(
        t.posts.c.ref == bindparam("who")
    ),
    "a table by another name": select((other := t.cases.alias("other")).c.id).where(
        other.c.poster_name == bindparam("who")
    ),
}


async def test_whatever_reads_all_is_noticed_on_whichever_way_it_goes(
    world: World, database_url: str
) -> None:
    assert database_url
    await world.bot.stop()
    await _grown(world)
    with hearing() as heard:
        # A new connection: the others were made when nobody heard.
        await world.database.close()
        storage = Storage(world.database)
        for planted in _PLANTED.values():
            async with storage.look() as uow:
                await uow.connection.run(Prepared(planted, reads=True), {"who": "Оля"})
            async with storage.look() as uow:
                await uow.connection.execute(planted, {"who": "Оля"})
        async with storage.change() as uow:
            changing = t.outbox.update().where(t.outbox.c.error == "Оля").values(error="")
            await uow.connection.execute(changing)
    assert len(heard.statements) >= len(_PLANTED) + 1
    assert len(await _wrong(world, heard.statements)) == len(heard.statements)


@pytest.mark.parametrize("words", ["SELECT id FROM cases WHERE lead = 'x'", "SELECT 1"])
async def test_what_finds_its_rows_is_not_complained_of(world: World, words: str) -> None:
    async with world.database.reading() as connection:
        await connection.execute(sql(words))
    assert await reads_all(world.database, words, ()) == []

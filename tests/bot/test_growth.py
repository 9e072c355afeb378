"""Years of old cases cost nobody a second: what is asked in a round finds its rows by an index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from bench.ages import age
from sandbox.world import MARAT, OLYA, TIMUR
from storage.far import Far
from storage.near import Near
from storage.prepared import Answer, Prepared
from storage.tables import metadata
from storage.together import Change
from tests.harness import World

#: Tables that do not grow with the work.
_SMALL = {"installation", "chats", "bindings", "people", "roles", "crm_tokens"}
_GROWING = [table.name for table in metadata.sorted_tables if table.name not in _SMALL]
#: Partial indexes hold what is open or waits: they are as long as the work of the moment.
_OF_THE_MOMENT = ("ix_outbox_pending", "ix_outbox_lane", "ix_deadlines_pending", "open")


@contextmanager
def noted() -> Iterator[dict[Prepared, Mapping[str, Any]]]:
    """Every statement of the rounds, with parameters that it was once run with."""
    asked: dict[Prepared, Mapping[str, Any]] = {}
    near, far, far_all = Near.run, Far._run, Far._change

    async def near_run(self: Near, prepared: Prepared, given: Mapping[str, Any]) -> Answer:
        asked[prepared] = dict(given)
        return await near(self, prepared, given)

    async def far_run(self: Far, prepared: Prepared, given: Mapping[str, Any]) -> Answer:
        asked[prepared] = dict(given)
        return await far(self, prepared, given)

    async def far_run_all(self: Far, changes: Sequence[Change]) -> list[Answer]:
        asked.update((prepared, dict(given)) for prepared, given in changes)
        return await far_all(self, changes)

    Near.run, Far._run, Far._change = near_run, far_run, far_run_all  # type: ignore[method-assign]
    try:
        yield asked
    finally:
        Near.run, Far._run, Far._change = near, far, far_all  # type: ignore[method-assign]


async def plan(world: World, prepared: Prepared, given: Mapping[str, Any]) -> str:
    """How the engine would find the statement's rows."""
    async with world.database.reading() as connection:
        compiled = prepared.on(connection.dialect)
        if isinstance(connection, Far):
            # As it is planned there: once, for whatever values (`storage/far.py`).
            await connection.driver.execute(f"PREPARE planned AS {compiled.sql}")
            values = ", ".join("NULL" for _ in compiled.arguments(given))
            rows = await connection.driver.fetch(f"EXPLAIN EXECUTE planned({values})")
            await connection.driver.execute("DEALLOCATE planned")
            return "\n".join(row[0] for row in rows)
        assert isinstance(connection, Near)
        found = connection.driver.execute(
            f"EXPLAIN QUERY PLAN {compiled.sql}", compiled.arguments(given)
        )
        return "\n".join(str(row[-1]) for row in found)


def _reads_all(step: str) -> bool:
    """A step of a plan that reads the whole of a table that grows."""
    return any(
        f"Seq Scan on {table}" in step
        or (f"SCAN {table}" in step and not any(name in step for name in _OF_THE_MOMENT))
        for table in _GROWING
    )


async def test_no_statement_of_a_round_reads_the_whole_of_a_table_that_grows(world: World) -> None:
    with noted() as asked:
        await world.card(await world.ask(OLYA, await world.crm.burning()))
        card = await world.card(await world.ask(OLYA, await world.crm.burning()))
        await world.press(MARAT, card, "Запретить")
        await world.says(card, "в CRM записано ✔")
        await world.quiet()
        await world.pass_time(61)
        await world.quiet()
        await world.post(TIMUR, "клиент хочет ещё набор бит, можно добавить?")
        post = await world.ask(TIMUR, await world.crm.burning(), "")
        card = await world.card(post, "Можно ли добавить товар?")
        await world.tg.control.edit(world.group, post, TIMUR.id, await world.text(post) + " два")
        await world.says(card, "два")
        await world.post(TIMUR, "отмена")
        await world.says(card, "Отозвано")
        await world.quiet()
    assert len(asked) > 25
    await world.bot.stop()
    await age(world.database, 3000, chat=world.group, at=world.clock() - timedelta(days=90))
    plans = {await plan(world, prepared, given) for prepared, given in asked.items()}
    wrong = [one for one in plans if any(_reads_all(step) for step in one.splitlines())]
    assert wrong == []

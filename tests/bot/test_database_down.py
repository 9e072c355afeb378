"""While the database is down nothing is confirmed; when it is back all is done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from bot.wiring import Workchats
from sandbox.world import MARAT, OLYA
from storage.errors import StorageDown
from storage.uow import UnitOfWork
from tests.conftest import migrated
from tests.harness import World, a_world, eventually
from tests.postgres import Postgres


@contextmanager
def broken(workchats: Workchats, *, answers_lost: bool = False) -> Iterator[None]:
    """Break the bot's storage: no transaction begins, or (`answers_lost`) none is known to have
    been committed.
    """
    storage = workchats.storage
    change, note, look = storage.change, storage.note, storage.look

    @asynccontextmanager
    async def down(chat: int | None = None) -> AsyncIterator[UnitOfWork]:
        if answers_lost:
            async with change(chat) as uow:
                yield uow
        raise StorageDown("OperationalError")

    storage.change = storage.note = down  # type: ignore[method-assign]
    if not answers_lost:
        storage.look = down  # type: ignore[method-assign]
    try:
        yield
    finally:
        storage.change, storage.note, storage.look = change, note, look  # type: ignore[method-assign]


async def waits_unconfirmed(world: World, count: int) -> None:
    """The updates come again and again, and are not confirmed."""
    polling = world.tg.telegram.polling
    before = polling._turn

    async def asked_again() -> bool:
        return polling._turn >= before + 3

    await eventually(asked_again, "they are asked for again")
    assert world.tg.telegram.updates.count() == count


@pytest.mark.parametrize("answers_lost", [False, True], ids=["down", "commits unanswered"])
async def test_nothing_is_confirmed_while_the_database_is_down_and_all_is_done_afterwards(
    world: World, *, answers_lost: bool
) -> None:
    lead = await world.crm.burning()
    with broken(world.bot.parts, answers_lost=answers_lost):
        post = await world.ask(OLYA, lead)
        await waits_unconfirmed(world, 1)
    card = await world.card(post, "Можно ли оформить?")
    await world.quiet()
    data = await world.button(card, "Разрешить")
    with broken(world.bot.parts, answers_lost=answers_lost):
        answer = await world.press_data(MARAT, card, data, wait=0)
        assert not answer.given
        await waits_unconfirmed(world, 1)
    await world.says(card, "Можно оформлять")
    if answers_lost:
        # What was delivered meanwhile could not be noted: its lease has to run out.
        await world.pass_time(55)
    await world.says(card, "в CRM записано ✔")
    await world.told(OLYA, "Можно оформлять")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1
    assert await world.count("SELECT count(*) FROM set_aside") == 0


async def test_a_commit_whose_answer_is_lost_decides_once(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    with broken(world.bot.parts, answers_lost=True):
        await world.press(MARAT, card, "Разрешить", wait=0)
        await waits_unconfirmed(world, 1)
    await world.says(card, "Можно оформлять")
    await world.pass_time(55)
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1
    decided = "SELECT count(*) FROM history WHERE to_state = 'allowed' AND from_state = 'waiting'"
    assert await world.count(decided) == 1


async def test_a_postgresql_that_is_stopped_and_started_loses_nothing() -> None:
    server = Postgres()
    server.start()
    try:
        url = await server.fresh_database()
        await migrated(url)
        async with a_world(url) as world:
            lead = await world.crm.burning()
            card = await world.card(await world.ask(OLYA, lead))
            await world.quiet()
            data = await world.button(card, "Запретить")
            server.pause()
            await world.press_data(MARAT, card, data, wait=0)
            await waits_unconfirmed(world, 1)
            assert await world.bot.parts.ready() is not None
            server.resume()
            await world.says(card, "Оформлять нельзя", "в CRM записано ✔")
            await world.told(OLYA, "Оформлять нельзя")
            await world.quiet()
            assert len(await world.crm.tagged(lead)) == 1
            assert await world.bot.parts.ready() is None
    finally:
        server.stop()

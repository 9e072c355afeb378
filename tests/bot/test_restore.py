"""A backup is put back: what was decided since is open again, and may be decided once more."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from bot.config import make_flow
from bot.flows import FLOWS
from bot.sight import by_name, read_case
from sandbox.world import MARAT, OLYA
from storage.db import Database
from storage.migrate import migrate
from storage.reports import Wanted
from tests.harness import World, a_world
from tests.packaging.project import ROOT, text
from tests.postgres import Postgres

_ALL = Wanted()
AFTER = ROOT / "deploy" / "after_restore.sql"
AFTER_SQLITE = "deploy/after_restore_sqlite.sql"


async def test_what_was_decided_after_a_backup_can_be_decided_anew(
    postgres: Postgres, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    async with postgres.database() as url:
        database = Database(url)
        await migrate(database)
        await database.close()
        async with a_world(url) as world:
            await decided_anew(
                world,
                lambda: asyncio.to_thread(postgres.dump, url, file),
                lambda: asyncio.to_thread(postgres.restore, url, file, then=AFTER),
            )


async def test_what_was_decided_after_a_backup_of_sqlite_can_be_decided_anew(
    migrated_file: Path, tmp_path: Path
) -> None:
    file, backup = tmp_path / "workchats.db", tmp_path / "backup.db"
    _copy(migrated_file, file)

    async def back_up() -> None:
        _copy(file, backup)

    async def restore() -> None:
        _copy(backup, file)
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(text(AFTER_SQLITE))

    async with a_world(f"sqlite+aiosqlite:///{file}") as world:
        await decided_anew(world, back_up, restore)
        # The number that was passed over is a case like any other to whoever looks it up.
        async with world.storage.look() as uow:
            [passed] = [one for one in await uow.reports.find(_ALL, limit=9) if not one.chat_id]
        flow, case = read_case(by_name([make_flow(kind, {}) for kind in FLOWS]), passed)
        assert world.bot.parts.cards.card(flow, case, world.clock()).text
        assert not flow.is_open(case)


def _copy(source: Path, target: Path) -> None:
    """As the documents have it: also while somebody works on the source."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


async def decided_anew(
    world: World,
    back_up: Callable[[], Awaitable[None]],
    restore: Callable[[], Awaitable[None]],
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.says(card, "Первый заказ")
    await world.quiet()
    await back_up()
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    forgotten = await world.ask(OLYA, await world.crm.burning())
    old = await world.button(await world.card(forgotten), "Разрешить")
    await world.quiet()
    await world.bot.stop()
    await world.database.close()
    await restore()
    await world.start_bot()
    await world.says(card, "Можно ли оформить?")
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "Оформлять нельзя", "в CRM записано ✔")
    tagged = await world.crm.tagged(lead)
    assert len(tagged) == 2
    again = await world.card(await world.ask(OLYA, await world.crm.burning()))
    fresh = await world.button(again, "Разрешить")
    assert int(fresh.split(":")[0]) > int(old.split(":")[0]) + 1000

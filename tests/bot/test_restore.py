"""A backup is put back: what was decided since is open again, and may be decided once more."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sandbox.world import MARAT, OLYA
from storage.db import Database
from storage.migrate import migrate
from tests.harness import a_world
from tests.packaging.project import ROOT
from tests.postgres import Postgres

AFTER = ROOT / "deploy" / "after_restore.sql"


async def test_what_was_decided_after_a_backup_can_be_decided_anew(
    postgres: Postgres, tmp_path: Path
) -> None:
    async with postgres.database() as url:
        database = Database(url)
        await migrate(database)
        await database.close()
        async with a_world(url) as world:
            lead = await world.crm.burning()
            card = await world.card(await world.ask(OLYA, lead))
            await world.says(card, "Первый заказ")
            await world.quiet()
            await asyncio.to_thread(postgres.dump, url, tmp_path / "backup")
            await world.press(MARAT, card, "Разрешить")
            await world.says(card, "в CRM записано ✔")
            forgotten = await world.ask(OLYA, await world.crm.burning())
            old = await world.button(await world.card(forgotten), "Разрешить")
            await world.bot.stop()
            await asyncio.to_thread(postgres.restore, url, tmp_path / "backup", then=AFTER)
            await world.start_bot()
            await world.says(card, "Можно ли оформить?")
            await world.press(MARAT, card, "Запретить")
            await world.says(card, "Оформлять нельзя", "в CRM записано ✔")
            tagged = await world.crm.tagged(lead)
            assert len(tagged) == 2
            again = await world.card(await world.ask(OLYA, await world.crm.burning()))
            fresh = await world.button(again, "Разрешить")
            assert int(fresh.split(":")[0]) > int(old.split(":")[0]) + 1000

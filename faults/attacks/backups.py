"""A backup is made under work, all that comes after it is lost, and it is restored."""

from __future__ import annotations

import asyncio
from collections import Counter

from sqlalchemy import text

from bench.processes import ROOT
from faults.evidence import looking
from faults.invariants.crm import TAG
from faults.scene import Act, Scene, settled
from faults.stand import Stand
from storage.db import Database

_AFTER = ROOT / "deploy" / "after_restore.sql"
_CASES = text("SELECT id, version, CASE lead WHEN '' THEN ref ELSE lead END AS lead FROM cases")
_WAIT = text(
    # One that an admin opened again at the last moment has its clock: it does not wait for ever.
    "SELECT id, lead FROM cases WHERE closed_at IS NULL AND state IN ('reading', 'waiting')"
    " AND NOT EXISTS (SELECT 1 FROM deadlines AS d WHERE d.case_id = cases.id"
    " AND d.state = 'pending')"
)


async def restored(scene: Scene, times: int) -> None:
    """As the deployment guide has it. Whatever the backup knew goes on as if nothing had happened.

    What it did not know is forgotten, and is not asked for in the end; but nothing of it is in the
    CRM twice, no case of it waits for ever, and its old buttons decide nothing else.
    """
    at, postgres = scene.at, scene.postgres
    assert postgres is not None
    for _ in range(times):
        file = at.home / "backup.dump"
        async with scene.people.at_work():
            await at.live()
            await asyncio.sleep(scene.chance.uniform(1.0, 3.0))
            scene.attack()
            # What is told from now on the backup does not know: it may be told again.
            async with scene.troubled():
                await asyncio.to_thread(postgres.dump, at.database.url.render_as_string(), file)
                await asyncio.sleep(scene.chance.uniform(1.0, 3.0))
        # What comes now is Telegram's to keep.
        for keeper in at.keepers:
            await keeper.lay_down()
        before = await _cases(at)
        at.trouble()
        await _move(at, await postgres.fresh_database())
        await asyncio.to_thread(
            postgres.restore, at.database.url.render_as_string(), file, then=_AFTER
        )
        after = await _cases(at)
        lost = {number for number in before if number not in after}
        changed = {number for number in after if after[number] != before[number]}
        forgotten = {before[number][1] for number in {*lost, *changed}}
        scene.people.ledger.forgotten |= forgotten
        pressed = len(scene.people.ledger.pressed)
        await at.live()
        await settled(scene)
        for press in scene.people.ledger.pressed[pressed:]:
            if press.case in lost and press.is_accepted:
                scene.breaks("old buttons decide nothing", f"case {press.case} is forgotten")
        await _all_is_over(scene, forgotten)


async def _all_is_over(scene: Scene, leads: set[str]) -> None:
    """Nothing of these leads is in the CRM twice, and none of their cases waits for ever."""
    for lead in leads:
        comments = (await scene.at.lead(lead))["comments"]
        tags = Counter(tag[0] for one in comments for tag in TAG.finditer(one["text"]))
        for tag, times in tags.items():
            if times > 1:
                scene.breaks("no comment is doubled", f"{tag} stands {times} times in {lead}")
    async with looking(scene.at) as connection:
        rows = await connection.execute(_WAIT)
        for row in rows:
            if row.lead in leads:
                scene.breaks("nothing is stuck", f"case {row.id} of {row.lead} waits for ever")


async def _cases(at: Stand) -> dict[int, tuple[int, str]]:
    """Version and lead of each."""
    async with looking(at) as connection:
        rows = await connection.execute(_CASES)
        return {row.id: (row.version, row.lead) for row in rows}


async def _move(at: Stand, url: str) -> None:
    """All bots have another database on the same server."""
    name = url.rpartition("/")[2]
    await at.database.close()
    at.database = Database(url)
    for keeper in at.keepers:
        there = keeper.environment["DATABASE_URL"].rpartition("/")[0]
        keeper.environment["DATABASE_URL"] = f"{there}/{name}"


ACTS = (Act(name="backup and restore", run=restored, short=1, long=5, engine="replicas"),)

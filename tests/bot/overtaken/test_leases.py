"""A replica that slept over its lease, and goes on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.flows.records import Action, Fact, Happened
from bot.writeback import LEASE
from crm_api.crmka import CrmkaCrm
from crm_api.port import Lead, LeadRef
from sandbox.world import MARAT, OLYA, OWNER
from storage.outbox import OutboxRow
from tests.harness import World
from tests.harness.time import PATIENCE


@pytest.mark.parametrize("dead", [False, True])
async def test_who_slept_over_his_lease_tells_nobody_that_it_is_not_written(
    world: World, *, dead: bool
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    worker, rows = world.bot.parts.crm_worker, list[OutboxRow]()
    deliver = worker._deliver

    async def watched(row: OutboxRow) -> None:
        rows.append(row)
        await deliver(row)

    worker._deliver = watched
    await world.press(MARAT, card, "Разрешить")
    shown = await world.says(card, "в CRM записано ✔")
    await world.quiet()
    [row] = [row for row in rows if row.kind == "write_comment"]

    what = Happened(no=int(row.payload["no"]), say="no answer in time")
    fact = Action(name=Fact.CRM_REFUSED if dead else Fact.CRM_DOWN, what=what)
    again = None if dead else world.clock() + timedelta(seconds=2)
    await world.bot.parts.facts.answered(row, fact, due_at=again, dead=dead)
    await world.quiet()

    assert await world.text(card) == shown
    assert await world.private(OWNER) == []


@pytest.mark.parametrize("word", ["Разрешить", "Запретить"])
async def test_who_slept_over_his_lease_between_his_look_and_the_write_does_not_write(
    world: World, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    """A machine that is suspended: its timers sleep too, and its clock has gone on."""
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    read, looked, wakes = CrmkaCrm.read_lead, asyncio.Event(), asyncio.Event()

    async def sleep_behind_it(crm: CrmkaCrm, ref: LeadRef) -> Lead:
        found = await read(crm, ref)
        looked.set()
        await wakes.wait()
        return found

    monkeypatch.setattr(CrmkaCrm, "read_lead", sleep_behind_it)
    await world.press(MARAT, card, word)
    async with asyncio.timeout(PATIENCE):
        await looked.wait()
    world.clock.advance(LEASE.total_seconds())
    # Nobody has written it meanwhile: his next try may.
    monkeypatch.setattr("bot.writeback._MOMENT", 60)
    wakes.set()
    await world.says(card, "CRM не отвечает")
    assert await world.crm.requests("PUT") == []

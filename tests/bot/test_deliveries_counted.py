"""`workchats_deliveries_total`, of which alarms are made: each try counts once, as it ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.budget import Budget, Limits
from bot.metrics import Metrics
from sandbox.world import MARAT, OLYA, TIMUR
from tests.bot.test_digests import a_burst
from tests.harness import World, a_world
from tests.harness.time import eventually

#: The group's minute is short at once, and no test waits for the second's.
_SHORT = Limits(all_per_second=1_000, group_per_minute=11, burst=1_000, at_ease=0)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What was counted of Telegram's deliveries since the test began."""
    outcomes = Counter[str]()

    def delivered(_self: Metrics, destination: str, outcome: str) -> None:
        if destination == "telegram":
            outcomes[outcome] += 1

    monkeypatch.setattr(Metrics, "delivered", delivered)
    return outcomes


async def test_a_row_that_is_put_off_is_later_and_nothing_else(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: dict[object, set[str]] = {}

    def delivered(_self: Metrics, destination: str, outcome: str) -> None:
        if destination == "telegram":
            # Each row is delivered by a task of its own.
            tries.setdefault(asyncio.current_task(), set()).add(outcome)

    monkeypatch.setattr(Metrics, "delivered", delivered)
    keeps_a_pace = replace(_SHORT, at_ease=11)
    async with a_world(database_url, budget=lambda: Budget(keeps_a_pace)) as world:
        await world.card(await world.ask(OLYA, await world.crm.burning()))
        await world.quiet()
        # The next word of the group's minute has its turn some seconds later.
        post = await world.ask(OLYA, await world.crm.burning())
        waits = "state = 'pending' AND attempts > 0 AND leased_until IS NULL"
        put_off = f"SELECT count(*) FROM outbox WHERE {waits}"  # noqa: S608 -- our own words
        await eventually(lambda: world.count(put_off), "the card was put off")
        await world.pass_time(30)
        await world.card(post)
        await world.quiet()
    assert {"later"} in tries.values()
    assert {"done", "later"} not in tries.values()


async def test_a_digest_counts_every_row_that_it_delivers(
    database_url: str, counted: Counter[str]
) -> None:
    async with a_burst(database_url) as (world, _, _):
        await world.quiet()
        assert counted == {"done": 4}


async def test_what_reaches_nobody_privately_is_logged_and_counted_as_dead(
    world: World, counted: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    await world.quiet()
    world.tg.telegram.world.people[TIMUR.id].blocked = True
    words = {"what": "owners_only", "words": {}, "chat": TIMUR.id, "topic": 0, "reply_to": 0}
    async with world.storage.change() as uow:
        await uow.outbox.add(
            now=world.clock(), destination="telegram", lane=f"chat:{TIMUR.id}", kind="say",
            payload=words,
        )  # fmt: skip
    await world.quiet()
    assert await world.count("SELECT count(*) FROM outbox WHERE state = 'dead'") == 1
    assert counted == {"dead": 1}
    # Whose it was stands in no log.
    assert "event=telegram_refused" in (log := capsys.readouterr().out)
    assert str(TIMUR.id) not in log


async def test_what_is_told_in_the_group_instead_counts_as_delivered(
    world: World, counted: Counter[str]
) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    counted.clear()
    world.tg.telegram.world.people[OLYA.id].blocked = True
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert set(counted) == {"done"}


async def test_what_is_due_later_raises_no_alarm(world: World) -> None:
    parts, now, hour = world.bot.parts, world.clock(), timedelta(hours=1)
    async with world.storage.change() as uow:
        await uow.outbox.add(
            now=now - hour, destination="telegram", lane="chat:1", kind="say", payload={},
            due_at=now + hour,
        )  # fmt: skip
    await parts.tidying.measure()
    figures = parts.metrics.text().decode().splitlines()
    assert 'workchats_outbox_depth{destination="telegram"} 1.0' in figures
    assert 'workchats_outbox_age_seconds{destination="telegram"} 0.0' in figures

"""The clock: pings, the end of waiting, and posts that are found late."""

from __future__ import annotations

import pytest

from sandbox.world import LENA, MARAT, OLYA, TIMUR
from tests.harness import World, a_world
from tests.harness.world import buttons_of


async def test_admins_who_started_the_bot_are_pinged_after_60_and_180_seconds(
    world: World,
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.pass_time(50)
    await world.quiet()
    assert await world.private(MARAT) == []
    await world.pass_time(12)
    for admin in (MARAT, LENA):
        await world.told(admin, "Оператор ждёт", lead)
    await world.quiet()
    await world.pass_time(100)
    await world.quiet()
    assert len(await world.private(MARAT)) == 1
    await world.pass_time(20)
    await world.quiet()
    assert len(await world.private(MARAT)) == 2
    assert "⏰" in await world.text(card)
    assert await world.private(OLYA) == []


async def test_the_one_who_asks_is_not_pinged_for_his_own_post(world: World) -> None:
    await world.card(await world.ask(MARAT, await world.crm.burning()))
    await world.quiet()
    await world.pass_time(61)
    await world.told(LENA, "Оператор ждёт")
    await world.quiet()
    assert await world.private(MARAT) == []


async def test_a_case_closes_without_an_answer_after_15_minutes(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    data = await world.button(card, "Разрешить")
    await world.quiet()
    await world.pass_time(14 * 60)
    await world.quiet()
    assert "Без ответа" not in await world.text(card)
    await world.pass_time(61)
    await world.says(card, "Без ответа, оформлять нельзя")
    await world.told(OLYA, "Админы не ответили", "оформлять нельзя")
    await world.quiet()
    assert buttons_of(await world.message(card)) == []
    late = await world.press_data(MARAT, card, data)
    assert late.alert
    assert "время вышло" in late.text
    assert await world.crm.tagged(lead) == []


async def test_a_decision_ends_the_waiting(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    await world.pass_time(16 * 60)
    await world.quiet()
    assert "Можно оформлять" in await world.text(card)
    assert await world.private(LENA) == []


async def test_a_deadline_that_fails_holds_up_no_others(world: World) -> None:
    for who in (OLYA, TIMUR):
        await world.card(await world.ask(who, await world.crm.burning()))
    await world.quiet()
    async with world.storage.change() as uow:
        broken = await uow.cases.locked(1)
        assert broken is not None
        # As if a release had forgotten a state.
        await uow.cases.save(broken, state="no_such_state")
    await world.pass_time(61)
    await world.told(MARAT, "Оператор ждёт", "Тимур Демо")


async def test_what_fell_due_while_nobody_ran_is_done_afterwards(world: World) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    await world.bot.stop()
    world.clock.advance(16 * 60)
    await world.start_bot()
    await world.bot.look_around()
    await world.says(card, "Без ответа, оформлять нельзя")


async def test_a_post_that_is_found_late_is_judged_by_its_own_time(world: World) -> None:
    await world.bot.stop()
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead)
    world.clock.advance(20 * 60)
    await world.start_bot()
    await world.card(post, "Без ответа, оформлять нельзя")
    await world.quiet()
    assert await world.private(MARAT) == []


async def test_the_times_are_settings(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUPLICATES_FIRST_PING", "5")
    async with a_world(database_url) as world:
        await world.card(await world.ask(OLYA, await world.crm.burning()))
        await world.quiet()
        await world.pass_time(6)
        await world.told(MARAT, "Оператор ждёт")

"""The evening summary: the day's figures, to whom they belong, once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.world import IRINA, MARAT, OLYA, OWNER, TIMUR, DemoPerson
from tests.harness import World, a_world
from tests.harness.life import Life

_ZONE = ZoneInfo("Europe/Moscow")


async def at(world: World, hour: int, minute: int = 0) -> None:
    """Let it be so late; tomorrow, if that is over."""
    now = world.clock().astimezone(_ZONE)
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if then <= now:
        then += timedelta(days=1)
    world.clock.advance((then - now).total_seconds())
    if world.life is not None:
        await world.bot.look_around()


async def tidied(world: World, life: Life | None = None) -> None:
    """What the bot does every ten seconds."""
    await (life or world.bot).parts.tidying.tidy()
    await world.quiet()


async def give(world: World, who: DemoPerson, role: str, **more: Any) -> None:
    await world.give(who, role)
    if more:
        async with world.storage.change() as uow:
            await uow.people.set_duty(who.id, **more)


async def summaries(world: World, who: DemoPerson) -> list[str]:
    return [text for text in await world.private(who) if "итоги" in text]


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A morning at ten; Ирина is the supervisor."""
    async with a_world(database_url, running=False, summary_time="20:00") as made:
        await at(made, 10)
        await made.arrive(IRINA)
        await give(made, IRINA, "supervisor")
        made.tg.telegram.updates.drop_pending()
        await made.start_bot()
        yield made


async def asked(world: World, who: DemoPerson = OLYA) -> int:
    lead = await world.crm.lead()
    card = await world.card(await world.ask(who, lead))
    await world.says(card, "Дублей в CRM нет")
    return card


async def answered(world: World, after: float) -> None:
    """A question that Марат answers so many seconds later."""
    card = await asked(world)
    await world.quiet()
    await world.pass_time(after)
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")


async def test_a_day_in_figures(world: World) -> None:
    await answered(world, 20)
    await answered(world, 40)
    await answered(world, 100)
    left = await asked(world)
    await world.quiet()
    await world.pass_time(16 * 60)
    await world.says(left, "Без ответа")
    withdrawn = await asked(world, TIMUR)
    await world.press(TIMUR, withdrawn, "Отозвать")
    await world.says(withdrawn, "Отозвано")
    await at(world, 19, 59)
    await asked(world)
    await tidied(world)
    assert await summaries(world, IRINA) == []
    await at(world, 20)
    await tidied(world)
    [text] = await summaries(world, IRINA)
    assert text.startswith("РФ Админы, итоги ")
    assert "Открыто за день: 6 · решено: 3" in text
    found = re.search(r"обычно (\d+) с ", text)
    assert found is not None
    assert 40 <= int(found[1]) < 60
    # The one of a hundred seconds, and the one that nobody answers since 19:59.
    assert re.search(r"Поздно: [12], без ответа: 1", text)
    assert "Ещё ждут: 1" in text
    assert await summaries(world, OWNER) == []


async def test_yesterday_is_not_today_but_who_waits_since_then_still_waits(world: World) -> None:
    await answered(world, 20)
    await at(world, 9)
    await tidied(world)
    assert await summaries(world, IRINA) == []
    await at(world, 20)
    await tidied(world)
    assert await summaries(world, IRINA) == [], "a day without anything needs no summary"


async def test_once_a_day_whoever_runs_and_however_often(world: World) -> None:
    await answered(world, 20)
    await at(world, 20)
    other = Life(world.settings, world.clock)
    if not world.database.is_sqlite:
        await other.start()
        await tidied(world, other)
    for _ in range(3):
        await tidied(world)
    if not world.database.is_sqlite:
        await other.stop()
    await world.restart_bot()
    await tidied(world)
    assert len(await summaries(world, IRINA)) == 1
    await at(world, 12)
    await answered(world, 20)
    await at(world, 20)
    await tidied(world)
    assert len(await summaries(world, IRINA)) == 2


async def test_a_group_that_became_a_supergroup_that_evening_has_one(database_url: str) -> None:
    async with a_world(database_url, kind="group", summary_time="20:00") as world:
        await at(world, 10)
        await world.arrive(IRINA)
        await give(world, IRINA, "supervisor")
        await answered(world, 20)
        await at(world, 20)
        await tidied(world)
        assert len(await summaries(world, IRINA)) == 1

        world.group = await world.tg.control.migrate(world.group)
        await world.quiet()
        await world.restart_bot()
        await tidied(world)

        assert len(await summaries(world, IRINA)) == 1


async def test_a_bot_that_was_down_at_that_time_tells_it_later_the_same_day(world: World) -> None:
    await answered(world, 20)
    await world.bot.stop()
    await at(world, 23, 30)
    await world.start_bot()
    await tidied(world)
    assert len(await summaries(world, IRINA)) == 1


async def test_the_next_day_it_is_too_late(world: World) -> None:
    await answered(world, 20)
    await world.bot.stop()
    await at(world, 20)
    await at(world, 8)
    await world.start_bot()
    await tidied(world)
    assert await summaries(world, IRINA) == []


async def test_a_supervisor_off_duty_has_his_evening_and_the_owner_reads_it(world: World) -> None:
    await give(world, IRINA, "supervisor", on=False)
    await world.start(OWNER)
    await answered(world, 20)
    await at(world, 20)
    await tidied(world)
    assert await summaries(world, IRINA) == []
    assert len(await summaries(world, OWNER)) == 1


async def test_each_chat_has_its_own(world: World) -> None:
    other = await world.new_group("Вторые админы")
    await world.bind(other)
    async with world.storage.change() as uow:
        await uow.chats.entered(other, "Вторые админы", by=OWNER.id, now=world.clock())
    lead = await world.crm.lead()
    await world.card(await world.post(OLYA, world.crm.link(lead), chat=other), chat=other)
    await answered(world, 20)
    await at(world, 20)
    await tidied(world)
    first, second = sorted(await summaries(world, IRINA))
    assert "Вторые админы" in second + first
    assert "решено: 1" in second + first
    assert "решено: 0" in second + first


async def test_it_can_be_turned_off(database_url: str) -> None:
    async with a_world(database_url, summary_time="off") as world:
        await at(world, 21)
        await answered(world, 20)
        await tidied(world)
        assert await summaries(world, OWNER) == []


async def test_a_question_asked_anew_is_waited_for_anew(world: World) -> None:
    lead = await world.crm.lead()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    await world.pass_time(3600)
    again = await world.card(await world.ask(OLYA, lead), "Уже решено")
    await world.pass_time(1800)
    await world.press(OLYA, again, "Спросить заново")
    await world.says(again, "Можно ли оформить")
    await world.quiet()
    await world.pass_time(30)
    await world.press(MARAT, again, "Разрешить")
    await world.says(again, "в CRM записано ✔")
    await at(world, 20)
    await tidied(world)
    [text] = await summaries(world, IRINA)
    assert "решено: 2" in text
    assert "Вовремя ответили всем" in text

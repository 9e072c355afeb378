"""A press that Telegram brings again, and two who press at once: each counts once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.cards import Card, Key
from bot.enqueue import lane_of
from bot.flows.records import Actor
from bot.sight import Sight
from bot.telegram import Messenger
from sandbox.world import KOSTYA, LENA, MARAT, OLYA, ZARINA
from tests.harness import World, a_world, eventually
from tests.harness.world import buttons_of

CHANGED = ("Карточка уже изменилась, посмотрите на неё ещё раз", True)


@pytest.fixture
async def it(database_url: str) -> AsyncIterator[World]:
    """«КЦ IT Вопросы»."""
    async with a_world(database_url) as running:
        await running.open_chat("it")
        yield running


async def deeds(world: World) -> list[str]:
    """What people did to cases, besides posts."""
    rows = await world.rows(
        "SELECT action FROM history WHERE actor_id IS NOT NULL AND action <> 'open' ORDER BY id"
    )
    return [row[0] for row in rows]


async def comes_again(world: World, nth: int = 0) -> None:
    """Telegram brings the `nth` of the presses so far once more, under another update id."""
    telegram = world.tg.telegram
    presses = [one for one in telegram.world.confirmed if one.kind == "callback_query"]
    telegram.updates.push(
        presses[nth].kind, presses[nth].payload, message_ref=presses[nth].message_ref
    )
    await world.quiet()


# --- brought again --------------------------------------------------------------------------------


async def test_a_press_that_comes_again_after_the_way_back_counts_once(it: World) -> None:
    card = await it.card(await it.post(OLYA, "CRM зависла"), "кто возьмёт?")
    await it.press(KOSTYA, card, "Беру")
    await it.press(KOSTYA, card, "Вернуть")
    await it.quiet()
    told = await it.private(OLYA)

    await comes_again(it)

    assert await deeds(it) == ["take", "give_back"]
    assert await it.rows("SELECT state, version FROM cases") == [("new", 3)]
    assert await it.private(OLYA) == told
    assert (await it.press(KOSTYA, card, "Беру")).text == "Заявка ваша, оператору скажу."
    assert await deeds(it) == ["take", "give_back", "take"]


async def test_presses_that_come_again_with_those_behind_them_count_once(it: World) -> None:
    card = await it.card(await it.post(OLYA, "CRM зависла"), "кто возьмёт?")
    for word in ("Беру", "Вернуть", "Беру"):
        await it.press(KOSTYA, card, word)
    await it.quiet()

    await it.tg.control.redeliver(3)
    await it.quiet()

    assert await deeds(it) == ["take", "give_back", "take"]
    assert (await it.rows("SELECT state FROM cases"))[0] == ("taken",)


async def test_a_press_is_answered_as_before_when_it_comes_again(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead, "гляньте"))
    data = await world.button(card, "Это про товар")

    answer = await world.press_data(MARAT, card, data, repeat=3)
    await world.quiet()

    assert (answer.text, answer.alert) == ("Переключено.", False)
    assert await deeds(world) == ["switch"]
    assert "Можно ли добавить товар?" in await world.text(card)


async def test_a_call_that_nobody_answered_is_no_second_one_an_hour_later(
    database_url: str,
) -> None:
    async with a_world(database_url) as world:
        await world.open_chat("returns")
        lead = await world.crm.lead()
        card = await world.card(await world.ask(OLYA, lead, "брак, хочет вернуть"))
        for word in ("Беру", "Недозвон"):
            await world.press(ZARINA, card, word)
        await world.quiet()
        await world.pass_time(3601)
        await world.button(card, "Недозвон")
        await world.quiet()

        await comes_again(world, 1)

        assert await deeds(world) == ["take", "no_answer"]
        await world.press(ZARINA, card, "Недозвон")
        assert await deeds(world) == ["take", "no_answer", "no_answer"]


async def test_an_id_that_is_longer_than_any_decides_all_the_same(world: World) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    world.tg.telegram.world.next_query_id = int("9" * 3000)

    await world.press_data(MARAT, card, await world.button(card, "Разрешить"), wait=0)
    await world.quiet()

    assert await deeds(world) == ["allow"]
    assert await world.count("SELECT count(*) FROM set_aside") == 0


# --- quicker than we are --------------------------------------------------------------------------


async def test_a_way_back_that_is_pressed_before_its_edit_is_noted_is_shown(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The press reads the card as it was before that edit, and as it shall be again."""
    answers = asyncio.Event()

    @web.middleware
    async def slow(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if request.path.endswith("/editMessageText"):
            await answers.wait()
        return answer

    async with a_world(database_url, middleware=slow) as it:
        await it.open_chat("it")
        card = await it.card(await it.post(OLYA, "CRM зависла"), "кто возьмёт?")
        await it.quiet()
        parts, lane = it.bot.parts, lane_of(it.group)
        actor = Sight.actor

        async def lane_is_free() -> bool:
            return lane not in parts.telegram_worker._lanes

        async def slowly(*who: Any) -> Actor:
            """The press has read the case; the edit is answered, and noted where it can be."""
            answers.set()
            if "postgresql" in database_url:
                await eventually(lane_is_free, "the edit is noted")
            return await actor(*who)

        await it.press(KOSTYA, card, "Беру")
        await it.button(card, "Вернуть")
        with monkeypatch.context() as patch:
            patch.setattr(Sight, "actor", slowly)
            await it.press(KOSTYA, card, "Вернуть")

        await it.says(card, "кто возьмёт?")
        await it.button(card, "Беру")


# --- two at once ----------------------------------------------------------------------------------


async def test_two_admins_who_switch_at_once_switch_once(world: World) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning(), "гляньте"))
    data = await world.button(card, "Это про товар")

    answers = await asyncio.gather(*(world.press_data(who, card, data) for who in (MARAT, LENA)))
    await world.quiet()

    said = sorted((answer.text, answer.alert) for answer in answers)
    assert said == [CHANGED, ("Переключено.", False)]
    assert await deeds(world) == ["switch"]
    assert "Можно ли добавить товар?" in await world.text(card)


async def test_a_double_tap_swaps_prices_once(world: World) -> None:
    await world.bind(world.group, flow="anomalies")
    card = await world.card(await world.ask(OLYA, await world.crm.lead(), "4990/3990"))
    data = await world.button(card, "Поменять местами")

    answers = [await world.press_data(MARAT, card, data) for _ in range(2)]

    assert {(answer.text, answer.alert) for answer in answers} == {("Поменял местами.", False)}
    await world.says(card, "В скрипте 3\u00a0990")
    assert await deeds(world) == ["swap"]


# --- cards of the release before ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flow", "asks", "word", "old"),
    [
        ("duplicates", "гляньте", "Это про товар", "switch"),
        ("anomalies", "4990/3990", "Поменять местами", "swap"),
    ],
)
async def test_a_button_that_says_not_enough_does_nothing_and_the_card_is_shown_anew(
    world: World, flow: str, asks: str, word: str, old: str
) -> None:
    await world.bind(world.group, flow=flow)
    card = await world.card(await world.ask(OLYA, await world.crm.burning(), asks))
    data = await world.button(card, word)
    await world.quiet()
    await looks_as_before(world, card, f"1:1:{old}")

    answer = await world.press_data(MARAT, card, f"1:1:{old}")

    assert (answer.text, answer.alert) == CHANGED
    await world.quiet()
    assert (word, data) in buttons_of(await world.message(card))
    assert await deeds(world) == []
    # And a second tap of him who has done it with the new one is told the same.
    await world.press(MARAT, card, word)
    again = await world.press_data(MARAT, card, f"1:1:{old}")
    assert (again.text, again.alert) == CHANGED
    assert len(await deeds(world)) == 1


async def looks_as_before(world: World, card: int, data: str) -> None:
    """The card as an earlier release has left it: with one such button."""
    was = Card(text="как раньше", buttons=((Key(text="Кнопка", data=data),),))
    await Messenger(world.bot.parts.bot).edit(world.group, card, was)
    async with world.storage.change() as uow:
        noted = await uow.messages.card(1)
        assert noted is not None
        await uow.messages.note(noted._replace(shown=was.fingerprint))

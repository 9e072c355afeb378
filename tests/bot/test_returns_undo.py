"""«Отменить решение» in «Возврат Обмен» through the real engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.world import OLYA, TIMUR, ZARINA
from tests.bot.test_returns import RETURN, WORDS, open_chat
from tests.harness import World, a_world
from tests.harness.crm import CONFIRMED

UNDO = "Отменить решение"


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with a_world(database_url) as running:
        await open_chat(running)
        yield running


async def test_an_outcome_that_was_a_slip_is_taken_back(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead, WORDS))
    for word in ("Беру", "Дозвонились", "Отказано"):
        await world.press(ZARINA, card, word)
    await world.told(OLYA, "Отказано — Зарина Демо")
    await world.crm.comment(lead, "итог: отказано")

    assert (await world.press(ZARINA, card, UNDO)).text == "Отменено. Смотрите карточку."

    await world.says(card, "Дозвонились. Чем закончилось?", "Зарина Демо отменил(а) своё решение")
    await world.told(OLYA, "Итог отменён, клиентом занимаются дальше")
    await world.crm.comment(lead, "отменено: Зарина Демо")
    await world.press(ZARINA, card, "Обмен")
    await world.told(OLYA, "Обмен — Зарина Демо")
    await world.quiet()
    assert await world.crm.status(lead) == RETURN
    assert len(await world.crm.tagged(lead)) == 4


async def test_a_sale_that_was_trashed_by_a_slip_is_confirmed_again(world: World) -> None:
    lead = await world.crm.burning(statuses=[CONFIRMED])
    card = await world.card(await world.ask(OLYA, lead, WORDS), "это заявка текущего звонка?")
    await world.press(OLYA, card, "Да, этот звонок")
    await world.says(card, "«Брак обмен» · комментарий")
    assert await world.crm.status(lead) == RETURN

    await world.press(OLYA, card, UNDO)

    await world.says(card, "это заявка текущего звонка?", "отменил(а) своё решение")
    await world.crm.comment(lead, "отменено: Оля Демо")
    await world.quiet()
    assert await world.crm.status(lead) == CONFIRMED


async def test_a_phone_that_is_asked_about_anew_already_goes_on_there(world: World) -> None:
    phone = world.crm.new_phone()
    await world.crm.lead(phones=[phone], statuses=[CONFIRMED])
    card = await world.card(await world.post(OLYA, f"+{phone} вернуть"), "какой заказ?")
    await world.press(ZARINA, card, "Нужного нет")
    await world.says(card, "Нужного заказа нет")
    again = await world.card(await world.post(TIMUR, f"+{phone} вернуть деньги"), "какой заказ?")

    answer = await world.press(ZARINA, card, UNDO)

    assert (answer.text, answer.alert) == (
        "О лиде уже спрашивают заново: решайте на новой карточке", True
    )  # fmt: skip
    await world.quiet()
    await world.says(card, "Нужного заказа нет")
    await world.press(ZARINA, again, "Нужного нет")
    await world.press(ZARINA, again, UNDO)
    await world.says(again, "какой заказ?", "отменил(а) своё решение")
    await world.told(TIMUR, "Отменено, заказ ещё не выбран")

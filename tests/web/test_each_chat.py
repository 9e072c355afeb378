"""One case of each working chat, walked in a browser through the demo: its ready post, its card,
the right person's press, and what came of it on the card, in the lead and in private.

«РФ Админы» is walked by `test_whole_job.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.web.demo import running_demo
from tests.web.pages import (
    become,
    lead_page,
    message,
    open_chat,
    press,
    ready_post,
    send,
    visit,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of one demo for all walks."""
    async with running_demo(tmp_path_factory.mktemp("demo")) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="module")
async def page(demo: str, browser_page: Page) -> Page:
    await visit(browser_page, demo)
    return browser_page


async def stands_in(page: Page, chat: str, person: str) -> None:
    """Be somebody, in one of his chats."""
    await become(page, person)
    await open_chat(page, chat)


async def is_in_the_lead(page: Page, card: str, lead: str, words: str) -> None:
    """The card's link opens the lead's page, and there it says so."""
    await message(page, card).get_by_role("link", name=lead).click()
    await expect(lead_page(page).get_by_text(words).first).to_be_visible()


async def is_told(page: Page, person: str, words: str) -> None:
    """The bot has said so to that person in private."""
    await stands_in(page, "Рабочие чаты", person)
    await expect(message(page, words)).to_be_visible()


async def test_a_refusal_is_pinned_to_the_first_who_talked_but_not_by_its_poster(
    page: Page,
) -> None:
    chat = "Не проставленные отказы (Удаленка)"
    await stands_in(page, chat, "Оля")
    await ready_post(page, "Отказ не на том")
    await expect(message(page, "Закрепить отказ за: Паузин Роман?")).to_be_visible()
    await press(page, "Закрепить")
    await expect(page.get_by_role("dialog")).to_contain_text("Решает супервайзер")
    await page.get_by_role("button", name="ОК").click()
    await stands_in(page, chat, "Ирина")
    await press(page, "Закрепить")
    card = message(page, "Отказ за: Паузин Роман")
    await expect(card).to_contain_text("Ирина Демо")
    await expect(card).to_contain_text("в CRM записано")
    await is_in_the_lead(page, "в CRM записано", "12ad97526e", "Отказ закрепить за: Паузин Роман")
    await is_told(page, "Оля", "Отказ за: Паузин Роман")


async def test_an_admin_says_which_price_holds(page: Page) -> None:
    await stands_in(page, "Аномальные заказы", "Оля")
    await ready_post(page, "Цены разные")
    await expect(message(page, "Какая цена действует?")).to_contain_text("на сайте 4 990 ₽")
    await stands_in(page, "Аномальные заказы", "Марат")
    await press(page, "Цена сайта")
    card = message(page, "Действует цена сайта: 4 990 ₽")
    await expect(card).to_contain_text("Марат Демо")
    await expect(card).to_contain_text("в CRM записано")
    await is_in_the_lead(page, "в CRM записано", "f5086aeebb", "Действует цена сайта 4 990 ₽")
    await is_told(page, "Оля", "Действует цена сайта")


async def test_a_return_is_marked_called_back_and_ended(page: Page) -> None:
    await stands_in(page, "Возврат Обмен", "Оля")
    await ready_post(page, "Брак, прошлый заказ выкуплен")
    await expect(message(page, "Перезвонить до")).to_contain_text("«Брак обмен»")
    await stands_in(page, "Возврат Обмен", "Зарина")
    await press(page, "Беру")
    await expect(message(page, "Перезвонить до")).to_contain_text("Зарина Демо")
    await press(page, "Дозвонились")
    await press(page, "Возврат денег")
    await expect(message(page, "Возврат денег")).to_contain_text("в CRM записано")
    await is_in_the_lead(page, "в CRM записано", "c81f4d7b03", "итог: возврат денег")
    await expect(lead_page(page).get_by_text("брак обмен").first).to_be_visible()
    await is_told(page, "Оля", "Возврат денег — Зарина Демо")


async def test_a_ticket_is_taken_solved_and_comes_back_when_it_did_not_help(page: Page) -> None:
    await stands_in(page, "КЦ IT Вопросы", "Оля")
    await ready_post(page, "Нет баланса звонков")
    await expect(message(page, "Баланс звонков: кто возьмёт?")).to_be_visible()
    await stands_in(page, "КЦ IT Вопросы", "Костя")
    await press(page, "Беру")
    await expect(message(page, "занимается Костя Демо")).to_be_visible()
    await press(page, "Решено")
    await expect(message(page, "Решено: Баланс звонков")).to_contain_text("в CRM записано")
    await is_in_the_lead(page, "в CRM записано", "0f9b3ca827", "КЦ IT, решено")
    await is_told(page, "Оля", "Решено: Баланс звонков")
    await open_chat(page, "КЦ IT Вопросы")
    await press(page, "Не решено")
    await expect(message(page, "Баланс звонков: кто возьмёт?")).to_contain_text("Не помогло")
    await is_told(page, "Костя", "Не решено: Баланс звонков")


async def test_a_longer_lunch_waits_for_the_supervisor_and_ends_with_a_word(page: Page) -> None:
    await stands_in(page, "Проект Белкин", "Оля")
    await ready_post(page, "Обед подольше")
    await expect(message(page, "Обед 45 мин: согласовать?")).to_be_visible()
    await stands_in(page, "Проект Белкин", "Ирина")
    await press(page, "Согласовать")
    await expect(message(page, "Обед до")).to_contain_text("Согласовано: Ирина Демо")
    await is_told(page, "Оля", "Согласовано: обед до")
    await open_chat(page, "Проект Белкин")
    await send(page, "/pauses")
    await expect(message(page, "Не на линии: 1")).to_contain_text("Оля Демо")
    await send(page, "вернулась")
    await expect(message(page, "На линии с")).to_contain_text("Оля Демо")


async def test_a_status_is_looked_up_while_typing_and_sent_in_ones_own_name(page: Page) -> None:
    await stands_in(page, "РФ Админы", "Оля")
    await page.get_by_role("textbox", name="Сообщение").fill("@workchats_bot дорого")
    offered = page.get_by_role("group", name="Что предлагает бот")
    await offered.get_by_role("button", name="100").click()
    await expect(message(page, "через @workchats_bot")).to_contain_text("дорого")

"""The chat page in a real Chromium: people, chats, topics, a phone, a lost line."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from sandbox.web.app import Suggestion
from sandbox.world import ANUSH, MARAT, OLYA, OWNER, settle
from tests.web.hand import LEAD, Stage, crm_page, sandbox_with_page
from tests.web.pages import PHONE, become, lead_page, message, open_chat, overflows, send, visit

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_link_to_a_message_opens_its_chat_there(
    page: Page, stage: Stage, group: int
) -> None:
    card = await stage.bot.card(group, "та самая карточка")
    link = f"https://t.me/c/{str(group).removeprefix('-100')}/{card['message_id']}"
    await stage.bot.call(
        "sendMessage",
        chat_id=OLYA.id,
        text=f'<a href="{link}">Открыть карточку</a>',
        parse_mode="HTML",
    )
    await open_chat(page, "Рабочие чаты")
    await page.get_by_role("link", name="Открыть карточку").click()
    await expect(page.locator("#thread-head h2")).to_have_text("РФ Админы")
    await expect(message(page, "та самая карточка")).to_be_in_viewport()


async def test_what_others_have_not_read_is_counted_at_their_face(page: Page) -> None:
    await send(page, "раз")
    await send(page, "два")
    await expect(page.get_by_role("radio", name="Марат")).to_contain_text("2")
    await become(page, "Марат")
    await expect(page.locator(".unread-mark")).to_be_visible()
    await become(page, "Оля")
    await expect(page.get_by_role("radio", name="Марат").locator(".badge")).to_have_count(0)


async def test_who_has_not_started_the_bot_gets_a_button_to_start_it(
    page: Page, stage: Stage
) -> None:
    await become(page, "Ануш")
    await open_chat(page, "Рабочие чаты")
    await page.get_by_role("button", name="Запустить").click()
    await expect(message(page, "/start")).to_be_visible()
    await stage.bot.call("sendMessage", chat_id=ANUSH.id, text="Здравствуйте, Ануш")
    await expect(message(page, "Здравствуйте, Ануш")).to_be_visible()

    await page.get_by_role("button", name="Действия с чатом").click()
    await page.get_by_role("menuitem", name="Остановить бота").click()
    await page.get_by_role("button", name="Перезапустить").click()
    await expect(page.get_by_role("textbox", name="Сообщение")).to_be_visible()


async def test_a_stranger_has_only_the_private_chat(page: Page) -> None:
    await become(page, "Гость")
    await expect(page.locator("#chats button")).to_have_count(1)
    await expect(page.locator("#chats")).to_contain_text("Рабочие чаты")


async def test_a_forum_is_read_by_its_topics(page: Page, stage: Stage) -> None:
    control = stage.sandbox.control
    forum = await control.chat("Форум", creator=OWNER.id, members=[OLYA.id], is_forum=True)
    topic = await control.topic(forum["id"], "Связь")
    await control.post(forum["id"], OWNER.id, "общее")
    await open_chat(page, "Форум")
    await page.get_by_role("tab", name="Связь").click()
    await expect(message(page, "общее")).to_have_count(0)
    await send(page, "нет звука")
    [*_, last] = await control.messages(forum["id"])
    assert (last["text"], last["message_thread_id"]) == ("нет звука", topic["id"])


async def test_a_group_that_became_a_supergroup_is_followed(page: Page, stage: Stage) -> None:
    control = stage.sandbox.control
    old = await control.chat("Старая", creator=OWNER.id, members=[OLYA.id], kind="group")
    await control.post(old["id"], OWNER.id, "на старом месте")
    await open_chat(page, "Старая")
    await expect(message(page, "на старом месте")).to_be_visible()
    new = await control.migrate(old["id"])
    await expect(message(page, "на старом месте")).to_have_count(0)
    await control.post(new, OWNER.id, "на новом месте")
    await expect(message(page, "на новом месте")).to_be_visible()
    await expect(page.locator("#chats").get_by_role("button", name="Старая")).to_have_count(1)


async def test_a_newcomer_finds_the_first_ready_post_wherever_somebody_has_written_last(
    browser_page: Page,
) -> None:
    another = Suggestion(text="3990/4990", label="Две цены", chat_title="Аномальные заказы")
    async with crm_page() as crm_url, sandbox_with_page(crm_url, more=(another,)) as sandbox:
        ids = await settle(sandbox.url, sandbox.telegram.world.bot.username)
        await sandbox.control.advance(5)
        await sandbox.control.post(ids["Аномальные заказы"], MARAT.id, "я на месте")
        await visit(browser_page, sandbox.url)
        await expect(browser_page.locator("#thread-head h2")).to_have_text("РФ Админы")


async def test_a_lost_line_is_said_and_taken_up_again(browser_page: Page, tmp_path: Path) -> None:
    state = tmp_path / "telegram.json"
    banner = browser_page.get_by_text("Нет связи с песочницей")
    async with crm_page() as crm_url:
        async with sandbox_with_page(crm_url, state=state) as first:
            ids = await settle(first.url, first.telegram.world.bot.username)
            await visit(browser_page, first.url)
            await open_chat(browser_page, "РФ Админы")
            await expect(banner).to_be_hidden()
            port = int(first.url.rsplit(":", 1)[1])
        await expect(banner).to_be_visible()
        async with sandbox_with_page(crm_url, port=port, state=state) as second:
            await second.control.post(ids["РФ Админы"], MARAT.id, "пока связи не было")
            await expect(banner).to_be_hidden()
            await expect(message(browser_page, "пока связи не было")).to_be_visible()


async def test_a_phone_shows_one_column_and_the_way_back(phone: Page) -> None:
    await expect(phone.locator("#thread")).to_be_hidden()
    await open_chat(phone, "РФ Админы")
    await expect(phone.locator("#sidebar")).to_be_hidden()
    assert not await overflows(phone)
    await phone.get_by_role("button", name="Назад к чатам").click()
    await expect(phone.locator("#sidebar")).to_be_visible()
    await become(phone, "Марат")
    await expect(phone.get_by_role("radio", name="Марат")).to_be_hidden()
    await open_chat(phone, "РФ Админы")
    await become(phone, "Лена")
    await expect(phone.locator("#thread-head h2")).to_have_text("РФ Админы")


async def test_on_a_phone_the_lead_card_covers_the_page(phone: Page, stage: Stage) -> None:
    await open_chat(phone, "РФ Админы")
    row = await send(phone, stage.link())
    await row.get_by_role("link").click()
    await expect(lead_page(phone)).to_contain_text(LEAD)
    box = await phone.locator("#lead").bounding_box()
    assert box is not None
    assert [round(box["width"]), round(box["height"])] == list(PHONE)
    await phone.get_by_role("button", name="Закрыть карточку").click()
    await expect(row).to_be_visible()

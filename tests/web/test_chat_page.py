"""The chat page in a real Chromium, with a hand-driven bot behind it: messages and presses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Page, expect

from sandbox.world import MARAT, OLYA
from tests.web.hand import LEAD, HandBot, Stage
from tests.web.pages import deed, lead_page, message, open_chat, press, send

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def post_with_link(bot: HandBot) -> dict[str, Any]:
    """The next post that has a lead link, as the bot gets it."""
    while True:
        post = await bot.next("message")
        if "/orders/" in post.get("text", ""):
            return post


async def test_the_hints_lead_a_newcomer_through_the_whole_job(
    page: Page, stage: Stage, group: int
) -> None:
    guide = page.locator("#guide")
    await expect(guide).to_contain_text("Отправьте готовый пост")
    await page.get_by_role("button", name="Отправить: Шуруповёрт").click()
    post = await post_with_link(stage.bot)
    reply = {"message_id": post["message_id"]}
    card = await stage.bot.card(group, "<b>Дубль</b> · МАКИТА", reply_parameters=reply)

    await open_chat(page, "КЦ IT Вопросы")
    await expect(guide).to_be_empty()
    await open_chat(page, "РФ Админы")
    await guide.get_by_role("button", name="Стать админом: Марат").click()
    await expect(page.locator("#me b")).to_have_text("Марат Демо")
    await press(page, "Разрешить")
    query = await stage.bot.next("callback_query")
    assert (query["from"]["id"], query["data"]) == (MARAT.id, "allow")
    await stage.bot.call(
        "editMessageText",
        chat_id=group,
        message_id=card["message_id"],
        text="Разрешено: Марат Демо",
    )
    await stage.bot.answer(query, "Записываю в CRM")
    await expect(page.locator("#toasts")).to_have_text("Записываю в CRM")
    row = message(page, "Разрешено: Марат Демо")
    await expect(row.locator(".stamp")).to_contain_text("изменено")
    await expect(row.locator(".key")).to_have_count(0)

    await guide.get_by_role("button", name="Открыть карточку лида").click()
    await expect(lead_page(page)).to_contain_text(f"Карточка лида {LEAD}")
    await expect(guide).to_contain_text("Готово")
    await guide.get_by_role("button", name="Больше не подсказывать").click()
    await expect(guide).to_be_empty()
    await page.reload()
    await expect(page.locator("#thread-head h2")).to_have_text("РФ Админы")
    await expect(guide).to_be_empty()


async def test_a_suggestion_can_be_pasted_to_be_changed_first(page: Page, stage: Stage) -> None:
    await page.get_by_role("button", name="Вставить: Шуруповёрт").click()
    box = page.get_by_role("textbox", name="Сообщение")
    await expect(box).to_have_value(re.compile(f"/orders/{LEAD}\nМогу ли оформить"))
    await expect(page.locator("#suggestions .chip")).to_have_count(0)
    await box.press("Enter")
    await expect(box).to_have_value("")
    assert (await post_with_link(stage.bot))["from"]["id"] == OLYA.id


async def test_words_to_the_bot_show_what_it_offers_and_the_chosen_is_sent_in_ones_own_name(
    page: Page, stage: Stage
) -> None:
    box = page.get_by_role("textbox", name="Сообщение")
    username = stage.sandbox.telegram.world.bot.username
    await box.fill(f"@{username} дорого")
    query = await stage.bot.next("inline_query")
    assert (query["query"], query["from"]["id"]) == ("дорого", OLYA.id)
    results = [
        {"type": "article", "id": code, "title": title, "description": "отказ",
         "input_message_content": {"message_text": f"{code} · {title}"}}
        for code, title in (("100", "дорого"), ("61", "нашел дешевле"))
    ]  # fmt: skip
    await stage.bot.call("answerInlineQuery", inline_query_id=query["id"], results=results)
    offered = page.get_by_role("group", name="Что предлагает бот").get_by_role("button")
    await expect(offered).to_have_text(["дорогоотказ", "нашел дешевлеотказ"])
    await offered.last.click()
    await expect(message(page, "61 · нашел дешевле")).to_contain_text(f"через @{username}")
    sent = await stage.bot.next("message")
    assert (sent["text"], sent["from"]["id"]) == ("61 · нашел дешевле", OLYA.id)
    await expect(box).to_have_value("")
    await expect(offered).to_have_count(0)


async def test_a_press_waits_with_a_spinner_and_an_alert_must_be_confirmed(
    page: Page, stage: Stage, group: int
) -> None:
    await stage.bot.card(group, "Карточка")
    await press(page, "Запретить")
    key = page.locator(".key.danger")
    await expect(key).to_have_attribute("aria-busy", "true")
    await stage.bot.answer(await stage.bot.next("callback_query"), "Решают админы", alert=True)
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Решают админы")
    await expect(key).to_have_attribute("aria-busy", "false")
    await dialog.get_by_role("button", name="ОК").click()
    await expect(dialog).to_have_count(0)


async def test_a_card_that_is_edited_during_a_press_keeps_its_spinner_and_focus(
    page: Page, stage: Stage, group: int
) -> None:
    card = await stage.bot.card(group, "Карточка")
    await press(page, "Спросить")
    await expect(page.locator(".key[aria-busy=true]")).to_have_text("Спросить")
    await stage.bot.call(
        "editMessageText",
        chat_id=group,
        message_id=card["message_id"],
        text="Карточка, часы идут",
        reply_markup=card["reply_markup"],
    )
    await expect(message(page, "часы идут")).to_be_visible()
    await expect(page.locator(".key[aria-busy=true]")).to_have_text("Спросить")
    await expect(page.locator(".key:focus")).to_have_text("Спросить")


async def test_text_is_shown_with_its_entities_and_never_as_markup(
    page: Page, stage: Stage, group: int
) -> None:
    await stage.bot.call(
        "sendMessage",
        chat_id=group,
        parse_mode="HTML",
        text=(
            "клиент &lt;b&gt;&amp;&quot; <b>жирно <i>и косо</i></b> <code>f5</code>\n"
            "<blockquote>цитата</blockquote>\nпосле "
            '<tg-spoiler>тайна</tg-spoiler> <a href="https://example.org/x">ссылка</a>\n'
            "<blockquote expandable>раз\nдва\nтри\nчетыре</blockquote>"
        ),
    )
    row = message(page, 'клиент <b>&"')
    await expect(row.locator("strong")).to_have_text("жирно и косо")
    await expect(row.locator("strong em")).to_have_text("и косо")
    await expect(row.locator("code")).to_have_text("f5")
    await expect(row.locator("blockquote").first).to_have_text("цитата")
    await expect(row.get_by_role("link")).to_have_attribute("href", "https://example.org/x")
    spoiler = row.locator(".spoiler")
    await spoiler.click()
    await expect(spoiler).to_have_class(re.compile("revealed"))
    await row.get_by_role("button", name="Развернуть цитату").click()
    await expect(row.get_by_role("button", name="Свернуть цитату")).to_be_visible()


async def test_a_moment_is_shown_by_the_reader_s_own_clock(
    page: Page, stage: Stage, group: int
) -> None:
    at = datetime(2026, 3, 11, 2, 2, tzinfo=UTC)
    await stage.bot.call(
        "sendMessage",
        chat_id=group,
        parse_mode="HTML",
        text=f'звонок до <tg-time unix="{int(at.timestamp())}" format="dt">11.03, 05:02</tg-time>',
    )
    moment = message(page, "звонок до").locator("time[title]")
    await expect(moment).to_have_attribute("datetime", "2026-03-11T02:02:00.000Z")
    await expect(moment).to_have_attribute("title", "11.03, 05:02")
    here = await page.evaluate(
        "at => new Date(at).toLocaleTimeString('ru', {hour: '2-digit', minute: '2-digit'})",
        at.timestamp() * 1000,
    )
    await expect(moment).to_contain_text(here)


async def test_a_script_in_a_link_is_no_link(page: Page, stage: Stage, group: int) -> None:
    entity = {"type": "text_link", "offset": 0, "length": 5, "url": "javascript:alert(1)"}
    await stage.sandbox.control.post(group, MARAT.id, "нажми", entities=[entity])
    row = message(page, "нажми")
    await expect(row).to_be_visible()
    await expect(row.get_by_role("link")).to_have_count(0)


async def test_a_lead_link_opens_the_card_at_the_right_and_escape_closes_it(
    page: Page, stage: Stage
) -> None:
    row = await send(page, f"Гляньте {stage.link('12ad97526e')}")
    await row.get_by_role("link").click()
    await expect(lead_page(page)).to_contain_text("12ad97526e")
    await page.get_by_role("button", name="Закрыть карточку").press("Escape")
    await expect(page.locator("#lead")).to_be_hidden()


async def test_own_messages_are_answered_edited_and_deleted_by_their_menu(
    page: Page, stage: Stage
) -> None:
    row = await send(page, "первое")
    await deed(page, row, "Ответить")
    answer = await send(page, "второе")
    await expect(answer.locator(".quote")).to_contain_text("первое")
    await deed(page, message(page, "второе"), "Изменить")
    await send(page, "исправлено")
    await expect(message(page, "исправлено").locator(".stamp")).to_contain_text("изменено")
    assert (await stage.bot.next("edited_message"))["text"] == "исправлено"
    await deed(page, message(page, "исправлено"), "Удалить")
    await expect(message(page, "исправлено")).to_have_count(0)


async def test_others_messages_cannot_be_edited_or_deleted(
    page: Page, stage: Stage, group: int
) -> None:
    await stage.sandbox.control.post(group, MARAT.id, "чужое")
    row = message(page, "чужое")
    await expect(row.locator(".role")).to_have_text("админ")
    await row.locator(".bubble").click(button="right")
    await expect(page.get_by_role("menuitem", name="Ответить")).to_be_visible()
    await expect(page.get_by_role("menuitem", name="Изменить")).to_have_count(0)
    await expect(page.get_by_role("menuitem", name="Удалить")).to_have_count(0)


async def test_an_album_is_one_bubble_with_its_caption(page: Page, stage: Stage) -> None:
    await page.get_by_role("button", name="Прикрепить").click()
    await page.get_by_role("menuitem", name="Альбом").click()
    row = await send(page, "три снимка")
    await expect(row.locator(".tile")).to_have_count(3)
    first = await stage.bot.next("message")
    while "photo" not in first:
        first = await stage.bot.next("message")
    rest = [await stage.bot.next("message") for _ in range(2)]
    assert {one["media_group_id"] for one in rest} == {first["media_group_id"]}
    assert [one.get("caption") for one in (first, *rest)] == ["три снимка", None, None]


async def test_a_file_of_the_bot_shows_its_name_and_size_and_can_be_saved(
    page: Page, stage: Stage, group: int
) -> None:
    await stage.bot.document(group, "выгрузка.xlsx", b"PK" * 1024)
    link = page.get_by_role("link", name="Скачать выгрузка.xlsx")
    await expect(link).to_contain_text("2 КБ")
    async with page.expect_download() as waiting:
        await link.click()
    saved = await waiting.value
    assert saved.suggested_filename == "выгрузка.xlsx"
    assert (await saved.path()).read_bytes() == b"PK" * 1024

"""The whole demo as a newcomer meets it: `python -m bot demo` and the job done in a browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.demo import running_demo
from tests.web.pages import (
    PHONE,
    become,
    lead_page,
    message,
    new_context,
    open_chat,
    overflows,
    picture,
    press,
    ready_post,
    visit,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

_ROOT = Path(__file__).parents[2]
#: The README's picture is made here; it changes in the project only when that is asked for.
_PICTURES = _ROOT / ("docs" if os.environ.get("UPDATE_PICTURES") else "tests/artifacts")


async def allow_the_first_duplicate(page: Page) -> None:
    """Post a ready duplicate as an operator, allow it as an admin, open the lead's card."""
    await ready_post(page, "Дубль, заказ едет")
    await expect(message(page, "Скорее нет")).to_be_visible()
    await become(page, "Марат")
    await open_chat(page, "РФ Админы")
    await press(page, "Разрешить")
    await expect(page.get_by_text("Разрешено, оператору скажу")).to_be_visible()
    await expect(message(page, "в CRM записано")).to_be_visible()


async def test_a_newcomer_does_the_whole_job_and_finds_it_again_after_a_restart(
    browser: Browser, tmp_path: Path
) -> None:
    async with running_demo(tmp_path) as address:
        context = await new_context(browser)
        page = await context.new_page()
        await visit(page, address)
        await allow_the_first_duplicate(page)
        card_link = message(page, "в CRM записано").get_by_role("link", name="f5086aeebb")
        await card_link.click()
        card = lead_page(page)
        await expect(card.get_by_text("Оформить разрешил(а): Решайкин Марат").first).to_be_visible()
        _PICTURES.mkdir(exist_ok=True)
        await picture(page, _PICTURES / "chat-page.png")
        await become(page, "Оля")
        await open_chat(page, "Рабочие чаты")
        await expect(message(page, "Можно оформлять")).to_be_visible()
        await context.close()
    async with running_demo(tmp_path) as address:
        context = await new_context(browser, PHONE)
        page = await context.new_page()
        await visit(page, address)
        await open_chat(page, "РФ Админы")
        await expect(message(page, "в CRM записано")).to_be_visible()
        assert not await overflows(page)
        await context.close()

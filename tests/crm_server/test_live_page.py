"""The card in a real browser: it shows a write-back by itself, and fits beside a chat."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.crm_server.conftest import Crm
from tests.web.pages import ARGUMENTS, chromium

KEY = "f5086aeebb"


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        page = await browser.new_page(viewport={"width": 380, "height": 800})
        yield page
        await browser.close()


async def test_a_write_back_shows_by_itself_in_a_frame(crm: Crm, page: Page) -> None:
    crm.person("a", "Первая")
    await crm.lead(created_at="2026-03-01 10:00:00", statuses=[17, 302])
    await crm.lead(key=KEY, client_name="Ы" * 60, comments=[{"text": "w" * 300}])
    await page.set_content(
        f"<iframe src='{crm.url}/orders/{KEY}' width=380 height=780 style='border:0'></iframe>"
    )
    card = page.frame_locator("iframe")
    await expect(card.locator(".double.burns")).to_be_visible()
    await card.locator("#history summary").click()

    await crm.control("POST", f"/leads/{KEY}/comments", text="Запретил Марат #C1-2-k7")
    await crm.control("POST", f"/leads/{KEY}/status", status=50)

    await expect(card.locator(".comment").first).to_contain_text("Запретил Марат #C1-2-k7")
    await expect(card.locator(".comment.fresh")).to_have_count(1)
    await expect(card.locator("#status")).to_contain_text("дубль")
    await expect(card.locator(".double.quiet")).to_be_visible()
    await expect(card.locator("#history")).to_have_attribute("open", "")
    wide = await card.locator("body").evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 380


async def test_the_yellow_button_says_why_it_could_not(crm: Crm, page: Page) -> None:
    await crm.lead(key=KEY)
    await page.goto(f"{crm.url}/orders/{KEY}")
    await page.get_by_role("button", name="Закрепить отказ за первым говорившим").click()
    said = page.get_by_role("dialog", name="Ошибка")
    await expect(said).to_contain_text("длительностью более 60 сек не найден")
    await said.get_by_role("button", name="Понятно").click()
    await expect(said).to_be_hidden()

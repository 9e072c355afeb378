"""Drive the chat page as a person does: fixtures of a real Chromium and the few moves there are.

A module that uses `browser_page` imports both fixtures, and runs in one loop:

```python
from tests.web.pages import browser, browser_page  # noqa: F401 - fixtures

pytestmark = pytest.mark.asyncio(loop_scope="module")
```
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
DESKTOP = (1280, 800)
PHONE = (390, 844)
#: Milliseconds that an awaited change may take; generous, for a loaded machine.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


def chromium() -> str:
    """Return the path of a Chromium; without one skip by name, or fail where CI demands it."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        reason = f"no Chromium on this machine (looked for {', '.join(BROWSERS)})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def browser_page(browser: Browser) -> AsyncIterator[Page]:
    """A fresh desktop page; the test fails if the page threw an error or broke its own policy."""
    context = await new_context(browser)
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda line: faults.append(line.text) if "Content Security" in line.text else None,
    )
    yield page
    await context.close()
    assert faults == []


async def new_context(
    browser: Browser, size: tuple[int, int] = DESKTOP, *, dark: bool = False
) -> BrowserContext:
    """A browser of one's own: its storage is empty, so it is a newcomer."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        has_touch=size == PHONE,
        locale="ru-RU",
        timezone_id="Europe/Moscow",
    )
    context.set_default_timeout(PATIENCE)
    return context


async def visit(page: Page, url: str) -> None:
    """Open the page and wait until it has loaded the world."""
    await page.goto(url)
    await expect(page.locator("#me")).to_be_attached()


async def open_chat(page: Page, title: str) -> None:
    """Open one of my chats by its title; on a phone, go back to the list first."""
    back = page.get_by_role("button", name="Назад к чатам")
    if await back.is_visible():
        await back.click()
    await page.locator("#chats").get_by_role("button", name=title).click()
    await expect(page.locator("#thread-head h2")).to_have_text(title)


async def become(page: Page, first_name: str) -> None:
    """Be another person; on a phone through the menu behind the avatar."""
    choice = page.get_by_role("radio", name=first_name)
    if not await choice.is_visible():
        await page.get_by_role("button", name="Кто я").click()
    await choice.click()
    await expect(page.get_by_role("radio", name=first_name, include_hidden=True)).to_be_checked()


async def send(page: Page, text: str) -> Locator:
    """Write a message with Enter, and return its row once it stands in the chat."""
    box = page.get_by_role("textbox", name="Сообщение")
    await box.fill(text)
    await box.press("Enter")
    row = message(page, text.splitlines()[0])
    await expect(row).to_be_visible()
    return row


async def ready_post(page: Page, label: str) -> None:
    """Send one of the ready posts over the composer as it is."""
    await page.get_by_role("button", name=f"Отправить: {label}", exact=True).click()


def message(page: Page, words: str) -> Locator:
    """The latest message with such words."""
    return page.locator("#messages article").filter(has_text=words).last


async def press(page: Page, word: str) -> None:
    """Press the latest button with such a word under a message."""
    await page.locator("#messages .key").filter(has_text=word).last.click()


async def deed(page: Page, row: Locator, word: str) -> None:
    """Choose from a message's menu: «Ответить», «Изменить», «Удалить»…"""
    await row.locator(".bubble").hover()
    await row.get_by_role("button", name="Действия с сообщением").click()
    await page.get_by_role("menuitem", name=word).click()


def lead_page(page: Page) -> Locator:
    """The lead's page inside the panel at the right."""
    return page.frame_locator("#lead iframe").locator("body")


async def overflows(page: Page) -> bool:
    """Whether the page is wider than its window."""
    wider: bool = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wider


async def picture(page: Page, path: Path) -> None:
    """Keep a screenshot, when all animations are over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=path, animations="disabled")

"""Fixtures of the chat page's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sandbox.world import settle
from tests.web.hand import HandBot, Stage, crm_page, sandbox_with_page
from tests.web.pages import PHONE, browser, browser_page, new_context, visit

__all__ = ["browser", "browser_page", "group", "page", "phone", "stage"]


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """The demo's people and «РФ Админы», with a bot that does nothing by itself."""
    async with crm_page() as crm_url, sandbox_with_page(crm_url) as sandbox:
        await settle(sandbox.url, sandbox.telegram.world.bot.username)
        async with aiohttp.ClientSession() as session:
            yield Stage(sandbox, HandBot(session, sandbox.url, sandbox.token), crm_url)


@pytest_asyncio.fixture(loop_scope="module")
async def group(stage: Stage) -> int:
    world = await stage.sandbox.control.world()
    return int(world["chats"][0]["id"])


@pytest_asyncio.fixture(loop_scope="module")
async def page(stage: Stage, browser_page: Page) -> Page:
    """The page as a newcomer sees it: Оля, an operator, in «РФ Админы»."""
    await visit(browser_page, stage.url)
    await expect(browser_page.locator("#thread-head h2")).to_have_text("РФ Админы")
    return browser_page


@pytest_asyncio.fixture(loop_scope="module")
async def phone(stage: Stage, browser: Browser) -> AsyncIterator[Page]:
    context = await new_context(browser, PHONE)
    page = await context.new_page()
    await visit(page, stage.url)
    yield page
    await context.close()

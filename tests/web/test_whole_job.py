"""The whole demo as a newcomer meets it: `python -m bot demo` and the job done in a browser."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

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
    visit,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

_ROOT = Path(__file__).parents[2]
#: The README's picture is made here; it changes in the project only when that is asked for.
_PICTURES = _ROOT / ("docs" if os.environ.get("UPDATE_PICTURES") else "tests/artifacts")
_ADDRESS = re.compile(r"Chat page:\s+(http://127\.0\.0\.1:\d+/)")
_PATIENCE = 30.0


@asynccontextmanager
async def running_demo(home: Path) -> AsyncIterator[str]:
    """The demo in a process of its own; the address of its chat page. Ctrl-C must end it well."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        cwd=home,
        # The cards tell the zone of the machine, the page that of the browser.
        env={**os.environ, "PYTHONPATH": str(_ROOT), "TZ": "Europe/Moscow"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_PATIENCE):
            address = None
            while address is None:
                line = (await process.stdout.readline()).decode()
                assert line, "the demo ended before it was ready"
                address = _ADDRESS.search(line)
        yield address[1]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        _, said = await asyncio.wait_for(process.communicate(), _PATIENCE)
    assert process.returncode == 0
    assert said.decode() == ""


async def allow_the_first_duplicate(page: Page) -> None:
    """Post a ready duplicate as an operator, allow it as an admin, open the lead's card."""
    await page.get_by_role("button", name="Отправить: Дубль, заказ едет").click()
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
        await expect(card.get_by_text("Оформить разрешил(а): Марат Демо").first).to_be_visible()
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

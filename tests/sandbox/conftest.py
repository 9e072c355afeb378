"""A sandbox whose clock stands still, and a small cast."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from sandbox.telegram import Clock, TelegramSandbox
from tests.sandbox.hand_driven import HandDrivenBot, Json

NOW = 1_790_000_000.0


@dataclass
class Cast:
    """Who and where: ids."""

    olya: int
    marat: int
    group: int


@pytest.fixture
async def tg() -> AsyncIterator[TelegramSandbox]:
    async with TelegramSandbox(clock=Clock(lambda: NOW), limits=False) as running:
        yield running


@pytest.fixture
async def bot(tg: TelegramSandbox) -> AsyncIterator[HandDrivenBot]:
    async with HandDrivenBot(tg) as driven:
        yield driven


@pytest.fixture
async def cast(tg: TelegramSandbox, bot: HandDrivenBot) -> Cast:
    """Оля and Марат in a supergroup with the bot; the updates so far are confirmed."""
    olya: Json = await tg.control.person("Оля", last_name="Демо", username="olya_demo")
    marat: Json = await tg.control.person("Марат", last_name="Демо")
    chat = await tg.control.chat("РФ Админы", creator=marat["id"], members=[olya["id"], tg.bot_id])
    await bot.updates()
    await bot.updates()
    return Cast(olya["id"], marat["id"], chat["id"])

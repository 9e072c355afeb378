from __future__ import annotations

import asyncio

import aiohttp
import pytest

from sandbox.telegram import TelegramSandbox
from tests.sandbox.conftest import Cast
from tests.sandbox.hand_driven import HandDrivenBot


async def texts(tg: TelegramSandbox, chat: int) -> list[str]:
    return [m["text"] for m in await tg.control.messages(chat) if "text" in m]


async def test_an_error_is_answered_as_often_as_asked_and_nothing_is_done(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.fault("sendMessage", "error", code=502, times=2)
    for _ in range(2):
        assert (await bot.call("sendMessage", chat_id=cast.group, text="а"))["error_code"] == 502
    assert await texts(tg, cast.group) == []
    await bot.send(cast.group)


async def test_an_injected_flood_wait_names_its_seconds(
    tg: TelegramSandbox, bot: HandDrivenBot
) -> None:
    await tg.control.fault("*", "error", retry_after=7)
    # Getting updates does not use a fault for all methods up.
    assert await bot.ok("getUpdates") == []
    assert (await bot.call("getMe"))["parameters"] == {"retry_after": 7}


async def test_a_lost_answer_has_its_effect(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.fault("sendMessage", "lost_answer")
    with pytest.raises(aiohttp.ClientError):
        await bot.call("sendMessage", chat_id=cast.group, text="дошло")
    assert await texts(tg, cast.group) == ["дошло"]
    [note] = await tg.control.log("sendMessage")
    assert note["ok"]
    assert note["answer_lost"]


async def test_a_dropped_call_has_none(tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast) -> None:
    await tg.control.fault("sendMessage", "drop")
    with pytest.raises(aiohttp.ClientError):
        await bot.call("sendMessage", chat_id=cast.group, text="не дошло")
    assert await texts(tg, cast.group) == []


async def test_a_slow_call_is_done_after_its_seconds() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    async with TelegramSandbox(sleep=sleep) as tg, HandDrivenBot(tg) as bot:
        await tg.control.fault("getMe", "slow", seconds=12.5)
        assert (await bot.ok("getMe"))["is_bot"]
        assert waits == [12.5]


async def test_faults_are_listed_and_cleared(tg: TelegramSandbox, bot: HandDrivenBot) -> None:
    await tg.control.fault("getMe", "error")
    [listed] = await tg.control.call("GET", "/faults")
    assert listed["method"] == "getMe"
    await tg.control.clear_faults()
    await bot.ok("getMe")

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.telegram import Clock, TelegramSandbox
from tests.sandbox.conftest import NOW, Cast
from tests.sandbox.hand_driven import HandDrivenBot, Json


@pytest.fixture
async def tg() -> AsyncIterator[TelegramSandbox]:
    async with TelegramSandbox(clock=Clock(lambda: NOW), limits=True) as running:
        yield running


def refusal(seconds: int) -> Json:
    return {
        "ok": False,
        "error_code": 429,
        "description": f"Too Many Requests: retry after {seconds}",
        "parameters": {"retry_after": seconds},
    }


async def test_a_chat_takes_a_burst_of_three_and_then_one_a_second(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    for _ in range(3):
        await bot.send(cast.group)
    assert await bot.call("sendMessage", chat_id=cast.group, text="а") == refusal(1)
    await tg.control.advance(1)
    await bot.send(cast.group)
    assert await bot.call("sendMessage", chat_id=cast.group, text="а") == refusal(1)


async def test_a_group_takes_twenty_sends_and_edits_a_minute(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    sent = await bot.send(cast.group)
    for number in range(19):
        await tg.control.advance(1)
        await bot.ok(
            "editMessageText", chat_id=cast.group, message_id=sent["message_id"], text=str(number)
        )
    await tg.control.advance(1)
    assert await bot.call("sendMessage", chat_id=cast.group, text="а") == refusal(40)
    await tg.control.advance(40)
    await bot.send(cast.group)


async def test_a_private_chat_has_no_minute_limit(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.start(cast.olya)
    for _ in range(25):
        await bot.send(cast.olya)
        await tg.control.advance(1)


async def test_thirty_messages_a_second_are_the_most_in_all(
    tg: TelegramSandbox, bot: HandDrivenBot
) -> None:
    people = [(await tg.control.person(f"Демо {n}"))["id"] for n in range(11)]
    for person in people:
        await tg.control.start(person)
    for person in people[:10]:
        for _ in range(3):
            await bot.send(person)
    assert await bot.call("sendMessage", chat_id=people[10], text="а") == refusal(1)
    await tg.control.advance(1)
    await bot.send(people[10])


async def test_deletes_answers_and_refused_calls_cost_nothing(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    sent = [await bot.send(cast.group) for _ in range(2)]
    for message in sent:
        await bot.ok("deleteMessage", chat_id=cast.group, message_id=message["message_id"])
    for _ in range(5):
        await bot.refused("sendMessage", chat_id=cast.group, text="")
    await bot.send(cast.group)


async def test_the_limits_can_be_switched_off(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.limits(on=False)
    for _ in range(30):
        await bot.send(cast.group)

from __future__ import annotations

import asyncio

from sandbox.telegram import TelegramSandbox
from tests.sandbox.conftest import Cast
from tests.sandbox.hand_driven import HandDrivenBot


async def test_unconfirmed_updates_come_again(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.post(cast.group, cast.olya, "раз")
    await tg.control.post(cast.group, cast.olya, "два")
    first = await bot.ok("getUpdates")
    assert [update["message"]["text"] for update in first] == ["раз", "два"]
    assert await bot.ok("getUpdates", limit=1) == first[:1]
    assert await bot.ok("getUpdates", offset=first[1]["update_id"]) == first[1:]
    assert await bot.ok("getUpdates", offset=first[1]["update_id"] + 1) == []
    assert await bot.ok("getUpdates") == []


async def test_a_negative_offset_keeps_the_last_ones(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    for text in ("раз", "два", "три"):
        await tg.control.post(cast.group, cast.olya, text)
    kept = await bot.ok("getUpdates", offset=-1)
    assert [update["message"]["text"] for update in kept] == ["три"]
    assert await bot.ok("getUpdates") == kept


async def test_a_long_poll_ends_with_the_first_update(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    waiting = asyncio.create_task(bot.updates(timeout=30))
    assert await tg.telegram.polling.begun(5)
    await tg.control.post(cast.group, cast.olya, "пост")
    async with asyncio.timeout(5):
        [update] = await waiting
    assert update["message"]["text"] == "пост"


async def test_a_second_poll_ends_the_first_with_a_conflict(
    tg: TelegramSandbox, bot: HandDrivenBot
) -> None:
    waiting = asyncio.create_task(bot.call("getUpdates", timeout=30))
    assert await tg.telegram.polling.begun(5)
    assert await bot.ok("getUpdates") == []
    answer = await waiting
    assert answer["error_code"] == 409
    assert answer["description"] == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )


async def test_stopping_the_sandbox_ends_a_long_poll() -> None:
    tg = TelegramSandbox()
    await tg.start()
    async with HandDrivenBot(tg) as bot:
        waiting = asyncio.create_task(bot.call("getUpdates", timeout=50))
        assert await tg.telegram.polling.begun(5)
        async with asyncio.timeout(5):
            await tg.stop()
            assert (await waiting)["description"] == "Internal Server Error: restart"


async def test_updates_are_forgotten_after_a_day(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.post(cast.group, cast.olya, "вчера")
    await tg.control.advance(24 * 3600 - 1)
    assert len(await bot.ok("getUpdates")) == 1
    await tg.control.advance(2)
    assert await bot.ok("getUpdates") == []


async def test_confirmed_updates_can_be_given_again_with_their_ids(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.post(cast.group, cast.olya, "раз")
    given = await bot.updates()
    assert await bot.updates() == []
    await tg.control.redeliver(1)
    assert await bot.ok("getUpdates") == given


async def test_only_the_kinds_asked_for_are_queued(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await bot.ok("getUpdates", allowed_updates=["edited_message"])
    post = await tg.control.post(cast.group, cast.olya, "пост")
    await tg.control.edit(cast.group, post["message_id"], cast.olya, "правка")
    [update] = await bot.ok("getUpdates")
    assert update["edited_message"]["text"] == "правка"
    assert update["edited_message"]["edit_date"]


async def test_chat_member_comes_only_when_asked_for_and_to_an_administrator(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    async def expelled() -> list[str]:
        await tg.control.member(cast.group, cast.olya, "kicked", by=cast.marat)
        kinds = [kind for update in await bot.updates() for kind in update if kind != "update_id"]
        await tg.control.member(cast.group, cast.olya, "member", by=cast.marat)
        await bot.updates()
        return kinds

    assert await expelled() == ["message"]
    await tg.control.member(cast.group, tg.bot_id, "administrator", by=cast.marat)
    await bot.updates(allowed_updates=["message", "chat_member"])
    assert await expelled() == ["chat_member", "message"]


async def test_a_raw_update_can_be_pushed(tg: TelegramSandbox, bot: HandDrivenBot) -> None:
    await tg.control.push({"message": {"text": "сырое"}})
    assert (await bot.updates())[0]["message"] == {"text": "сырое"}


async def test_a_deletion_is_not_told(tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast) -> None:
    post = await tg.control.post(cast.group, cast.olya, "пост")
    await bot.updates()
    await tg.control.delete(cast.group, post["message_id"])
    assert await bot.updates() == []


async def test_waiting_updates_can_be_given_in_another_order(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    words = [str(number) for number in range(9)]
    for word in words:
        await tg.control.post(cast.group, cast.olya, word)
    before = await bot.ok("getUpdates")
    assert await tg.control.shuffle(1) == 9
    after = await bot.ok("getUpdates")
    assert [one["update_id"] for one in after] == [one["update_id"] for one in before]
    shuffled = [one["message"]["text"] for one in after]
    assert sorted(shuffled) == words != shuffled

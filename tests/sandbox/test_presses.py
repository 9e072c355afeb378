from __future__ import annotations

import asyncio

import pytest

from sandbox.telegram import ControlError, TelegramSandbox
from tests.sandbox.conftest import Cast
from tests.sandbox.hand_driven import HandDrivenBot, Json, button, buttons

TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


@pytest.fixture
async def card(bot: HandDrivenBot, cast: Cast) -> int:
    sent = await bot.send(cast.group, reply_markup=buttons([button(), button("Нет", "no")]))
    return int(sent["message_id"])


async def pressed(bot: HandDrivenBot) -> Json:
    [update] = await bot.updates()
    query: Json = update["callback_query"]
    return query


async def test_a_press_waits_for_its_answer(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast, card: int
) -> None:
    press = tg.control.press(cast.group, card, cast.olya, row=0, col=1, wait=10)
    shown = asyncio.create_task(press)
    [update] = await bot.updates(timeout=10)
    query = update["callback_query"]
    assert query["data"] == "no"
    assert query["from"]["id"] == cast.olya
    assert query["message"]["message_id"] == card
    assert query["chat_instance"]
    await bot.ok(
        "answerCallbackQuery", callback_query_id=query["id"], text="решают админы", show_alert=True
    )
    async with asyncio.timeout(5):
        answer = await shown
    assert answer == {
        "query_id": query["id"],
        "answered": True,
        "text": "решают админы",
        "show_alert": True,
        "url": "",
    }


async def test_a_press_is_answered_within_150_seconds_or_never(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast, card: int
) -> None:
    await tg.control.press(cast.group, card, cast.olya, "yes")
    query = await pressed(bot)
    await tg.control.advance(151)
    words = await bot.refused("answerCallbackQuery", callback_query_id=query["id"])
    assert words == TOO_OLD
    assert await bot.refused("answerCallbackQuery", callback_query_id="7") == TOO_OLD


async def test_an_unconfirmed_press_is_forgotten_after_150_seconds(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast, card: int
) -> None:
    await tg.control.press(cast.group, card, cast.olya, "yes")
    await tg.control.advance(150)
    assert len(await bot.ok("getUpdates")) == 1
    await tg.control.advance(1)
    assert await bot.ok("getUpdates") == []


async def test_an_answer_has_at_most_200_characters(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast, card: int
) -> None:
    await tg.control.press(cast.group, card, cast.olya, "yes")
    query = await pressed(bot)
    answer = {"callback_query_id": query["id"]}
    words = await bot.refused("answerCallbackQuery", text="я" * 201, **answer)
    assert words == "Bad Request: MESSAGE_TOO_LONG"
    await bot.ok("answerCallbackQuery", text="я" * 200, **answer)


async def test_one_press_can_come_under_several_update_ids(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast, card: int
) -> None:
    await tg.control.press(cast.group, card, cast.olya, "yes", repeat=3)
    updates = await bot.updates()
    assert len({update["update_id"] for update in updates}) == 3
    assert len({update["callback_query"]["id"] for update in updates}) == 1


async def test_an_unconfirmed_press_shows_its_message_as_it_is_now(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast, card: int
) -> None:
    await tg.control.press(cast.group, card, cast.olya, "yes")
    await bot.ok("editMessageText", chat_id=cast.group, message_id=card, text="решено")
    [update] = await bot.ok("getUpdates")
    assert update["callback_query"]["message"]["text"] == "решено"
    await bot.ok("deleteMessage", chat_id=cast.group, message_id=card)
    [update] = await bot.ok("getUpdates")
    assert update["callback_query"]["message"] == {
        "chat": {"id": cast.group, "title": "РФ Админы", "type": "supergroup"},
        "message_id": card,
        "date": 0,
    }


async def test_a_second_answer_is_taken_and_the_first_one_shown(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast, card: int
) -> None:
    made = await tg.control.press(cast.group, card, cast.olya, "yes")
    assert not made["answered"]
    query = await pressed(bot)
    await bot.ok("answerCallbackQuery", callback_query_id=query["id"], text="раз")
    await bot.ok("answerCallbackQuery", callback_query_id=query["id"], text="два")
    shown = await tg.control.call("GET", f"/presses/{query['id']}")
    assert shown["text"] == "раз"


async def test_only_those_in_the_chat_press_and_only_what_is_there(
    tg: TelegramSandbox, cast: Cast, card: int
) -> None:
    stranger = await tg.control.person("Чужой")
    with pytest.raises(ControlError, match="not in the chat"):
        await tg.control.press(cast.group, card, stranger["id"], "yes")
    with pytest.raises(ControlError, match="no such button"):
        await tg.control.press(cast.group, card, cast.olya, row=5)
    with pytest.raises(ControlError, match="no such message"):
        await tg.control.press(cast.group, 999, cast.olya, "yes")

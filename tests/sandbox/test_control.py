from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from sandbox.telegram import ControlError, TelegramSandbox
from tests.sandbox.conftest import Cast
from tests.sandbox.hand_driven import HandDrivenBot, Json


async def events(url: str, since: int, count: int) -> list[tuple[int, Json]]:
    """Read so many events from the stream."""
    heard: list[tuple[int, Json]] = []
    number = 0
    async with (
        asyncio.timeout(5),
        aiohttp.ClientSession() as session,
        session.get(f"{url}/control/events?since={since}") as stream,
    ):
        async for line in stream.content:
            if line.startswith(b"id: "):
                number = int(line[4:])
            if line.startswith(b"data: "):
                heard.append((number, json.loads(line[6:])))
                if len(heard) == count:
                    break
    return heard


async def test_the_world_lists_bot_people_and_chats(tg: TelegramSandbox, cast: Cast) -> None:
    world = await tg.control.world()
    assert world["bots"][0]["username"] == "workchats_bot"
    assert [person["first_name"] for person in world["people"]] == ["Оля", "Марат"]
    [chat] = world["chats"]
    assert {member["user_id"] for member in chat["members"]} == {
        cast.olya,
        cast.marat,
        tg.bot_id,
    }


async def test_every_change_is_an_event_with_a_growing_number(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    since = tg.telegram.events.last
    sent = await bot.send(cast.group)
    target = {"chat_id": cast.group, "message_id": sent["message_id"]}
    await bot.ok("editMessageText", text="правка", **target)
    press = await tg.control.press(cast.group, sent["message_id"], cast.olya, "yes")
    await bot.ok("answerCallbackQuery", callback_query_id=press["query_id"], text="да")
    await bot.ok("deleteMessage", **target)
    heard = await events(tg.url, since, 4)
    assert [number for number, _ in heard] == list(range(since + 1, since + 5))
    kinds = [event["kind"] for _, event in heard]
    assert kinds == ["message", "edit", "press_answered", "delete"]
    assert heard[1][1]["message"]["text"] == "правка"
    assert heard[2][1]["from"] == cast.olya
    assert heard[3][1]["message"]["deleted"]


async def test_a_reader_from_another_life_is_told_to_read_anew(
    tg: TelegramSandbox, cast: Cast
) -> None:
    [(number, event)] = await events(tg.url, 999_999, 1)
    assert event == {"kind": "world"}
    assert number == tg.telegram.events.last


async def test_a_reader_that_comes_back_gets_what_it_missed(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(5):
        async with session.get(f"{tg.url}/control/events") as stream:
            # Even a reader that has heard nothing yet is told where it stands.
            place = (await stream.content.readline()).decode().removeprefix("id: ").strip()
        await bot.send(cast.group, "пропущено")
        headers = {"Last-Event-ID": place}
        async with session.get(f"{tg.url}/control/events", headers=headers) as stream:
            while not (line := await stream.content.readline()).startswith(b"data: "):
                pass
    assert json.loads(line.removeprefix(b"data: "))["message"]["text"] == "пропущено"


async def test_waiting_for_a_message_sees_edits(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    sent = await bot.send(cast.group)
    waiting = asyncio.create_task(
        tg.control.until(cast.group, lambda message: message.get("text") == "решено")
    )
    await bot.ok(
        "editMessageText", chat_id=cast.group, message_id=sent["message_id"], text="решено"
    )
    assert (await waiting)["message_id"] == sent["message_id"]
    with pytest.raises(TimeoutError, match="решено"):
        await tg.control.until(cast.group, lambda _: False, within=0.01)


async def test_people_edit_and_delete_only_what_is_theirs(tg: TelegramSandbox, cast: Cast) -> None:
    post = await tg.control.post(cast.group, cast.olya, "пост")
    with pytest.raises(ControlError, match="one's own"):
        await tg.control.edit(cast.group, post["message_id"], cast.marat, "чужое")
    with pytest.raises(ControlError, match="no such message"):
        await tg.control.delete(cast.group, 999)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/people", {}, "first_name"),
        ("/people", {"first_name": "А", "nick": "а"}, "nick"),
        ("/chats", {"type": "party", "title": "а", "creator": 1}, "type"),
        ("/chats", {"type": "group", "title": "а", "creator": 1}, "no person 1"),
        ("/chats/-1/messages", {"from": 1, "text": "а"}, "no chat -1"),
        ("/faults", {"method": "getMe", "kind": "storm"}, "kind"),
        ("/updates", {"message": {}, "update_id": 1}, "one kind"),
    ],
)
async def test_a_bad_control_call_says_what_is_wrong(
    tg: TelegramSandbox, path: str, body: Json, words: str
) -> None:
    with pytest.raises(ControlError, match=words):
        await tg.control.call("POST", path, body)


async def test_the_log_has_typed_parameters_and_no_polling(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await bot.send(cast.group, "а", reply_markup='{"force_reply": true}')
    await bot.updates()
    [note] = await tg.control.log()
    assert note["method"] == "sendMessage"
    assert note["params"]["reply_markup"] == {"force_reply": True}

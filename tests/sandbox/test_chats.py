from __future__ import annotations

import pytest

from sandbox.telegram import ControlError, TelegramSandbox
from tests.sandbox.conftest import Cast
from tests.sandbox.hand_driven import HandDrivenBot, Json

ANONYMOUS = 1087968824
CHANNEL_BOT = 136817688


async def newest(bot: HandDrivenBot, kind: str = "message") -> Json:
    message: Json = (await bot.updates())[-1][kind]
    return message


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_the_bot_hears_of_coming_going_and_promotion(
    tg: TelegramSandbox, bot: HandDrivenBot, kind: str
) -> None:
    marat = (await tg.control.person("Марат"))["id"]
    chat = (await tg.control.chat("чат", creator=marat, kind=kind))["id"]
    await tg.control.member(chat, tg.bot_id, "member", by=marat)
    joined, note = await bot.updates()
    assert joined["my_chat_member"]["old_chat_member"]["status"] == "left"
    assert joined["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert joined["my_chat_member"]["from"]["id"] == marat
    assert note["message"]["new_chat_members"][0]["id"] == tg.bot_id
    await tg.control.member(chat, tg.bot_id, "administrator", by=marat, can_delete_messages=False)
    [promoted] = await bot.updates()
    assert promoted["my_chat_member"]["new_chat_member"]["can_delete_messages"] is False
    await tg.control.member(chat, tg.bot_id, "kicked", by=marat)
    gone = await bot.updates()
    assert gone[0]["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert gone[1]["message"]["left_chat_member"]["id"] == tg.bot_id
    await tg.control.post(chat, marat, "ушёл?")
    assert await bot.updates() == []


async def test_the_bot_can_leave(tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast) -> None:
    await bot.ok("leaveChat", chat_id=cast.group)
    update, note = await bot.updates()
    assert update["my_chat_member"]["new_chat_member"]["status"] == "left"
    assert note["message"]["left_chat_member"]["id"] == tg.bot_id
    await tg.control.post(cast.group, cast.olya, "ушёл?")
    assert await bot.updates() == []


async def test_members_are_told_by_their_kind(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    async def status(user_id: int) -> str:
        place = await bot.ok("getChatMember", chat_id=cast.group, user_id=user_id)
        return str(place["status"])

    stranger = await tg.control.person("Чужой")
    assert await status(cast.marat) == "creator"
    assert await status(cast.olya) == "member"
    assert await status(stranger["id"]) == "left"
    words = await bot.refused("getChatMember", chat_id=cast.group, user_id=1)
    assert words == "Bad Request: user not found"
    assert await bot.ok("getChatMemberCount", chat_id=cast.group) == 3
    [creator] = await bot.ok("getChatAdministrators", chat_id=cast.group)
    assert creator["user"]["id"] == cast.marat


async def test_privacy_mode_lets_through_what_is_meant_for_the_bot(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.privacy(on=True)
    assert (await bot.ok("getMe"))["can_read_all_group_messages"] is False
    card = await bot.send(cast.group)
    for text in ("просто слова", "/bind@other_bot", "@olya_demo"):
        await tg.control.post(cast.group, cast.olya, text)
    assert await bot.updates() == []
    meant = ["/bind", "/bind@workchats_bot да", "эй, @Workchats_Bot"]
    for text in meant:
        await tg.control.post(cast.group, cast.olya, text)
    await tg.control.post(cast.group, cast.olya, "ответ", reply_to=card["message_id"])
    texts = [update["message"]["text"] for update in await bot.updates()]
    assert texts == [*meant, "ответ"]
    await tg.control.member(cast.group, tg.bot_id, "administrator", by=cast.marat)
    await bot.updates()
    await tg.control.post(cast.group, cast.olya, "администратору видно всё")
    assert len(await bot.updates()) == 1


async def test_an_anonymous_admin_writes_as_the_group(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.post(cast.group, cast.marat, "аноним", as_chat=cast.group)
    message = await newest(bot)
    assert message["from"]["id"] == ANONYMOUS
    assert message["sender_chat"]["id"] == cast.group
    with pytest.raises(ControlError, match="only an administrator"):
        await tg.control.post(cast.group, cast.olya, "аноним", as_chat=cast.group)
    await tg.control.member(
        cast.group, cast.olya, "administrator", by=cast.marat, is_anonymous=True
    )
    await tg.control.post(cast.group, cast.olya, "всегда аноним")
    assert (await newest(bot))["from"]["id"] == ANONYMOUS


async def test_a_channel_writes_in_a_group_and_in_itself(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    channel = await tg.control.chat("Новости", creator=cast.olya, kind="channel")
    await tg.control.post(cast.group, cast.olya, "от канала", as_chat=channel["id"])
    message = await newest(bot)
    assert message["from"]["id"] == CHANNEL_BOT
    assert message["sender_chat"]["title"] == "Новости"
    await tg.control.member(channel["id"], tg.bot_id, "administrator", by=cast.olya)
    await tg.control.post(channel["id"], cast.olya, "пост")
    post = await newest(bot, "channel_post")
    assert "from" not in post
    assert post["sender_chat"]["id"] == channel["id"]


async def test_an_album_is_several_messages_with_one_caption(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    album = {"media": "photo", "media_group_id": "g1"}
    await tg.control.post(cast.group, cast.olya, caption="a.ru/orders/1", **album)
    await tg.control.post(cast.group, cast.olya, **album)
    first, second = (update["message"] for update in await bot.updates())
    assert first["media_group_id"] == second["media_group_id"] == "g1"
    assert first["caption_entities"][0]["type"] == "url"
    assert "caption" not in second
    assert first["photo"][0]["file_id"] != second["photo"][0]["file_id"]


async def test_a_forward_names_its_origin(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.post(cast.group, cast.olya, "чужое", forward={"from_name": "Кто-то"})
    origin = (await newest(bot))["forward_origin"]
    assert origin["type"] == "hidden_user"
    assert origin["sender_user_name"] == "Кто-то"


async def test_a_reply_in_a_supergroup_has_a_thread_that_is_no_topic(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    post = await tg.control.post(cast.group, cast.olya, "пост")
    await tg.control.post(cast.group, cast.marat, "ответ", reply_to=post["message_id"])
    message = await newest(bot)
    assert message["reply_to_message"]["text"] == "пост"
    assert message["message_thread_id"] == post["message_id"]
    assert "is_topic_message" not in message
    words = await bot.refused(
        "sendMessage", chat_id=cast.group, text="а", message_thread_id=post["message_id"]
    )
    assert words == "Bad Request: message thread not found"


async def test_a_message_in_a_topic_answers_the_topics_beginning(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    forum = await tg.control.chat("Форум", creator=cast.marat, members=[tg.bot_id], is_forum=True)
    topic = await tg.control.topic(forum["id"], "Дубли")
    await tg.control.post(forum["id"], cast.marat, "пост", thread_id=topic["id"])
    message = await newest(bot)
    assert message["message_thread_id"] == topic["id"]
    assert message["is_topic_message"] is True
    assert message["reply_to_message"]["forum_topic_created"]["name"] == "Дубли"
    sent = await bot.send(forum["id"], message_thread_id=topic["id"])
    assert sent["is_topic_message"] is True
    assert "message_thread_id" not in await bot.send(forum["id"])
    words = await bot.refused("sendMessage", chat_id=forum["id"], text="а", message_thread_id=1)
    assert words == "Bad Request: message thread not found"


async def test_a_group_that_becomes_a_supergroup_starts_anew(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    group = (
        await tg.control.chat("Группа", creator=cast.marat, members=[tg.bot_id], kind="group")
    )["id"]
    card = await bot.send(group)
    await bot.updates()
    successor = await tg.control.migrate(group)
    old, new = (update["message"] for update in await bot.updates())
    assert (old["chat"]["id"], old["migrate_to_chat_id"]) == (group, successor)
    assert (new["chat"]["id"], new["migrate_from_chat_id"]) == (successor, group)
    assert new["message_id"] == 1
    answer = await bot.call(
        "editMessageText", chat_id=group, message_id=card["message_id"], text="а"
    )
    assert answer == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": successor},
    }
    await tg.control.press(group, card["message_id"], cast.marat, "yes")
    press = await newest(bot, "callback_query")
    assert press["message"]["chat"]["id"] == group
    await bot.send(successor)


async def test_blocking_and_unblocking_are_told(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.start(cast.olya)
    assert (await newest(bot))["text"] == "/start"
    await tg.control.block(cast.olya)
    assert (await newest(bot, "my_chat_member"))["new_chat_member"]["status"] == "kicked"
    await tg.control.start(cast.olya)
    unblocked, started = await bot.updates()
    assert unblocked["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert started["message"]["text"] == "/start"


async def test_who_is_not_in_a_chat_cannot_write_there(tg: TelegramSandbox, cast: Cast) -> None:
    stranger = await tg.control.person("Чужой")
    with pytest.raises(ControlError, match="may not write there"):
        await tg.control.post(cast.group, stranger["id"], "пустите")
    with pytest.raises(ControlError, match="another person's private chat"):
        await tg.control.post(cast.olya, cast.marat, "не моё")

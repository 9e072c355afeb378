from __future__ import annotations

from sandbox.telegram import TelegramSandbox
from tests.sandbox.conftest import NOW, Cast
from tests.sandbox.hand_driven import HandDrivenBot, Json, button, buttons

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)


async def test_an_edit_replaces_text_and_buttons_and_has_a_date(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    sent = await bot.send(cast.group, reply_markup=buttons([button()]))
    await tg.control.advance(5)
    edited = await bot.ok(
        "editMessageText", chat_id=cast.group, message_id=sent["message_id"], text="решено"
    )
    assert edited["text"] == "решено"
    assert edited["edit_date"] == NOW + 5
    assert edited["date"] == NOW
    assert "reply_markup" not in edited


async def test_the_same_content_and_buttons_are_not_modified(
    bot: HandDrivenBot, cast: Cast
) -> None:
    keyboard = buttons([button()])
    sent = await bot.send(cast.group, "<b>а</b>", parse_mode="HTML", reply_markup=keyboard)
    same = {"chat_id": cast.group, "message_id": sent["message_id"], "reply_markup": keyboard}
    words = await bot.refused("editMessageText", text="*а*", parse_mode="MarkdownV2", **same)
    assert words == NOT_MODIFIED
    assert await bot.refused("editMessageReplyMarkup", **same) == NOT_MODIFIED
    # The same letters without the bold are another content.
    await bot.ok("editMessageText", text="а", **same)


async def test_only_living_messages_of_the_bots_own_can_be_edited(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    async def refusal(message_id: int) -> str:
        return await bot.refused(
            "editMessageText", chat_id=cast.group, message_id=message_id, text="а"
        )

    post = await tg.control.post(cast.group, cast.olya, "пост")
    sent = await bot.send(cast.group)
    assert await refusal(post["message_id"]) == "Bad Request: message can't be edited"
    assert await refusal(999) == "Bad Request: message to edit not found"
    await tg.control.delete(cast.group, sent["message_id"])
    assert await refusal(sent["message_id"]) == "Bad Request: message to edit not found"
    words = await bot.refused("editMessageText", chat_id=cast.group, text="а")
    assert words == "Bad Request: message identifier is not specified"


async def test_others_messages_are_deleted_by_administrators_only(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    post = await tg.control.post(cast.group, cast.olya, "пост")
    target = {"chat_id": cast.group, "message_id": post["message_id"]}
    assert await bot.refused("deleteMessage", **target) == "Bad Request: message can't be deleted"
    await tg.control.member(cast.group, tg.bot_id, "administrator", by=cast.marat)
    assert await bot.ok("deleteMessage", **target) is True
    words = await bot.refused("deleteMessage", **target)
    assert words == "Bad Request: message to delete not found"


async def test_an_old_message_cannot_be_deleted_for_everyone(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    sent = await bot.send(cast.group)
    await tg.control.advance(48 * 3600 + 1)
    words = await bot.refused("deleteMessage", chat_id=cast.group, message_id=sent["message_id"])
    assert words == "Bad Request: message can't be deleted for everyone"


async def test_several_messages_go_at_once_and_unknown_ones_are_passed_over(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    sent = await bot.send(cast.group)
    await bot.ok("deleteMessages", chat_id=cast.group, message_ids=[sent["message_id"], 999])
    assert (await tg.control.messages(cast.group))[-1]["deleted"]


async def test_pinning_asks_for_the_right_and_leaves_a_note(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    sent = await bot.send(cast.group)
    target = {"chat_id": cast.group, "message_id": sent["message_id"]}
    words = await bot.refused("pinChatMessage", **target)
    assert words == "Bad Request: not enough rights to manage pinned messages in the chat"
    await tg.control.member(cast.group, tg.bot_id, "administrator", by=cast.marat)
    await bot.ok("pinChatMessage", **target)
    note = (await tg.control.messages(cast.group))[-1]
    assert note["pinned_message"]["message_id"] == sent["message_id"]
    pinned = (await bot.ok("getChat", chat_id=cast.group))["pinned_message"]
    assert pinned["message_id"] == sent["message_id"]
    await bot.ok("unpinChatMessage", **target)
    assert "pinned_message" not in await bot.ok("getChat", chat_id=cast.group)


async def test_only_telegrams_own_reactions_are_taken(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    post = await tg.control.post(cast.group, cast.olya, "пост")

    def reaction(emoji: str) -> Json:
        faces = [{"type": "emoji", "emoji": emoji}]
        return {"chat_id": cast.group, "message_id": post["message_id"], "reaction": faces}

    await bot.ok("setMessageReaction", **reaction("👀"))
    assert (await tg.control.messages(cast.group))[-1]["reactions"][0]["emoji"] == "👀"
    words = await bot.refused("setMessageReaction", **reaction("🧾"))
    assert words == "Bad Request: REACTION_INVALID"

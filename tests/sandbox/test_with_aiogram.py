"""aiogram must understand every answer, and recognise every refusal."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BufferedInputFile,
    ChatMemberAdministrator,
    ChatMemberOwner,
    InaccessibleMessage,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReactionTypeEmoji,
    ReplyParameters,
    Update,
)

from sandbox.telegram import TelegramSandbox
from tests.sandbox.conftest import Cast


def a_bot(tg: TelegramSandbox, token: str = "") -> Bot:
    server = TelegramAPIServer.from_base(tg.url)
    return Bot(token or tg.token, session=AiohttpSession(api=server))


@pytest.fixture
async def bot(tg: TelegramSandbox) -> AsyncIterator[Bot]:
    driven = a_bot(tg)
    yield driven
    await driven.session.close()


@pytest.fixture
async def cast(tg: TelegramSandbox) -> Cast:
    olya = (await tg.control.person("Оля", username="olya_demo"))["id"]
    marat = (await tg.control.person("Марат"))["id"]
    chat = await tg.control.chat("РФ Админы", creator=marat, members=[olya, tg.bot_id])
    return Cast(olya, marat, chat["id"])


KEYBOARD = InlineKeyboardMarkup(
    inline_keyboard=[
        [
            InlineKeyboardButton(text="Разрешить", callback_data="yes", style="success"),
            InlineKeyboardButton(text="Запретить", callback_data="no", style="danger"),
        ]
    ]
)


async def test_a_whole_dialogue(tg: TelegramSandbox, bot: Bot, cast: Cast) -> None:
    assert (await bot.get_me()).can_read_all_group_messages
    post = await tg.control.post(cast.group, cast.olya, "a.ru/orders/1 можно?")
    update = (await bot.get_updates())[-1]
    assert update.message is not None
    assert update.message.from_user is not None
    assert update.message.from_user.id == cast.olya
    card = await bot.send_message(
        cast.group,
        "<b>Дубль</b>",
        parse_mode="HTML",
        reply_parameters=ReplyParameters(message_id=post["message_id"]),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_markup=KEYBOARD,
    )
    assert card.reply_to_message is not None
    assert card.reply_markup is not None
    [row] = card.reply_markup.inline_keyboard
    assert [(b.text, b.callback_data, b.style) for b in row] == [
        ("Разрешить", "yes", "success"),
        ("Запретить", "no", "danger"),
    ]
    await tg.control.press(cast.group, card.message_id, cast.marat, row=0, col=0)
    [pressed] = await bot.get_updates(offset=update.update_id + 1)
    assert pressed.callback_query is not None
    assert await bot.answer_callback_query(pressed.callback_query.id, "принято")
    edited = await bot.edit_message_text(
        "Разрешил Марат", chat_id=cast.group, message_id=card.message_id
    )
    assert not isinstance(edited, bool)
    assert edited.edit_date
    assert await bot.delete_message(cast.group, card.message_id)


async def test_every_other_answer_is_understood(tg: TelegramSandbox, bot: Bot, cast: Cast) -> None:
    chat = cast.group
    await tg.control.member(chat, tg.bot_id, "administrator", by=cast.marat)
    assert (await bot.get_chat(chat)).permissions is not None
    assert (await bot.get_chat(cast.olya)).first_name == "Оля"
    owner, itself = await bot.get_chat_administrators(chat)
    assert isinstance(owner, ChatMemberOwner)
    assert isinstance(itself, ChatMemberAdministrator)
    assert await bot.get_chat_member_count(chat) == 3
    for user in (cast.olya, cast.marat, tg.bot_id):
        assert (await bot.get_chat_member(chat, user)).user.id == user
    sent = await bot.send_document(chat, BufferedInputFile(b"1;2", "отчёт.csv"), caption="отчёт")
    assert sent.document is not None
    assert sent.document.file_name == "отчёт.csv"
    assert not isinstance(
        await bot.edit_message_caption(chat_id=chat, message_id=sent.message_id, caption="и"), bool
    )
    await bot.edit_message_reply_markup(
        chat_id=chat, message_id=sent.message_id, reply_markup=KEYBOARD
    )
    assert (await bot.copy_message(chat, chat, sent.message_id)).message_id
    assert (await bot.forward_message(chat, chat, sent.message_id)).forward_origin
    assert await bot.pin_chat_message(chat, sent.message_id)
    assert await bot.unpin_chat_message(chat, message_id=sent.message_id)
    assert await bot.set_message_reaction(chat, sent.message_id, [ReactionTypeEmoji(emoji="👌")])
    assert await bot.send_chat_action(chat, "typing")
    assert await bot.delete_messages(chat, [sent.message_id])
    scope = BotCommandScopeAllGroupChats()
    command = BotCommand(command="bind", description="Привязать чат")
    assert await bot.set_my_commands([command], scope=scope)
    [kept] = await bot.get_my_commands(scope=scope)
    assert (kept.command, kept.description) == ("bind", "Привязать чат")
    assert await bot.delete_my_commands(scope=scope)
    assert await bot.get_my_commands(scope=scope) == []
    assert await bot.set_my_name("Чаты")
    assert await bot.set_my_description("Описание")
    assert await bot.set_my_short_description("Кратко")
    assert await bot.set_webhook("https://bot.example/hook", secret_token="s")
    assert (await bot.get_webhook_info()).url == "https://bot.example/hook"
    assert await bot.delete_webhook()
    assert await bot.leave_chat(chat)
    assert await bot.log_out()


async def test_every_kind_of_update_is_understood(
    tg: TelegramSandbox, bot: Bot, cast: Cast
) -> None:
    seen: dict[str, Update] = {}

    async def look() -> None:
        last = 0
        for update in await bot.get_updates(allowed_updates=["chat_member", *wanted]):
            seen[update.event_type] = update
            last = update.update_id
        await bot.get_updates(offset=last + 1)

    wanted = ["message", "edited_message", "channel_post", "callback_query", "my_chat_member"]
    await look()
    await tg.control.member(cast.group, tg.bot_id, "administrator", by=cast.marat)
    for media in ("photo", "video", "document", "voice"):
        await tg.control.post(cast.group, cast.olya, caption="а", media=media)
    post = await tg.control.post(cast.group, cast.marat, "а", as_chat=cast.group)
    await tg.control.edit(cast.group, post["message_id"], cast.marat, "б")
    await tg.control.member(
        cast.group, cast.olya, "restricted", by=cast.marat, can_send_messages=False
    )
    await tg.control.member(cast.group, cast.olya, "kicked", by=cast.marat)
    card = await bot.send_message(cast.group, "а", reply_markup=KEYBOARD)
    await tg.control.press(cast.group, card.message_id, cast.marat, "yes")
    await bot.delete_message(cast.group, card.message_id)
    channel = (await tg.control.chat("Новости", creator=cast.marat, kind="channel"))["id"]
    await tg.control.member(channel, tg.bot_id, "administrator", by=cast.marat)
    await tg.control.post(channel, cast.marat, "пост")
    await look()
    assert seen.keys() == {"chat_member", *wanted}
    press = seen["callback_query"].callback_query
    assert press is not None
    assert isinstance(press.message, InaccessibleMessage)


async def test_every_refusal_is_recognised(tg: TelegramSandbox, bot: Bot, cast: Cast) -> None:
    stranger = a_bot(tg, "42:wrong")
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
    await stranger.session.close()
    with pytest.raises(TelegramNotFound):
        await bot.get_user_profile_photos(cast.olya)
    with pytest.raises(TelegramBadRequest, match="can't parse entities"):
        await bot.send_message(cast.group, "<b>", parse_mode="HTML")
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(cast.olya, "а")
    await tg.control.fault("sendMessage", "error", retry_after=3)
    with pytest.raises(TelegramRetryAfter) as flood:
        await bot.send_message(cast.group, "а")
    assert flood.value.retry_after == 3
    await tg.control.fault("sendMessage", "error", code=502)
    with pytest.raises(TelegramServerError):
        await bot.send_message(cast.group, "а")
    group = await tg.control.chat("г", creator=cast.marat, members=[tg.bot_id], kind="group")
    successor = await tg.control.migrate(group["id"])
    with pytest.raises(TelegramMigrateToChat) as moved:
        await bot.send_message(group["id"], "а")
    assert moved.value.migrate_to_chat_id == successor

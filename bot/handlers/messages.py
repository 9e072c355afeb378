"""Posts, replies and the chat's own commands in working chats, new and edited."""

from __future__ import annotations

import re
from datetime import datetime

from aiogram import Bot, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.desk import Desk
from bot.handlers.answering import answer
from bot.people import People
from bot.reading import Reader
from bot.saying import Saying
from bot.telegram import sent_at, topic_of, words_of

#: Which of them a chat has, its flow says.
_ANY_COMMAND = re.compile(r"[a-z_]{1,32}")


def make_posts_router() -> Router:
    """Words in a group that are no command: nearly all that comes, and nobody else's."""
    router = Router(name="posts")
    router.message.register(on_post, is_said_in_group)
    router.edited_message.register(on_post, is_said_in_group)
    return router


def make_router() -> Router:
    """Every other message of a group that no command took."""
    router = Router(name="messages")
    router.message.register(on_command, Command(_ANY_COMMAND))
    router.message.register(on_post)
    router.edited_message.register(on_post)
    return router


async def is_said_in_group(message: Message) -> bool:
    """Words, under a picture too, that do not begin as a command does."""
    words = words_of(message)
    return bool(words) and not words.startswith("/") and _is_in_group(message)


def _is_in_group(message: Message) -> bool:
    return message.chat.type in {ChatType.GROUP, ChatType.SUPERGROUP}


async def on_command(
    message: Message,
    command: CommandObject,
    bot: Bot,
    desk: Desk,
    *,
    reader: Reader,
    people: People,
    saying: Saying,
) -> None:
    """`/<word>` that shows how this chat stands; any other is a post like all."""
    topic = topic_of(message)
    if not await desk.board(command.command, message.chat.id, topic, message.message_id):
        await on_post(message, bot, desk, reader, people, saying)


async def on_post(
    message: Message, bot: Bot, desk: Desk, reader: Reader, people: People, saying: Saying
) -> None:
    """A post, or a reply to a card. An edited post that names a lead now is read like a new one."""
    if not _is_in_group(message):
        return
    if message.via_bot is not None and message.via_bot.id == bot.id:
        # A line of our handbook, which somebody sent by inline query.
        return
    post = reader.post(message)
    if post is None:
        await _nobody(message, desk, reader, saying)
        return
    if message.from_user is not None:
        await people.met(post.by, message.from_user.username or "")
    replied = message.reply_to_message
    if (
        replied is not None
        and message.edit_date is None
        and await desk.reply(post, replied.message_id, ours_of=_ours_of(replied, bot))
    ):
        return
    if _is_command(message) and not await desk.would_open(post):
        await desk.no_such_command(post)
        return
    await desk.post(post)


def _ours_of(message: Message, bot: Bot) -> datetime | None:
    """When it was sent, if it is ours."""
    is_ours = message.from_user is not None and message.from_user.id == bot.id
    return sent_at(message) if is_ours else None


def _is_command(message: Message) -> bool:
    """Whether it begins with a command; one with a name behind it may be another bot's."""
    text = message.text or ""
    return any(
        entity.type == "bot_command" and not entity.offset and "@" not in entity.extract_from(text)
        for entity in message.entities or ()
    )


async def _nobody(message: Message, desk: Desk, reader: Reader, saying: Saying) -> None:
    """A post in the name of the group or of a channel carries no authority: say how to mend it."""
    if not message.is_automatic_forward and await desk.would_open(reader.unsigned(message)):
        once = f"anonymous:{message.chat.id}:{message.message_id}"
        await answer(message, saying, "anonymous", once=once)

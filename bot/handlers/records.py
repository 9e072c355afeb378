"""What admins and above look up, by commands: /history, /find, /export."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiogram import Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.handlers.answering import answer
from bot.people import People
from bot.reading import Reader
from bot.records import Question, Records
from bot.saying import Saying


def make_router() -> Router:
    """Commands in a private chat and in groups; `/history@botname` works as well."""
    router = Router(name="records")
    router.message.register(on_lookup, Command("history", "find", "export"))
    return router


async def on_lookup(
    message: Message,
    command: CommandObject,
    records: Records,
    reader: Reader,
    people: People,
    saying: Saying,
) -> None:
    """Who asks is known by his number; whoever speaks for the group or a channel is nobody."""
    post = reader.post(message)
    if post is None or message.from_user is None:
        await answer(message, saying, "anonymous")
        return
    await people.met(post.by, message.from_user.username or "")
    is_private = message.chat.type == ChatType.PRIVATE
    if is_private:
        await people.set_reachable(post.by.id, reachable=True)
    commands: dict[str, Callable[[Question], Awaitable[None]]] = {
        "history": records.history,
        "find": records.find,
        "export": records.export,
    }
    await commands[command.command.casefold()](
        Question(
            by=post.by,
            chat_id=post.chat_id,
            topic_id=post.topic_id,
            message_id=post.message_id,
            is_private=is_private,
            text=command.args or "",
            leads=post.leads,
        )
    )

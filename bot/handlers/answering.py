"""What handlers of messages share: an answer to one, and who has written it."""

from __future__ import annotations

from typing import Any

from aiogram.types import Message

from bot.chats import Chats
from bot.flows.records import Person
from bot.telegram import name_of, topic_of


async def answer(
    message: Message, chats: Chats, what: str, *, once: str = "", **words: Any
) -> None:
    """Say it under the message; `once`: not again under this key, else under this message."""
    await chats.say(
        message.chat.id,
        what,
        topic_id=topic_of(message),
        reply_to=message.message_id,
        once=once or f"said:{message.chat.id}:{message.message_id}",
        **words,
    )


async def who_wrote(message: Message, chats: Chats) -> Person | None:
    """Who wrote this; None for a group's or a channel's post, and then he has been told."""
    if message.sender_chat is not None:
        await answer(message, chats, "anonymous")
        return None
    if message.from_user is None:
        return None
    person = Person(id=message.from_user.id, name=name_of(message.from_user))
    await chats.met(person, message.from_user.username or "")
    return person

"""What handlers of messages share: an answer to one, who has written it, and whom it answers."""

from __future__ import annotations

from typing import Any

from aiogram.types import Message

from bot.flows.records import Person
from bot.people import People
from bot.saying import Saying
from bot.telegram import answered, person_of, topic_of


async def answer(
    message: Message, saying: Saying, what: str, *, once: str = "", **words: Any
) -> None:
    """Say it under the message; `once`: not again under this key, else under this message."""
    await saying.say(
        message.chat.id,
        what,
        topic_id=topic_of(message),
        reply_to=message.message_id,
        once=once or f"said:{message.chat.id}:{message.message_id}",
        **words,
    )


async def who_wrote(message: Message, people: People, saying: Saying) -> Person | None:
    """Who wrote this; None for a group's or a channel's post, and then he has been told."""
    if message.sender_chat is not None:
        await answer(message, saying, "anonymous")
        return None
    if message.from_user is None:
        return None
    person = person_of(message.from_user)
    await people.met(person, message.from_user.username or "")
    return person


async def whom_answers(
    message: Message, people: People, saying: Saying, *, usage: str, **words: Any
) -> Person | None:
    """Who wrote what this answers; None: nobody whom one can name so, and `usage` has been said."""
    replied = answered(message)
    if replied is None or replied.from_user is None:
        await answer(message, saying, usage, **words)
        return None
    if replied.sender_chat is not None or replied.from_user.is_bot:
        await answer(message, saying, "not_a_person")
        return None
    person = person_of(replied.from_user)
    await people.met(person, replied.from_user.username or "")
    return person

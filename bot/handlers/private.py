"""The private chat: people start the bot here so that it may tell them things."""

from __future__ import annotations

from aiogram import Router
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.filters import CommandStart
from aiogram.types import ChatMemberUpdated, Message

from bot.desk import Desk
from bot.links import Linking
from bot.people import People
from bot.reading import Reader
from bot.saying import Saying
from bot.staff import Staff
from bot.telegram import person_of


def make_router() -> Router:
    """Private messages, and people who block the bot."""
    router = Router(name="private")
    router.message.filter(is_private)
    router.my_chat_member.filter(is_private)
    router.message.register(on_start, CommandStart())
    router.message.register(on_words)
    router.my_chat_member.register(on_blocked)
    return router


async def is_private(event: Message | ChatMemberUpdated) -> bool:
    """Asynchronous, as all our filters: aiogram sends the others through a thread."""
    return event.chat.type == ChatType.PRIVATE


async def on_start(
    message: Message, staff: Staff, linking: Linking, people: People, saying: Saying
) -> None:
    """He can be told things from now on; and the CRM is asked whether it knows him."""
    if message.from_user is None:
        return
    person = person_of(message.from_user)
    await people.met(person, message.from_user.username or "")
    await people.set_reachable(person.id, reachable=True)
    what, words = await staff.hello(person, message.from_user.first_name)
    once = f"start:{message.chat.id}:{message.message_id}"
    await saying.say(message.chat.id, what, once=once, **words)
    await linking.started(person, message.from_user.username or "", message.message_id)


async def on_words(
    message: Message, desk: Desk, reader: Reader, people: People, saying: Saying
) -> None:
    """A reply to a notice goes to its case; other words get a hint where the work is done.

    Once a day: nobody is scolded at each word.
    """
    post = reader.post(message)
    if post is None:
        return
    await people.set_reachable(post.by.id, reachable=True)
    replied = message.reply_to_message
    if replied is not None and await desk.reply(post, replied.message_id):
        return
    await saying.say(
        message.chat.id, "private_help", once=f"help:{message.chat.id}:{message.date:%Y%m%d}"
    )


async def on_blocked(event: ChatMemberUpdated, people: People) -> None:
    """He blocked the bot, or let it in again: outcomes go to the group meanwhile."""
    reachable = event.new_chat_member.status == ChatMemberStatus.MEMBER
    await people.set_reachable(event.chat.id, reachable=reachable)

"""Methods that delete, pin and react."""

from __future__ import annotations

from typing import Literal

from sandbox.telegram import render
from sandbox.telegram.access import open_chat
from sandbox.telegram.errors import bad_request
from sandbox.telegram.model import Chat, Message
from sandbox.telegram.params import (
    DeleteMessage,
    DeleteMessages,
    PinChatMessage,
    SetMessageReaction,
    UnpinChatMessage,
)
from sandbox.telegram.telegram import Telegram

#: A message can be deleted for everyone for this long, seconds.
DELETABLE_FOR = 48 * 3600
DELETE_AT_ONCE = 100
#: The reactions that everybody may give; others need a group's leave.
REACTIONS = frozenset(
    (  # noqa: SIM905 - a line of faces reads better than seventy quoted ones
        "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 🌚 🌭 💯 🤣 ⚡ 🍌 "
        "🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 "
        "🙉 🦄 😘 💊 🙊 😎 👾 🤷 😡 ❤\u200d🔥 👨\u200d💻 🤷\u200d♂ 🤷\u200d♀"
    ).split()
)


def delete_message(tg: Telegram, asked: DeleteMessage) -> Literal[True]:
    """Delete one message for everyone."""
    chat = open_chat(tg, asked.chat_id)
    record = chat.living(asked.message_id)
    if record is None:
        raise bad_request("message to delete not found")
    _check_deletable(tg, chat, record)
    record.deleted = True
    tg.show("delete", chat, record)
    return True


def delete_messages(tg: Telegram, asked: DeleteMessages) -> Literal[True]:
    """Delete several; those that cannot be found or deleted are passed over."""
    chat = open_chat(tg, asked.chat_id)
    if not 1 <= len(asked.message_ids) <= DELETE_AT_ONCE:
        raise bad_request("message identifiers are not specified")
    for message_id in asked.message_ids:
        record = chat.living(message_id)
        if record is not None:
            _check_deletable(tg, chat, record)
            record.deleted = True
            tg.show("delete", chat, record)
    return True


def pin_chat_message(tg: Telegram, asked: PinChatMessage) -> Literal[True]:
    """Pin a message."""
    chat = open_chat(tg, asked.chat_id)
    _check_pinning(tg, chat)
    if chat.living(asked.message_id) is None:
        raise bad_request("message to pin not found")
    if asked.message_id not in chat.pinned:
        chat.pinned.append(asked.message_id)
        tg.service(chat, tg.world.bot.id, {"pinned_message": asked.message_id})
    return True


def unpin_chat_message(tg: Telegram, asked: UnpinChatMessage) -> Literal[True]:
    """Unpin a message, or the latest."""
    chat = open_chat(tg, asked.chat_id)
    _check_pinning(tg, chat)
    if not chat.pinned:
        raise bad_request("message to unpin not found")
    unpinned = chat.pinned[-1] if asked.message_id is None else asked.message_id
    if unpinned not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(unpinned)
    tg.events.emit("world")
    return True


def set_message_reaction(tg: Telegram, asked: SetMessageReaction) -> Literal[True]:
    """Put one reaction of the bot's on a message, or take it away."""
    chat = open_chat(tg, asked.chat_id)
    record = chat.living(asked.message_id)
    if record is None:
        raise bad_request("message to react not found")
    if len(asked.reaction) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    for reaction in asked.reaction:
        if reaction.get("type") != "emoji" or reaction.get("emoji") not in REACTIONS:
            raise bad_request("REACTION_INVALID")
    record.reactions = asked.reaction
    tg.show("edit", chat, record)
    return True


def _check_deletable(tg: Telegram, chat: Chat, record: Message) -> None:
    bot_id = tg.world.bot.id
    is_own = record.author_id == bot_id
    may = is_own or chat.type == "private" or render.may(chat, bot_id, "can_delete_messages")
    if not may:
        raise bad_request("message can't be deleted")
    is_admin = chat.type == "supergroup" and render.may(chat, bot_id, "can_delete_messages")
    if tg.clock.now() - record.date > DELETABLE_FOR and not is_admin:
        raise bad_request("message can't be deleted for everyone")


def _check_pinning(tg: Telegram, chat: Chat) -> None:
    if chat.type != "private" and not render.may(chat, tg.world.bot.id, "can_pin_messages"):
        raise bad_request("not enough rights to manage pinned messages in the chat")

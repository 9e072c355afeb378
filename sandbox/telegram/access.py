"""Whether the bot may speak in a chat, in the order in which the Bot API server looks."""

from __future__ import annotations

from sandbox.telegram import render
from sandbox.telegram.errors import BotApiError, bad_request, forbidden
from sandbox.telegram.model import PRESENT, Chat
from sandbox.telegram.telegram import Telegram

_NAMES = {"group": "group chat", "supergroup": "supergroup chat", "channel": "channel chat"}


def known_chat(tg: Telegram, chat_id: int | str) -> Chat:
    """Find a chat that the bot may ask about, though it may have been thrown out of it.

    Raises:
        BotApiError: 400 for a chat that it never met, or one that has become a supergroup.
    """
    if chat_id == "":
        raise bad_request("chat_id is empty")
    if isinstance(chat_id, str):
        raise bad_request("chat not found")
    chat = tg.world.chats.get(chat_id)
    if chat is None and chat_id in tg.world.people and _has_met(tg, chat_id):
        return Chat(chat_id, "private")
    if chat is None or (chat.type != "private" and tg.world.bot.id not in chat.members):
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise BotApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": chat.migrated_to},
        )
    return chat


def open_chat(tg: Telegram, chat_id: int | str) -> Chat:
    """Find a chat where the bot is now.

    Raises:
        BotApiError: 400 as `known_chat`; 403 where it is not welcome.
    """
    chat = known_chat(tg, chat_id)
    if chat.type == "private":
        person = tg.world.people[chat.id]
        if person.blocked:
            raise forbidden("bot was blocked by the user")
        if not person.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat
    status = chat.status_of(tg.world.bot.id)
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {_NAMES[chat.type]}")
    if status not in PRESENT:
        raise forbidden(f"bot is not a member of the {_NAMES[chat.type]}")
    return chat


def speaking_chat(tg: Telegram, chat_id: int | str, right: str, what: str) -> Chat:
    """Find a chat where the bot may send; `what` names it in the refusal."""
    chat = open_chat(tg, chat_id)
    bot_id = tg.world.bot.id
    if chat.type == "channel" and not chat.is_admin(bot_id):
        raise bad_request("need administrator rights in the channel chat")
    if chat.type != "private" and not render.may(chat, bot_id, right):
        raise bad_request(f"not enough rights to send {what} to the chat")
    return chat


def _has_met(tg: Telegram, user_id: int) -> bool:
    """Say whether the bot shares, or shared, a chat with somebody."""
    bot_id = tg.world.bot.id
    return any(
        bot_id in chat.members and user_id in chat.members for chat in tg.world.chats.values()
    )

"""What becomes of groups: the bot is added or removed, a group becomes a supergroup."""

from __future__ import annotations

from aiogram import Router
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.types import ChatMemberRestricted, ChatMemberUnion, ChatMemberUpdated, Message

from bot.chats import Chats
from bot.telegram import person_of

_IN = {
    ChatMemberStatus.MEMBER,
    ChatMemberStatus.ADMINISTRATOR,
    ChatMemberStatus.RESTRICTED,
    ChatMemberStatus.CREATOR,
}


def make_router() -> Router:
    """Membership of the bot itself, and migrations."""
    router = Router(name="groups")
    router.my_chat_member.register(on_membership, in_group)
    router.message.register(on_migration, is_migration)
    return router


async def in_group(event: ChatMemberUpdated) -> bool:
    """Of a group, not of a private chat or a channel."""
    return event.chat.type in {ChatType.GROUP, ChatType.SUPERGROUP}


async def is_migration(message: Message) -> bool:
    """The last message of a group that became a supergroup, or the first one there."""
    return message.migrate_to_chat_id is not None or message.migrate_from_chat_id is not None


async def on_membership(event: ChatMemberUpdated, chats: Chats, event_update: object) -> None:
    """Only an owner may add the bot; a bound chat that loses it is told to the owner."""
    was = event.old_chat_member.status in _IN
    now = event.new_chat_member.status in _IN
    update = int(getattr(event_update, "update_id", 0))
    title = event.chat.title or ""
    if now and not was:
        await chats.added(event.chat.id, title, person_of(event.from_user), update)
    elif was and not now:
        await chats.removed(event.chat.id, title, update)
    elif _is_heard(event.new_chat_member) and not _is_heard(event.old_chat_member):
        await chats.may_speak_again(event.chat.id)


def _is_heard(member: ChatMemberUnion) -> bool:
    return not isinstance(member, ChatMemberRestricted) or member.can_send_messages


async def on_migration(message: Message, chats: Chats) -> None:
    """The group became a supergroup: bindings and open cards go along.

    Each of the two tells it before anything that comes behind it: chats are taken side by side.
    """
    if message.migrate_to_chat_id is not None:
        await chats.moved(message.chat.id, message.migrate_to_chat_id)
    if message.migrate_from_chat_id is not None:
        await chats.moved(message.migrate_from_chat_id, message.chat.id)

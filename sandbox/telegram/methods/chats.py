"""Methods about chats and their members."""

from __future__ import annotations

from typing import Literal

from sandbox.telegram import render
from sandbox.telegram.access import known_chat, open_chat, speaking_chat
from sandbox.telegram.errors import bad_request
from sandbox.telegram.membership import set_member
from sandbox.telegram.model import ADMINS, PRESENT, Json, Member
from sandbox.telegram.params import GetChatAdministrators, GetChatMember, InChat, SendChatAction
from sandbox.telegram.telegram import Telegram
from sandbox.telegram.threads import has_topic

_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


def get_chat(tg: Telegram, asked: InChat) -> Json:
    """Give all about a chat."""
    chat = known_chat(tg, asked.chat_id)
    if chat.type in {"supergroup", "channel"}:
        # Of a basic group a bot may read after it has been thrown out, of these not.
        chat = open_chat(tg, asked.chat_id)
    full = render.chat(tg.world, chat) | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict(_GIFTS),
    }
    if chat.type in {"group", "supergroup"}:
        full["permissions"] = dict(render.MEMBER_RIGHTS)
    pinned = chat.living(chat.pinned[-1]) if chat.pinned else None
    if pinned is not None:
        full["pinned_message"] = render.message(tg.world, chat, pinned, nested=True)
    return full


def get_chat_member(tg: Telegram, asked: GetChatMember) -> Json:
    """Give somebody's place in a chat; who never came has left."""
    chat = open_chat(tg, asked.chat_id)
    if tg.find_user(asked.user_id) is None:
        raise bad_request("user not found")
    if chat.type == "private":
        is_here = asked.user_id in {chat.id, tg.world.bot.id}
        place = Member(asked.user_id, "member" if is_here else "left")
    else:
        place = chat.members.get(asked.user_id) or Member(asked.user_id, "left")
    return render.member(tg.world, chat, place)


def get_chat_administrators(tg: Telegram, asked: GetChatAdministrators) -> list[Json]:
    """Give the creator and the administrators; the only bot there can be is this one."""
    chat = open_chat(tg, asked.chat_id)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    admins = [m for m in chat.members.values() if m.status in ADMINS]
    return [render.member(tg.world, chat, m) for m in admins]


def get_chat_member_count(tg: Telegram, asked: InChat) -> int:
    """Count who is in a chat."""
    chat = open_chat(tg, asked.chat_id)
    if chat.type == "private":
        return 2
    return sum(m.status in PRESENT for m in chat.members.values())


def leave_chat(tg: Telegram, asked: InChat) -> Literal[True]:
    """Go."""
    chat = open_chat(tg, asked.chat_id)
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    bot_id = tg.world.bot.id
    set_member(tg, chat, Member(bot_id, "left"), by=bot_id)
    return True


def send_chat_action(tg: Telegram, asked: SendChatAction) -> Literal[True]:
    """Show «typing…»: nothing to see in the sandbox, but checked."""
    chat = speaking_chat(tg, asked.chat_id, "can_send_messages", "text messages")
    if asked.action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    thread = asked.message_thread_id
    if thread is not None and not has_topic(chat, thread):
        raise bad_request("message thread not found")
    return True

"""The sandbox's records as the Bot API's JSON."""

from __future__ import annotations

from sandbox.telegram.model import (
    CHANNEL_BOT,
    GROUP_ANONYMOUS_BOT,
    Chat,
    Json,
    Member,
    Message,
    World,
)

#: Rights of an administrator who was given the usual ones.
ADMIN_RIGHTS: dict[str, bool] = {
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": True,
    "can_restrict_members": True,
    "can_promote_members": False,
    "can_change_info": True,
    "can_invite_users": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_send_welcome_messages": False,
    "can_pin_messages": True,
}
#: What a member may do unless restricted.
MEMBER_RIGHTS: dict[str, bool] = {
    "can_send_messages": True,
    "can_send_audios": True,
    "can_send_documents": True,
    "can_send_photos": True,
    "can_send_videos": True,
    "can_send_video_notes": True,
    "can_send_voice_notes": True,
    "can_send_polls": True,
    "can_send_other_messages": True,
    "can_add_web_page_previews": True,
    "can_react_to_messages": True,
    "can_edit_tag": False,
    "can_change_info": False,
    "can_invite_users": True,
    "can_pin_messages": False,
    "can_manage_topics": False,
}
_STAND_INS: dict[int, Json] = {
    GROUP_ANONYMOUS_BOT: {
        "id": GROUP_ANONYMOUS_BOT,
        "is_bot": True,
        "first_name": "Group",
        "username": "GroupAnonymousBot",
    },
    CHANNEL_BOT: {
        "id": CHANNEL_BOT,
        "is_bot": True,
        "first_name": "Channel",
        "username": "Channel_Bot",
    },
}


def user(world: World, user_id: int) -> Json:
    """Give a User; the bot itself and Telegram's stand-ins included."""
    if user_id in _STAND_INS:
        return dict(_STAND_INS[user_id])
    if user_id == world.bot.id:
        bot = world.bot
        return {
            "id": bot.id,
            "is_bot": True,
            "first_name": bot.first_name,
            "username": bot.username,
        }
    person = world.people[user_id]
    given: Json = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    if person.last_name:
        given["last_name"] = person.last_name
    if person.username:
        given["username"] = person.username
    return given | {"language_code": "ru"}


def chat(world: World, record: Chat) -> Json:
    """Give a Chat."""
    if record.type == "private":
        about = user(world, record.id)
        names = ("first_name", "last_name", "username")
        return {"id": record.id, **{n: about[n] for n in names if n in about}, "type": "private"}
    given: Json = {"id": record.id, "title": record.title, "type": record.type}
    if record.is_forum:
        given["is_forum"] = True
    return given


def message(world: World, where: Chat, record: Message, *, nested: bool = False) -> Json:
    """Give a Message; one inside another (`nested`) has no `reply_to_message` of its own."""
    given: Json = {"message_id": record.message_id}
    given |= _sender(world, where, record)
    given["chat"] = chat(world, where)
    given["date"] = record.date
    if record.edit_date is not None:
        given["edit_date"] = record.edit_date
    if record.thread_id is not None:
        given["message_thread_id"] = record.thread_id
    if record.is_topic:
        given["is_topic_message"] = True
    given |= record.extras
    answered = None if nested else _answered(where, record)
    if answered is not None:
        given["reply_to_message"] = message(world, where, answered, nested=True)
    given |= record.content
    if "pinned_message" in record.content:
        given["pinned_message"] = _pinned(world, where, record.content["pinned_message"])
    if record.reply_markup:
        given["reply_markup"] = record.reply_markup
    return given


def inaccessible(world: World, where: Chat, message_id: int) -> Json:
    """Give what a press shows of a message that has been deleted."""
    return {"chat": chat(world, where), "message_id": message_id, "date": 0}


def member(world: World, where: Chat, record: Member) -> Json:
    """Give a ChatMember of the right kind."""
    given: Json = {"user": user(world, record.user_id), "status": record.status}
    if record.status == "creator":
        given["is_anonymous"] = record.is_anonymous
    elif record.status == "administrator":
        rights = ADMIN_RIGHTS | _of_type(where)
        given |= {"can_be_edited": False, "is_anonymous": record.is_anonymous}
        given |= rights | {k: v for k, v in record.rights.items() if k in rights}
    elif record.status == "restricted":
        rights = {k: v for k, v in record.rights.items() if k in MEMBER_RIGHTS}
        given |= {"is_member": True, "until_date": 0} | MEMBER_RIGHTS | rights
    elif record.status == "kicked":
        given["until_date"] = 0
    return given


def may(where: Chat, user_id: int, right: str) -> bool:
    """Say whether somebody has a right here."""
    record = where.members.get(user_id)
    if record is None or record.status in {"left", "kicked"}:
        return False
    if record.status == "creator":
        return True
    if record.status == "administrator":
        usual = ADMIN_RIGHTS | _of_type(where)
        return record.rights.get(right, usual.get(right, right.startswith("can_send")))
    if record.status == "restricted":
        return record.rights.get(right, MEMBER_RIGHTS.get(right, False))
    return MEMBER_RIGHTS.get(right, False)


def _of_type(where: Chat) -> dict[str, bool]:
    if where.type == "channel":
        return {"can_post_messages": True, "can_edit_messages": True}
    return {"can_manage_topics": True} if where.is_forum else {}


def _sender(world: World, where: Chat, record: Message) -> Json:
    if where.type == "channel":
        return {"sender_chat": chat(world, where)}
    if record.sender_chat_id is not None:
        speaker = world.chats[record.sender_chat_id]
        stand_in = GROUP_ANONYMOUS_BOT if speaker.id == where.id else CHANNEL_BOT
        return {"from": user(world, stand_in), "sender_chat": chat(world, speaker)}
    return {} if record.author_id is None else {"from": user(world, record.author_id)}


def _answered(where: Chat, record: Message) -> Message | None:
    """Find what a message answers; in a topic that is at least the topic's own beginning."""
    if record.reply_to is not None:
        return where.living(record.reply_to)
    return where.living(record.thread_id) if record.is_topic else None


def _pinned(world: World, where: Chat, message_id: int) -> Json:
    record = where.living(message_id)
    if record is None:
        return inaccessible(world, where, message_id)
    return message(world, where, record, nested=True)

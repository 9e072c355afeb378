"""What people do in chats: write, edit, delete, press."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from sandbox.telegram import render
from sandbox.telegram.errors import ControlError
from sandbox.telegram.membership import chat_of, person_of, start
from sandbox.telegram.model import Chat, Json, Message, Press
from sandbox.telegram.telegram import Telegram
from sandbox.telegram.texts import CAPTION_LIMIT, TEXT_LIMIT, found, utf16
from sandbox.telegram.threads import thread_of


@dataclass
class Post:
    """What a person writes; see the control API for the meanings."""

    text: str = ""
    caption: str = ""
    entities: list[Json] | None = None
    media: str = ""
    media_group_id: str = ""
    reply_to: int | None = None
    thread_id: int | None = None
    as_chat: int | None = None
    forward: Json = field(default_factory=dict)
    #: The result of an inline query, chosen by the person.
    via_bot: bool = False


def write(tg: Telegram, chat: Chat, author_id: int, post: Post) -> Message:
    """Let a person write into a chat.

    Raises:
        ControlError: they may not write there, or what they wrote cannot be.
    """
    author = person_of(tg, author_id)
    if chat.type == "private":
        if chat.id != author_id:
            raise ControlError("that is another person's private chat")
        if author.blocked:
            raise ControlError("the person has blocked the bot")
        if not author.started:
            start(tg, author)
    elif chat.migrated_to is not None:
        raise ControlError(f"the group became the supergroup {chat.migrated_to}")
    elif not render.may(chat, author_id, "can_send_messages") or (
        chat.type == "channel" and not chat.is_admin(author_id)
    ):
        raise ControlError("the person is not in the chat or may not write there", 403)
    answered = chat.living(post.reply_to)
    if post.reply_to is not None and answered is None:
        raise ControlError("there is no message to answer", 404)
    thread_id, is_topic = thread_of(chat, post.thread_id, answered)
    record = Message(
        chat.last_message_id + 1,
        tg.clock.date(),
        author_id,
        _content(tg, post),
        sender_chat_id=_in_whose_name(tg, chat, author_id, post.as_chat),
        thread_id=thread_id,
        is_topic=is_topic,
        reply_to=post.reply_to,
    )
    if post.media_group_id:
        record.extras["media_group_id"] = post.media_group_id
    if post.via_bot:
        record.extras["via_bot"] = render.user(tg.world, tg.world.bot.id)
    if post.forward:
        record.extras["forward_origin"] = {
            "type": "hidden_user",
            "sender_user_name": str(post.forward.get("from_name", "")),
            "date": record.date,
        }
    tg.add(chat, record)
    tg.tell_bot(chat, record)
    return record


def edit(tg: Telegram, chat: Chat, message_id: int, author_id: int, text: str) -> Message:
    """Let a person edit what they wrote."""
    record = _own(chat, message_id, author_id)
    kind = "text" if "text" in record.content else "caption"
    names = {"text": "entities", "caption": "caption_entities"}
    kept = {k: v for k, v in record.content.items() if k not in {kind, names[kind]}}
    record.content = kept | _words(kind, text, None)
    record.edit_date = tg.clock.date()
    tg.show("edit", chat, record)
    tg.tell_bot(chat, record, edited=True)
    return record


def delete(tg: Telegram, chat: Chat, message_id: int) -> None:
    """Delete a message; the bot is not told, as in Telegram."""
    record = chat.living(message_id)
    if record is None:
        raise ControlError("there is no such message", 404)
    record.deleted = True
    tg.show("delete", chat, record)


def press(tg: Telegram, chat: Chat, message_id: int, from_id: int, data: str, repeat: int) -> Press:
    """Let a person press a callback button.

    `repeat` gives the same press under so many update ids. Any `data` goes: the Bot API warns
    that a client may send what no button carries.
    """
    person_of(tg, from_id)
    if chat.type == "private" and chat.id != from_id:
        raise ControlError("that is another person's private chat")
    if chat.type != "private" and not chat.is_present(from_id):
        raise ControlError("the person is not in the chat", 403)
    record = chat.living(message_id)
    if record is None:
        raise ControlError("there is no such message", 404)
    if record.author_id != tg.world.bot.id:
        raise ControlError("only the bot's messages have buttons")
    made = Press(str(tg.world.next_query_id), chat.id, message_id, from_id, data, tg.clock.now())
    tg.world.next_query_id += 1
    _forget_old_presses(tg)
    tg.world.presses[made.query_id] = made
    payload: Json = {
        "id": made.query_id,
        "from": render.user(tg.world, from_id),
        "chat_instance": _instance(chat.id),
        "data": data,
    }
    for _ in range(max(1, repeat)):
        tg.updates.push("callback_query", payload, message_ref=(chat.id, message_id))
    return made


def button_data(chat: Chat, message_id: int, row: int, col: int) -> str:
    """Find the callback data of the button at `row`, `col` (from 0)."""
    record = chat.living(message_id)
    keyboard = (record.reply_markup or {}).get("inline_keyboard", []) if record else []
    try:
        button = keyboard[row][col]
    except IndexError:
        raise ControlError("there is no such button", 404) from None
    if "callback_data" not in button:
        raise ControlError("the button does not go to the bot")
    return str(button["callback_data"])


def _forget_old_presses(tg: Telegram) -> None:
    oldest = tg.clock.now() - 24 * 3600
    presses = tg.world.presses
    # The oldest stand first.
    while presses and presses[first := next(iter(presses))].at < oldest:
        del presses[first]


def _instance(chat_id: int) -> str:
    """Make the chat's steady `chat_instance`."""
    return str(int.from_bytes(hashlib.sha256(str(chat_id).encode()).digest()[:8], "big"))


def _own(chat: Chat, message_id: int, author_id: int) -> Message:
    record = chat.living(message_id)
    if record is None:
        raise ControlError("there is no such message", 404)
    if record.author_id != author_id or record.is_service:
        raise ControlError("only one's own messages can be edited", 403)
    return record


def _in_whose_name(tg: Telegram, chat: Chat, author_id: int, as_chat: int | None) -> int | None:
    """Find the chat in whose name a person writes; anonymous admins write as the group."""
    place = chat.members.get(author_id)
    if as_chat is None:
        return chat.id if place is not None and place.is_anonymous else None
    speaker = chat_of(tg, as_chat)
    if speaker.id != chat.id and speaker.type != "channel":
        raise ControlError("one writes in the name of this group or of a channel")
    if not speaker.is_admin(author_id):
        raise ControlError("only an administrator writes in a chat's name", 403)
    return speaker.id


def _content(tg: Telegram, post: Post) -> Json:
    if not post.media:
        if not post.text:
            raise ControlError("a message needs text or media")
        return _words("text", post.text, post.entities)
    if post.text:
        raise ControlError("media has a caption, not a text")
    content = _media(post.media, tg.world.last_event)
    return content | (_words("caption", post.caption, post.entities) if post.caption else {})


def _words(kind: str, text: str, entities: list[Json] | None) -> Json:
    text = text.replace("\r", "").strip()
    limit = TEXT_LIMIT if kind == "text" else CAPTION_LIMIT
    if not text and kind == "text":
        raise ControlError("a message needs text")
    if utf16(text) > limit:
        raise ControlError(f"the {kind} is longer than {limit}")
    marks = found(text) if entities is None else entities
    name = "entities" if kind == "text" else "caption_entities"
    return {kind: text} | ({name: marks} if marks else {})


def _media(kind: str, seed: int) -> Json:
    """Make up a file, with ids that differ from every other."""
    unique = f"sandbox{seed}"
    ids: Json = {"file_id": f"file-{unique}", "file_unique_id": unique, "file_size": 4096}
    if kind == "photo":
        return {"photo": [ids | {"width": 1280, "height": 960}]}
    if kind == "video":
        return {"video": ids | {"width": 1280, "height": 720, "duration": 7}}
    if kind == "document":
        return {"document": ids | {"file_name": "document.pdf", "mime_type": "application/pdf"}}
    if kind == "voice":
        return {"voice": ids | {"duration": 5, "mime_type": "audio/ogg"}}
    raise ControlError("media must be photo, video, document or voice")

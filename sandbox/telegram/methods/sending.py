"""Methods that send a message."""

from __future__ import annotations

import mimetypes

from sandbox.telegram import markup, render
from sandbox.telegram.access import known_chat, open_chat, speaking_chat
from sandbox.telegram.errors import bad_request
from sandbox.telegram.model import Chat, Json, Message
from sandbox.telegram.params import (
    CopyMessage,
    ForwardMessage,
    ReplyParameters,
    SendDocument,
    Sending,
    SendMessage,
)
from sandbox.telegram.telegram import Telegram
from sandbox.telegram.texts import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    Formatted,
    check_length,
    formatted,
    utf16,
)
from sandbox.telegram.threads import has_topic, thread_of

_COPIED = ("text", "entities", "caption", "caption_entities", "photo", "video", "document", "voice")


def send_message(tg: Telegram, asked: SendMessage) -> Json:
    """Send a text."""
    chat = speaking_chat(tg, asked.chat_id, "can_send_messages", "text messages")
    text = formatted(
        asked.text,
        parse_mode=asked.parse_mode,
        entities=asked.entities,
        find_user=tg.find_user,
    )
    if not text.text:
        raise bad_request("message text is empty")
    check_length(text, TEXT_LIMIT, "message is too long")
    extras: Json = {}
    if asked.link_preview_options is not None:
        extras["link_preview_options"] = asked.link_preview_options.model_dump(exclude_none=True)
    return tg.render(chat, _send(tg, chat, asked, text.content(), extras))


def send_document(tg: Telegram, asked: SendDocument) -> Json:
    """Send a file that comes along with the call: there is no other yet to be named by its id."""
    chat = speaking_chat(tg, asked.chat_id, "can_send_documents", "documents")
    caption = caption_of(tg, asked.caption, asked.parse_mode, asked.caption_entities)
    content = {"document": _document(tg, asked.document)} | caption.content("caption")
    return tg.render(chat, _send(tg, chat, asked, content, {}))


def copy_message(tg: Telegram, asked: CopyMessage) -> Json:
    """Send another message's words anew, without a word of where they came from."""
    source = _source(tg, asked.from_chat_id, asked.message_id, "copy")
    if source.is_service:
        raise bad_request("message can't be copied")
    chat = speaking_chat(tg, asked.chat_id, "can_send_messages", "text messages")
    content = {k: v for k, v in source.content.items() if k in _COPIED}
    if asked.caption is not None and "text" not in content:
        caption = caption_of(tg, asked.caption, asked.parse_mode, asked.caption_entities)
        kept = {k: v for k, v in content.items() if not k.startswith("caption")}
        content = kept | caption.content("caption")
    return {"message_id": _send(tg, chat, asked, content, {}).message_id}


def forward_message(tg: Telegram, asked: ForwardMessage) -> Json:
    """Send another message on, with its origin."""
    source = _source(tg, asked.from_chat_id, asked.message_id, "forward")
    if source.is_service:
        raise bad_request("message can't be forwarded")
    chat = speaking_chat(tg, asked.chat_id, "can_send_messages", "text messages")
    content = {k: v for k, v in source.content.items() if k in _COPIED}
    origin = source.extras.get("forward_origin") or _origin(
        tg, open_chat(tg, asked.from_chat_id), source
    )
    sending = Sending(chat_id=chat.id, message_thread_id=asked.message_thread_id)
    return tg.render(chat, _send(tg, chat, sending, content, {"forward_origin": origin}))


def caption_of(
    tg: Telegram, text: str, parse_mode: str | None, entities: list[Json] | None
) -> Formatted:
    """Parse a caption and check its length."""
    caption = formatted(text, parse_mode=parse_mode, entities=entities, find_user=tg.find_user)
    check_length(caption, CAPTION_LIMIT, "message caption is too long")
    return caption


def _send(tg: Telegram, chat: Chat, asked: Sending, content: Json, extras: Json) -> Message:
    keyboard = markup.stored(asked.reply_markup)
    thread_id = asked.message_thread_id
    if thread_id is not None and not has_topic(chat, thread_id):
        raise bad_request("message thread not found")
    answered = None
    if asked.reply_parameters is not None:
        answered, of_reply = _answered(tg, chat, asked.reply_parameters)
        extras = extras | of_reply
    thread, is_topic = thread_of(chat, thread_id, answered)
    tg.limits.spend(chat.id, is_group=chat.type != "private")
    if asked.protect_content:
        extras["has_protected_content"] = True
    return tg.add(
        chat,
        Message(
            chat.last_message_id + 1,
            tg.clock.date(),
            tg.world.bot.id,
            content,
            thread_id=thread,
            is_topic=is_topic,
            reply_to=answered.message_id if answered else None,
            extras=extras,
            reply_markup=keyboard,
        ),
    )


def _answered(tg: Telegram, chat: Chat, reply: ReplyParameters) -> tuple[Message | None, Json]:
    """Find the message that is answered, and what the answer shows of it."""
    where = chat
    if reply.chat_id is not None and reply.chat_id != chat.id:
        where = known_chat(tg, reply.chat_id)
    found = where.living(reply.message_id)
    if found is None:
        if reply.allow_sending_without_reply:
            return None, {}
        raise bad_request("message to be replied not found")
    extras: Json = {}
    if reply.quote:
        extras["quote"] = _quote(tg, found, reply)
    if where is not chat:
        extras["external_reply"] = {
            "origin": _origin(tg, where, found),
            "chat": render.chat(tg.world, where),
            "message_id": found.message_id,
        }
        return None, extras
    return found, extras


def _quote(tg: Telegram, source: Message, reply: ReplyParameters) -> Json:
    quote = formatted(
        reply.quote or "",
        parse_mode=reply.quote_parse_mode,
        entities=reply.quote_entities,
        find_user=tg.find_user,
    )
    words: str = source.content.get("text") or source.content.get("caption") or ""
    at = words.find(quote.text)
    if at < 0:
        raise bad_request("QUOTE_TEXT_INVALID")
    return {"text": quote.text, "position": utf16(words[:at]), "is_manual": True}


def _source(tg: Telegram, chat_id: int | str, message_id: int, deed: str) -> Message:
    source = open_chat(tg, chat_id).living(message_id)
    if source is None:
        raise bad_request(f"message to {deed} not found")
    return source


def _origin(tg: Telegram, where: Chat, source: Message) -> Json:
    if source.sender_chat_id is not None or source.author_id is None:
        speaker = tg.world.chats[source.sender_chat_id or where.id]
        shown = render.chat(tg.world, speaker)
        return {"type": "chat", "sender_chat": shown, "date": source.date}
    author = render.user(tg.world, source.author_id)
    return {"type": "user", "sender_user": author, "date": source.date}


def _document(tg: Telegram, given: Json | str) -> Json:
    if isinstance(given, str) or not isinstance(given.get("content"), bytes):
        raise bad_request("wrong file identifier/HTTP URL specified")
    if not given["content"]:
        raise bad_request("file must be non-empty")
    name = str(given["file_name"])
    unique = f"sandboxdoc{tg.world.last_event}"
    tg.files.put(f"file-{unique}", given["content"])
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {
        "file_name": name,
        "mime_type": kind,
        "file_id": f"file-{unique}",
        "file_unique_id": unique,
        "file_size": given["file_size"],
    }

"""Methods that change a message."""

from __future__ import annotations

from sandbox.telegram import markup
from sandbox.telegram.access import open_chat
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods.sending import caption_of
from sandbox.telegram.model import Chat, Json, Message
from sandbox.telegram.params import (
    Editing,
    EditMessageCaption,
    EditMessageReplyMarkup,
    EditMessageText,
)
from sandbox.telegram.telegram import Telegram
from sandbox.telegram.texts import TEXT_LIMIT, check_length, formatted

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)


def edit_message_text(tg: Telegram, asked: EditMessageText) -> Json:
    """Replace a text and its buttons; without `reply_markup` the buttons go."""
    chat, record = _editable(tg, asked)
    if "text" not in record.content:
        raise bad_request("there is no text in the message to edit")
    text = formatted(
        asked.text,
        parse_mode=asked.parse_mode,
        entities=asked.entities,
        find_user=tg.find_user,
    )
    if not text.text:
        raise bad_request("message text is empty")
    check_length(text, TEXT_LIMIT, "message is too long")
    extras = {k: v for k, v in record.extras.items() if k != "link_preview_options"}
    if asked.link_preview_options is not None:
        extras["link_preview_options"] = asked.link_preview_options.model_dump(exclude_none=True)
    return _edit(tg, chat, record, text.content(), markup.inline(asked.reply_markup), extras)


def edit_message_caption(tg: Telegram, asked: EditMessageCaption) -> Json:
    """Replace the caption of a file and its buttons."""
    chat, record = _editable(tg, asked)
    if "text" in record.content:
        raise bad_request("there is no caption in the message to edit")
    caption = caption_of(tg, asked.caption, asked.parse_mode, asked.caption_entities)
    kept = {k: v for k, v in record.content.items() if not k.startswith("caption")}
    keyboard = markup.inline(asked.reply_markup)
    return _edit(tg, chat, record, kept | caption.content("caption"), keyboard, record.extras)


def edit_message_reply_markup(tg: Telegram, asked: EditMessageReplyMarkup) -> Json:
    """Replace the buttons alone."""
    chat, record = _editable(tg, asked)
    keyboard = markup.inline(asked.reply_markup)
    return _edit(tg, chat, record, record.content, keyboard, record.extras)


def _editable(tg: Telegram, asked: Editing) -> tuple[Chat, Message]:
    if asked.inline_message_id is not None:
        raise bad_request("MESSAGE_ID_INVALID")
    if asked.chat_id is None:
        raise bad_request("chat_id is empty")
    if asked.message_id is None:
        raise bad_request("message identifier is not specified")
    chat = open_chat(tg, asked.chat_id)
    record = chat.living(asked.message_id)
    if record is None:
        raise bad_request("message to edit not found")
    if record.author_id != tg.world.bot.id or record.is_service or _is_forward(record):
        raise bad_request("message can't be edited")
    return chat, record


def _is_forward(record: Message) -> bool:
    return "forward_origin" in record.extras


def _edit(
    tg: Telegram, chat: Chat, record: Message, content: Json, keyboard: Json | None, extras: Json
) -> Json:
    # Another link preview alone is no change for a text without links; we ask for more always.
    if (content, keyboard) == (record.content, record.reply_markup):
        raise bad_request(_NOT_MODIFIED)
    tg.limits.spend(chat.id, is_group=chat.type != "private")
    if content != record.content:
        # Telegram shows no «edited» for a change of buttons alone.
        record.edit_date = tg.clock.date()
    record.content, record.reply_markup, record.extras = content, keyboard, extras
    tg.show("edit", chat, record)
    return tg.render(chat, record)

"""The parameters of the Bot API's methods, by name and type.

A class per method, named as the method. Values come as JSON, or as form fields, where objects
are JSON in a string. What is not listed here the sandbox does not know, the long deprecated
`disable_web_page_preview` and `reply_to_message_id` among it.
"""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from sandbox.telegram.model import Json


def _numeric(value: object) -> object:
    is_number = isinstance(value, str) and value.strip().removeprefix("-").isdecimal()
    return int(str(value)) if is_number else value


def _parsed(value: object) -> object:
    """Read a form field that carries JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("not JSON") from None


#: A chat's id; "@name" is taken, and never found: the sandbox has no public chats.
ChatId = Annotated[int | str, BeforeValidator(_numeric)]
Object = Annotated[Json, BeforeValidator(_parsed)]
Objects = Annotated[list[Json], BeforeValidator(_parsed)]
Words = Annotated[list[str], BeforeValidator(_parsed)]
Numbers = Annotated[list[int], BeforeValidator(_parsed)]


class Params(BaseModel):
    """What each method takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Params):
    """getMe and others that take nothing."""


class ReplyParameters(Params):
    """The object `reply_parameters`."""

    message_id: int
    chat_id: ChatId | None = None
    allow_sending_without_reply: bool = False
    quote: str | None = None
    quote_parse_mode: str | None = None
    quote_entities: Objects | None = None
    quote_position: int | None = None


class LinkPreviewOptions(Params):
    """The object `link_preview_options`."""

    is_disabled: bool | None = None
    url: str | None = None
    prefer_small_media: bool | None = None
    prefer_large_media: bool | None = None
    show_above_text: bool | None = None


class Sending(Params):
    """What all methods that send a message take."""

    chat_id: ChatId
    message_thread_id: int | None = None
    disable_notification: bool = False
    protect_content: bool = False
    reply_parameters: Annotated[ReplyParameters | None, BeforeValidator(_parsed)] = None
    reply_markup: Object | None = None


class SendMessage(Sending):
    """sendMessage."""

    text: str = ""
    parse_mode: str | None = None
    entities: Objects | None = None
    link_preview_options: Annotated[LinkPreviewOptions | None, BeforeValidator(_parsed)] = None


class SendDocument(Sending):
    """sendDocument; an uploaded file arrives as an object with its name, size and content."""

    document: Object | str
    caption: str = ""
    parse_mode: str | None = None
    caption_entities: Objects | None = None
    disable_content_type_detection: bool = False


class CopyMessage(Sending):
    """copyMessage."""

    from_chat_id: ChatId
    message_id: int
    caption: str | None = None
    parse_mode: str | None = None
    caption_entities: Objects | None = None


class ForwardMessage(Params):
    """forwardMessage."""

    chat_id: ChatId
    from_chat_id: ChatId
    message_id: int
    message_thread_id: int | None = None
    disable_notification: bool = False
    protect_content: bool = False


class Editing(Params):
    """What all methods that edit a message take."""

    chat_id: ChatId | None = None
    message_id: int | None = None
    inline_message_id: str | None = None
    reply_markup: Object | None = None


class EditMessageText(Editing):
    """editMessageText."""

    text: str = ""
    parse_mode: str | None = None
    entities: Objects | None = None
    link_preview_options: Annotated[LinkPreviewOptions | None, BeforeValidator(_parsed)] = None


class EditMessageCaption(Editing):
    """editMessageCaption."""

    caption: str = ""
    parse_mode: str | None = None
    caption_entities: Objects | None = None


class EditMessageReplyMarkup(Editing):
    """editMessageReplyMarkup."""


class InChat(Params):
    """getChat and others that only name a chat."""

    chat_id: ChatId


class GetChatAdministrators(InChat):
    """getChatAdministrators."""

    return_bots: bool = False


class GetChatMember(InChat):
    """getChatMember."""

    user_id: int


class DeleteMessage(InChat):
    """deleteMessage."""

    message_id: int


class DeleteMessages(InChat):
    """deleteMessages."""

    message_ids: Numbers


class PinChatMessage(InChat):
    """pinChatMessage."""

    message_id: int
    disable_notification: bool = False


class UnpinChatMessage(InChat):
    """unpinChatMessage; without an id the latest pinned message."""

    message_id: int | None = None


class SendChatAction(InChat):
    """sendChatAction."""

    action: str
    message_thread_id: int | None = None


class SetMessageReaction(InChat):
    """setMessageReaction."""

    message_id: int
    reaction: Objects = []
    is_big: bool = False


class AnswerCallbackQuery(Params):
    """answerCallbackQuery."""

    callback_query_id: str
    text: str = ""
    show_alert: bool = False
    url: str = ""
    cache_time: int = 0


class InputTextMessageContent(Params):
    """The object `input_message_content` of an inline result."""

    message_text: str = ""
    parse_mode: str | None = None
    entities: Objects | None = None
    link_preview_options: Annotated[LinkPreviewOptions | None, BeforeValidator(_parsed)] = None


class AnswerInlineQuery(Params):
    """answerInlineQuery."""

    inline_query_id: str
    results: Objects
    cache_time: int = 300
    is_personal: bool = False
    next_offset: str = ""
    button: Object | None = None


class GetUpdates(Params):
    """getUpdates."""

    offset: int = 0
    limit: int = 100
    timeout: int = 0
    allowed_updates: Words | None = None


class SetWebhook(Params):
    """setWebhook; certificates of one's own are not needed on loopback, so not known."""

    url: str = ""
    ip_address: str = ""
    max_connections: int = 40
    allowed_updates: Words | None = None
    drop_pending_updates: bool = False
    secret_token: str = ""


class DeleteWebhook(Params):
    """deleteWebhook."""

    drop_pending_updates: bool = False


class MyCommands(Params):
    """getMyCommands and deleteMyCommands."""

    scope: Object | None = None
    language_code: str = ""


class SetMyCommands(MyCommands):
    """setMyCommands."""

    commands: Objects


class SetMyName(Params):
    """setMyName."""

    name: str = ""
    language_code: str = ""


class SetMyDescription(Params):
    """setMyDescription."""

    description: str = ""
    language_code: str = ""


class SetMyShortDescription(Params):
    """setMyShortDescription."""

    short_description: str = ""
    language_code: str = ""

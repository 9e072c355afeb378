"""The calls that we make all day, in the words that go out.

aiogram's own build an object of each button and of each option, and of the answer one with a
hundred fields, of which we want the number: that took longer than all else that a call takes.
"""

from __future__ import annotations

from typing import Any

from aiogram.enums import ParseMode
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from pydantic import BaseModel

from bot.cards import Card, Key

_HTML = ParseMode.HTML.value
_NO_PREVIEW = {"is_disabled": True}


class Sent(BaseModel):
    """A message of ours, as far as we want it back."""

    message_id: int


class Call(TelegramMethod[TelegramType]):
    """A call whose fields go out as they stand, but for those that are None."""

    def said(self) -> dict[str, Any]:
        """Its parameters."""
        return {name: value for name, value in self.__dict__.items() if value is not None}


class SendMessage(Call[Sent]):
    """sendMessage."""

    __returning__ = Sent
    __api_method__ = "sendMessage"

    chat_id: int
    text: str
    message_thread_id: int | None
    parse_mode: str
    # We have just made them: there is nothing to be found in them.
    link_preview_options: Any
    reply_parameters: Any
    reply_markup: Any


class EditMessageText(Call[Sent | bool]):
    """editMessageText. Of a message of ours in a chat the message comes back."""

    __returning__ = Sent | bool
    __api_method__ = "editMessageText"

    chat_id: int
    message_id: int
    text: str
    parse_mode: str
    link_preview_options: Any
    reply_markup: Any


class AnswerCallbackQuery(Call[bool]):
    """answerCallbackQuery."""

    __returning__ = bool
    __api_method__ = "answerCallbackQuery"

    callback_query_id: str
    text: str
    show_alert: bool


def send_message(chat_id: int, card: Card, *, topic_id: int, reply_to: int) -> SendMessage:
    """A new message; a post to reply to that was deleted meanwhile is done without."""
    return SendMessage(
        chat_id=chat_id,
        text=card.text,
        message_thread_id=topic_id or None,
        parse_mode=_HTML,
        link_preview_options=_NO_PREVIEW,
        reply_parameters=_reply(reply_to) if reply_to else None,
        reply_markup=_markup(card),
    )


def edit_message_text(chat_id: int, message_id: int, card: Card) -> EditMessageText:
    """Another look for a message of ours."""
    return EditMessageText(
        chat_id=chat_id,
        message_id=message_id,
        text=card.text,
        parse_mode=_HTML,
        link_preview_options=_NO_PREVIEW,
        reply_markup=_markup(card),
    )


def answer_callback_query(query_id: str, text: str, *, alert: bool) -> AnswerCallbackQuery:
    """What is read by whoever has pressed: 200 letters at most."""
    return AnswerCallbackQuery(callback_query_id=query_id, text=text, show_alert=alert)


def _reply(to: int) -> dict[str, Any]:
    return {"message_id": to, "allow_sending_without_reply": True, "quote_parse_mode": _HTML}


def _markup(card: Card) -> dict[str, Any] | None:
    """The buttons of a card as Telegram wants them."""
    if not card.buttons:
        return None
    return {"inline_keyboard": [[_button(key) for key in row] for row in card.buttons]}


def _button(key: Key) -> dict[str, str]:
    said = {"text": key.text, "callback_data": key.data}
    return {**said, "style": key.style} if key.style else said

"""Methods that answer a press or an inline query."""

from __future__ import annotations

from typing import Literal

from sandbox.telegram.delivery import INLINE_LIVES, PRESS_LIVES
from sandbox.telegram.errors import bad_request
from sandbox.telegram.inline import checked
from sandbox.telegram.params import AnswerCallbackQuery, AnswerInlineQuery
from sandbox.telegram.telegram import Telegram
from sandbox.telegram.texts import utf16

ANSWER_LIMIT = 200
_BAD_QUERY = "query is too old and response timeout expired or query ID is invalid"


def answer_callback_query(tg: Telegram, asked: AnswerCallbackQuery) -> Literal[True]:
    """Answer a press; a second answer to the same press is taken and not shown."""
    press = tg.world.presses.get(asked.callback_query_id)
    if press is None or tg.clock.now() - press.at > PRESS_LIVES:
        raise bad_request(_BAD_QUERY)
    if utf16(asked.text) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    if not press.answered:
        press.answered = True
        press.text, press.show_alert, press.url = asked.text, asked.show_alert, asked.url
        tg.events.emit(
            "press_answered",
            chat_id=press.chat_id,
            message_id=press.message_id,
            query_id=press.query_id,
            **{"from": press.from_id},
            text=press.text,
            show_alert=press.show_alert,
            url=press.url,
        )
        tg.answers.fire()
    return True


def answer_inline_query(tg: Telegram, asked: AnswerInlineQuery) -> Literal[True]:
    """Offer results for an inline query."""
    query = tg.world.inline_queries.get(asked.inline_query_id)
    if query is None or tg.clock.now() - query.at > INLINE_LIVES:
        raise bad_request(_BAD_QUERY)
    results = checked(tg, asked.results)
    if not query.answered:
        query.answered, query.results = True, results
        tg.answers.fire()
    return True

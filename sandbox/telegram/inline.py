"""Inline queries: a person types `@bot words`, the bot offers results, one of them is sent.

Of the kinds of results the sandbox knows articles with a text.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.telegram import render
from sandbox.telegram.errors import ControlError, bad_request
from sandbox.telegram.membership import person_of
from sandbox.telegram.model import Chat, InlineQuery, Json, Message
from sandbox.telegram.params import InputTextMessageContent
from sandbox.telegram.people import Post, write
from sandbox.telegram.reading import read
from sandbox.telegram.telegram import Telegram
from sandbox.telegram.texts import TEXT_LIMIT, Formatted, check_length, formatted, utf16

MOST_RESULTS = 50
_QUERY_LIMIT = 256
_ID_BYTES = 64
_ARTICLE = {
    "type",
    "id",
    "title",
    "input_message_content",
    "url",
    "description",
    "thumbnail_url",
    "thumbnail_width",
    "thumbnail_height",
}


def ask(tg: Telegram, person_id: int, query: str, chat: Chat | None) -> InlineQuery:
    """Let a person type an inline query; `chat` is where the words are being typed.

    Raises:
        ControlError: the bot has no inline mode, or nobody types so much.
    """
    person_of(tg, person_id)
    if not tg.world.inline:
        raise ControlError("the bot has no inline mode")
    if utf16(query) > _QUERY_LIMIT:
        raise ControlError(f"an inline query is no longer than {_QUERY_LIMIT}")
    made = InlineQuery(str(tg.world.next_query_id), person_id, query, tg.clock.now())
    tg.world.next_query_id += 1
    oldest = tg.clock.now() - 3600
    kept = {key: one for key, one in tg.world.inline_queries.items() if one.at >= oldest}
    tg.world.inline_queries = kept | {made.query_id: made}
    payload: Json = {
        "id": made.query_id,
        "from": render.user(tg.world, person_id),
        "query": query,
        "offset": "",
    }
    if chat is not None:
        with_bot = chat.type == "private" and chat.id == person_id
        payload["chat_type"] = "sender" if with_bot else chat.type
    tg.updates.push("inline_query", payload)
    return made


def choose(tg: Telegram, chat: Chat, query_id: str, result_id: str) -> Message:
    """Let the person who asked send a result: a plain message in his name, via the bot.

    Raises:
        ControlError: there is no such result, or he may not write there.
    """
    asked = tg.world.inline_queries.get(query_id)
    found = [one for one in asked.results if one["id"] == result_id] if asked else []
    if asked is None or not found:
        raise ControlError("there is no such result", 404)
    text = _text(tg, found[0]["input_message_content"])
    post = Post(text=text.text, entities=text.entities)
    return write(tg, chat, asked.from_id, replace(post, via_bot=True))


def checked(tg: Telegram, results: list[Json]) -> list[Json]:
    """Check what a bot offers.

    Raises:
        BotApiError: 400, in Telegram's words where it has any.
    """
    if len(results) > MOST_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    ids = [_check(tg, one) for one in results]
    if len(set(ids)) < len(ids):
        raise bad_request("RESULT_ID_DUPLICATE")
    return results


def _check(tg: Telegram, result: Json) -> str:
    if result.get("type") != "article":
        raise bad_request("can't parse inline query result: the sandbox knows articles only")
    for name in result.keys() - _ARTICLE:
        raise bad_request(f'unknown field "{name}" in InlineQueryResultArticle')
    given = result.get("id")
    if not isinstance(given, str) or not 1 <= len(given.encode()) <= _ID_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    title = result.get("title")
    if not isinstance(title, str) or not title.strip():
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = result.get("input_message_content")
    if not isinstance(content, dict):
        raise bad_request("can't parse InputMessageContent: expected an Object")
    text = _text(tg, content)
    if not text.text:
        raise bad_request("MESSAGE_EMPTY")
    check_length(text, TEXT_LIMIT, "MESSAGE_TOO_LONG")
    return given


def _text(tg: Telegram, content: Json) -> Formatted:
    asked = read(InputTextMessageContent, content)
    return formatted(
        asked.message_text,
        parse_mode=asked.parse_mode,
        entities=asked.entities,
        find_user=tg.find_user,
    )

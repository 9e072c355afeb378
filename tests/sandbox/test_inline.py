"""Inline queries: typed by a person, answered by the bot, sent in the person's name."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.telegram import ControlError, TelegramSandbox
from tests.sandbox.conftest import Cast
from tests.sandbox.hand_driven import HandDrivenBot, Json

TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def article(**more: object) -> Json:
    content = {"message_text": "<b>100</b> дорого", "parse_mode": "HTML"}
    return (
        {"type": "article", "id": "1", "title": "100"} | {"input_message_content": content} | more
    )


async def typed(tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast) -> str:
    await tg.control.inline(cast.olya, "дорого", chat=cast.group)
    [update] = await bot.updates()
    return str(update["inline_query"]["id"])


async def test_a_query_waits_for_its_results_and_one_is_sent_in_the_persons_name(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    typing = asyncio.create_task(tg.control.inline(cast.olya, "дорого", chat=cast.group, wait=10))
    [update] = await bot.updates(timeout=10)
    query = update["inline_query"]
    assert (query["query"], query["from"]["id"], query["offset"]) == ("дорого", cast.olya, "")
    assert query["chat_type"] == "supergroup"
    await bot.ok("answerInlineQuery", inline_query_id=query["id"], results=[article()])
    async with asyncio.timeout(5):
        shown = await typing
    assert [result["title"] for result in shown["results"]] == ["100"]
    sent = await tg.control.choose(query["id"], "1", cast.group)
    assert (sent["text"], sent["from"]["id"]) == ("100 дорого", cast.olya)
    assert sent["via_bot"]["id"] == tg.bot_id
    assert [entity["type"] for entity in sent["entities"]] == ["bold"]
    [told] = await bot.updates()
    assert told["message"]["via_bot"]["id"] == tg.bot_id


async def test_an_answer_that_comes_late_or_to_nobody_is_refused(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    query = await typed(tg, bot, cast)
    assert await bot.refused("answerInlineQuery", inline_query_id="1", results=[]) == TOO_OLD
    await tg.control.advance(31)
    assert await bot.refused("answerInlineQuery", inline_query_id=query, results=[]) == TOO_OLD


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([article(id=str(i)) for i in range(51)], "RESULTS_TOO_MUCH"),
        ([article(), article()], "RESULT_ID_DUPLICATE"),
        ([article(id="")], "RESULT_ID_INVALID"),
        ([article(id="я" * 33)], "RESULT_ID_INVALID"),
        ([article(title=" ")], "ARTICLE_TITLE_EMPTY"),
        ([article(input_message_content={"message_text": " "})], "MESSAGE_EMPTY"),
        ([article(titel="x")], 'unknown field "titel"'),
        ([article(type="gif")], "articles only"),
        (
            [article(input_message_content={"message_text": "<b>", "parse_mode": "HTML"})],
            "entities",
        ),
    ],
)
async def test_results_that_cannot_be_are_refused(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast, results: list[Json], words: str
) -> None:
    query = await typed(tg, bot, cast)
    refusal = await bot.refused("answerInlineQuery", inline_query_id=query, results=results)
    assert words in refusal


async def test_without_inline_mode_nobody_asks(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    assert (await bot.ok("getMe"))["supports_inline_queries"] is True
    await tg.control.inline_mode(on=False)
    assert (await bot.ok("getMe"))["supports_inline_queries"] is False
    with pytest.raises(ControlError, match="no inline mode"):
        await tg.control.inline(cast.olya, "дорого")


async def test_only_what_was_offered_is_chosen(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    query = await typed(tg, bot, cast)
    with pytest.raises(ControlError, match="no such result"):
        await tg.control.choose(query, "1", cast.group)

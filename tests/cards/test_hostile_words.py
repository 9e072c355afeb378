"""Every text that we send, judged by TDLib's own parser, with the worst that anybody may write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from bot.cards import Cards
from bot.flows.base import Flow
from bot.flows.effects import Tell, WriteComment
from sandbox.telegram.texts import TEXT_LIMIT, Formatted, formatted, utf16
from tests.flows.explore import LATER, Explored
from tests.flows.world import HOSTILE_NAME

#: Telegram's limits of the answer to a press and of a button's text (which a phone cuts off).
TOAST = 200
BUTTON = 64
LINK = "https://t.me/c/1/2"
#: Only these may come out of our templates; anything else came out of somebody's words.
OURS = {"bold", "text_link", "blockquote", "expandable_blockquote", "code", "date_time"}
FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}


@cache
def judged(html: str) -> Formatted:
    """As Telegram reads it. Raises where Telegram would refuse."""
    return formatted(html, parse_mode="HTML", entities=None, find_user=lambda _: None)


def _texts(flow: Flow[Any], explored: Explored, cards: Cards) -> Iterator[str]:
    for case in explored.cases:
        yield cards.card(flow, case, LATER).text
    for move in explored.moves:
        for effect in move.step.effects:
            if isinstance(effect, Tell):
                yield cards.notice(flow, move.after.case, effect.what, LATER, LINK).text


def test_telegram_takes_every_card_and_every_notice(
    flow: Flow[Any], bad_day: Explored, cards: Cards
) -> None:
    for html in set(_texts(flow, bad_day, cards)):
        text = judged(html)
        assert 0 < utf16(text.text) <= TEXT_LIMIT
        assert {entity["type"] for entity in text.entities} <= OURS | FOUND


def test_every_link_in_a_text_leads_where_the_crm_said(
    flow: Flow[Any], working_day: Explored, cards: Cards
) -> None:
    links = {
        entity["url"]
        for html in set(_texts(flow, working_day, cards))
        for entity in judged(html).entities
        if entity["type"] == "text_link"
    }
    assert LINK in links
    assert all(link == LINK or link.startswith("https://crm.example/orders/") for link in links)


def test_words_come_through_as_they_were_written(
    flow: Flow[Any], bad_day: Explored, cards: Cards
) -> None:
    shown = [judged(html).text for html in set(_texts(flow, bad_day, cards))]
    assert any('<b>&"' in text and "&amp;</a>" in text for text in shown)
    assert not any("&lt;b&gt;" in text or "&#34;" in text for text in shown)


def test_toasts_fit_into_telegram_s_limit(flow: Flow[Any], bad_day: Explored, cards: Cards) -> None:
    for case in bad_day.cases:
        assert 0 < utf16(cards.late(flow, case)) <= TOAST
    for move in bad_day.moves:
        if move.step.rule is not None and move.step.rule.answer:
            answer = cards.answer(flow, move.after.case, move.step.rule.answer)
            assert 0 < utf16(answer) <= TOAST


def test_buttons_are_short_enough_to_be_read(
    flow: Flow[Any], bad_day: Explored, cards: Cards
) -> None:
    for case in bad_day.cases:
        for row in cards.card(flow, case, LATER).buttons:
            assert all(0 < utf16(key.text) <= BUTTON for key in row)
            assert sum(len(key.text) for key in row) <= BUTTON


def test_comments_for_the_crm_are_plain_words(
    flow: Flow[Any], bad_day: Explored, cards: Cards
) -> None:
    comments = [
        cards.comment(flow, move.after.case, effect.what, LATER)
        for move in bad_day.moves
        for effect in move.step.effects
        if isinstance(effect, WriteComment)
    ]
    # Nothing of a pause goes into a lead.
    assert comments or flow.name == "pauses"
    for comment in comments:
        assert HOSTILE_NAME in comment
        assert not re.search(r"&#\d|&amp;lt;|&lt;b&gt;", comment)

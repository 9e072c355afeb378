"""Digests, and the messages that belong to no case, with the worst that anybody may write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import bot
from bot import calling
from bot.cards import Cards
from bot.digests import MOST, Entry, render
from bot.flows.base import Flow
from sandbox.telegram.texts import TEXT_LIMIT, utf16
from tests.cards.test_hostile_words import LINK, TOAST, judged
from tests.flows.explore import LATER, Explored
from tests.flows.world import HOSTILE_NAME

_TEMPLATE = Path(bot.__file__).parent / "templates" / "common.j2"
KEYS = sorted(set(re.findall(r'what == "(\w+)"', _TEMPLATE.read_text(encoding="utf-8"))))
#: Answers to presses.
TOASTS = {
    "admins_decide", "supervisors_decide", "supervisors_agree", "returns_only", "taker_only",
    "poster_only", "own_post", "another_supervisor", "own_pause", "not_yours", "foreign_chat",
    "old_card", "no_such_button", "own_card", "asked_anew", "moved",
}  # fmt: skip
#: As many names, ids and chats as an owner would ever see at once.
_NAMES = ("title", "by", "example", "name", "role", "error", "topic")
WORDS = dict.fromkeys(_NAMES, HOSTILE_NAME) | {
    "hosts": [HOSTILE_NAME] * 3, "flows": ["duplicates"] * 6, "roles": ["admin"] * 7,
    "has_deciders": False, "count": 3, "list": [(10**9, "ValueError")] * 10, "done": 1, "failed": 2,
    "needs_duty": True, "needs_link": True, "id": 10**12, "of": "crm", "case": 10**9,
    "late": HOSTILE_NAME, "link": LINK, "part": "summaries", "put_off": [10**9] * 1000,
    "numbers": list(range(1, 16)),
}  # fmt: skip


@pytest.mark.parametrize("what", KEYS)
def test_telegram_takes_every_message_that_belongs_to_no_case(cards: Cards, what: str) -> None:
    text = judged(cards.common(what, **WORDS).text).text

    assert 0 < utf16(text) <= TEXT_LIMIT
    if what in TOASTS:
        assert utf16(cards.common_plain(what, **WORDS)) <= TOAST


def test_the_toasts_are_there() -> None:
    assert set(KEYS) >= TOASTS


def test_telegram_takes_a_digest_of_the_longest_cases(
    flow: Flow[Any], bad_day: Explored, cards: Cards
) -> None:
    cases = {
        cards.brief(flow, case, LATER, MOST, LINK, own): (case, own)
        for case in bad_day.cases
        for own in (False, True)
    }
    longest = sorted(cases, key=lambda html: utf16(judged(html).text))[-MOST:]
    entries = [
        Entry(place=place, flow=flow, case=cases[html][0], post_link=LINK, own_card=cases[html][1])
        for place, html in enumerate(longest, start=1)
    ]

    text = judged(render(cards, entries, LATER).text).text

    assert utf16(text) <= TEXT_LIMIT
    assert f"{MOST}. " in text


def test_telegram_takes_a_reminder_of_the_longest_cases(
    flow: Flow[Any], bad_day: Explored, cards: Cards
) -> None:
    cases = {
        cards.brief(flow, case, LATER, MOST, "", own_card=False): case for case in bad_day.cases
    }
    longest = sorted(cases, key=lambda html: utf16(judged(html).text))[-calling.MOST :]
    entries = [
        Entry(place=place, flow=flow, case=cases[html], post_link=LINK, own_card=False)
        for place, html in enumerate(longest, start=1)
    ]

    text = judged(calling.render(cards, entries, 10**6, LATER).text).text

    assert utf16(text) <= TEXT_LIMIT
    assert text.count(" · карточка") >= len(entries)
    assert text.endswith(f"и ещё {10**6 - len(entries)}")


def test_telegram_takes_every_board(flow: Flow[Any], bad_day: Explored, cards: Cards) -> None:
    for what in flow.boards:
        for count in (0, 1, len(bad_day.cases)):
            text = judged(cards.board(flow, what, bad_day.cases[:count], LATER).text).text
            assert 0 < utf16(text) <= TEXT_LIMIT


def test_a_digest_carries_no_phone(flow: Flow[Any], working_day: Explored, cards: Cards) -> None:
    for case in working_day.cases:
        assert "77011234567" not in cards.brief(flow, case, LATER, 1, LINK, own_card=False)

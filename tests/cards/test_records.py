"""What people look up, judged by TDLib's own parser, with the longest and worst of words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.cards import Cards
from bot.config import make_flow
from bot.flows import FLOWS
from bot.flows.base import Flow
from bot.flows.records import Fact
from bot.records import _A_MESSAGE, _DEEDS, _FOUND
from sandbox.telegram.texts import CAPTION_LIMIT, TEXT_LIMIT, utf16
from tests.cards.test_hostile_words import FOUND, OURS, judged
from tests.flows.explore import Explored
from tests.flows.world import HOSTILE_NAME

LINK = "https://t.me/c/1234567890/1234567890/1234567890"
#: Pictures count as two signs.
LONGEST = [(HOSTILE_NAME + ' <b>&" ' + "ж" * 600)[:600], "😀" * 600]


def entry(long: str, deeds: int) -> dict[str, Any]:
    return {
        "no": 10**12,
        "chat": long,
        "state": long,
        # What a link names has no pictures, nor have our own words.
        "lead": "f5086aeebb" * 60,
        "poster": long,
        "at": "22.11.2026 14:02",
        "link": LINK,
        "deeds": [{"at": "22.11.2026 14:02", "who": long, "what": "Ж" * 60, "words": long}] * deeds,
        "more": 1000,
    }


def test_the_words_of_a_report_say_nothing_of_who_is_a_man_or_a_woman(cards: Cards) -> None:
    assert cards.state_word("pauses", "away") == "на паузе"
    assert cards.state_word("pauses", "back") == "снова на линии"
    for flow in FLOWS:
        for state in flow.states:
            word = cards.state_word(flow.name, state)
            assert not re.search(r"(лся|ась|[ёо]л|ла)\b", word), word
        for deed in flow.actions:
            word = cards.deed_word(flow.name, deed)
            # «Спросил(а)» fits both; «Вернулся(ась)» is no word.
            assert not re.search("лся|ась", word), word


DAY = {
    "chat": "РФ Админы",
    "day": "22.11.2026",
    "opened": 10**6,
    "decided": 10**6,
    "median": "100 ч 00 мин",
    "late": 10**6,
    "silent": 10**6,
    "open": 10**6,
}
PERIOD = {"period": "01.11.2026 – 22.11.2026"}
TOOlong = {"days": 31, "asked": 365, "command": "find", "example": "01.11.2026 22.11.2026"}


def texts(long: str) -> dict[str, dict[str, Any]]:
    history = [entry(long, _DEEDS)] * _A_MESSAGE
    return {
        "history": {"lead": long, "count": 1000, "first": True, "left": 9, "entries": history},
        "history_nothing": {"lead": long},
        "history_usage": {},
        "find": PERIOD | {"count": 1000, "most": 1000, "entries": [entry(long, 1)] * _FOUND},
        "find_nothing": PERIOD,
        "find_usage": {},
        "too_long": TOOlong,
        "not_for_you": {},
        "answered_privately": {},
        "start_me": {},
        "export_soon": PERIOD,
        "export_usage": {},
        "export": PERIOD | {"events": 10**6, "cases": 10**6},
        "export_nothing": PERIOD,
        "export_too_big": PERIOD,
        "summary": DAY | {"chat": long},
    }


@pytest.mark.parametrize("long", LONGEST, ids=["hostile", "pictures"])
@pytest.mark.parametrize("what", texts(""))
def test_telegram_takes_every_text(cards: Cards, what: str, long: str) -> None:
    text = judged(cards.common(f"records.{what}", **texts(long)[what]).text)
    limit = CAPTION_LIMIT if what == "export" else TEXT_LIMIT
    assert 0 < utf16(text.text) <= limit
    assert {entity["type"] for entity in text.entities} <= OURS | FOUND
    links = {one["url"] for one in text.entities if one["type"] == "text_link"}
    assert links <= {LINK}


def test_a_summary_of_a_good_day_says_so(cards: Cards) -> None:
    good = DAY | {"late": 0, "silent": 0, "open": 0}
    assert "Вовремя" in cards.common("records.summary", **good).text
    assert "Поздно" not in cards.common("records.summary", **good).text


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 с"), (59, "59 с"), (75, "1 мин 15 с"), (3660, "1 ч 01 мин")]
)
def test_a_wait_is_told_as_people_say_it(cards: Cards, seconds: int, words: str) -> None:
    assert cards.report_words("span", seconds) == words


def test_every_sheet_has_as_many_headings_as_columns(cards: Cards) -> None:
    for name in ("events", "cases"):
        headings = cards.report_words("headings", name).splitlines()
        assert len(headings) == len(set(headings)) == 9


@pytest.mark.parametrize("fact", Fact)
def test_what_happens_of_itself_has_a_word(cards: Cards, fact: Fact) -> None:
    assert cards.deed_word("duplicates", fact) != fact


def test_a_word_is_the_flows_own_else_everybodys_else_the_name_itself(cards: Cards) -> None:
    assert cards.state_word("duplicates", "denied") == "оформлять нельзя"
    assert cards.state_word("nobody", "denied") == "не разрешено"
    assert cards.state_word("nobody", "strange") == "strange"
    assert cards.deed_word("duplicates", "allow") == "✅ Разрешить"
    assert cards.deed_word("nobody", "strange") == "strange"
    # It may have been taken away.
    assert cards.deed_word("refusals", Fact.POSTER_KNOWN) == "Связь с CRM изменилась"


#: What people in the chats write so, too.
_NAMES = {"CRM", "IT", "MicroSIP", "3CX", "SMS"}


def _foreign(words: str) -> set[str]:
    """Words that nobody in the chats would say."""
    return {word for word in re.findall(r"\d*[A-Za-z_]+", words) if word not in _NAMES}


def test_a_history_speaks_russian_of_what_was_done(flow: Flow[Any], cards: Cards) -> None:
    for word in (
        *(cards.deed_word(flow.name, deed) for deed in (*flow.actions, *Fact, "open")),
        *(cards.state_word(flow.name, state) for state in flow.states),
    ):
        assert re.search("[а-яё]", word, re.IGNORECASE), word
        assert not _foreign(word), word


def test_a_history_says_which_of_several_in_the_words_of_the_button(
    flow: Flow[Any], working_day: Explored, cards: Cards
) -> None:
    pressed = {
        (button.action, button.arg, cards.chosen(flow, case, button.action, button.arg))
        for case in working_day.cases
        for row in flow.buttons(case)
        for button in row
        if button.arg
    }
    for action, arg, said in pressed:
        if action in flow.unsaid:
            assert not said
        else:
            assert said, action
            assert said != arg or said in _NAMES, action
            assert not _foreign(said), (action, said)


@pytest.mark.parametrize("kind", FLOWS)
def test_every_state_and_action_of_every_chat_has_a_word(cards: Cards, kind: Any) -> None:
    flow = make_flow(kind, {})
    for state in flow.states:
        assert cards.state_word(flow.name, state) != state
    for action in flow.actions:
        assert cards.deed_word(flow.name, action) != action

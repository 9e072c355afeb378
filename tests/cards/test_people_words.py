"""What people are told about themselves, with names that nobody would choose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.cards import Cards
from bot.lookup import Handbook
from sandbox.telegram.texts import TEXT_LIMIT, formatted, utf16

EVIL = '<b>&"\n' + "Я" * 120
USER = {"name": EVIL, "login": EVIL}
CASE = {
    "no": 10**9, "title": "РФ Админы", "lead": "f5086aeebb", "poster": EVIL, "minutes": 5000,
    "link": "https://t.me/c/2000000001/1000000",
}  # fmt: skip
PERSON = {
    "id": 10**10, "name": EVIL, "crm_name": EVIL,
    "roles": ["admin", "auditor", "it", "owner", "returns", "supervisor"], "on_duty": True,
}  # fmt: skip

SAID: list[tuple[str, dict[str, Any]]] = [
    ("start", {"first_name": EVIL, "name": EVIL, "id": 1, "roles": ["admin"], "crm_name": EVIL,
               "decides": ["РФ Админы"] * 6, "is_owner": True}),
    ("me", {"own": [CASE] * 15, "own_more": 9, "waiting": [CASE] * 15, "waiting_more": 9,
            "decides": True, "crm_name": EVIL, "roles": []}),
    ("duty_on", {"reachable": False, "others": [EVIL] * 50}),
    ("duty_off", {"left_alone": [], "others": [EVIL] * 50}),
    ("duty", {"is_used": True, "on": False, "others": [EVIL] * 50}),
    ("linked", USER),
    ("linked_by_owner", {**USER, "person": EVIL, "also": [{"name": EVIL, "id": 10**10}] * 9}),
    ("link_told", USER),
    ("link_question", {"users": [USER]}),
    ("link_question", {"users": [USER] * 5}),
    ("link_which", {"users": [USER] * 10, "query": EVIL}),
    ("link_which", {"users": [], "query": EVIL}),
    ("link_none", {"query": EVIL}),
    ("link_lost", {"name": EVIL}),
    ("people", {"people": [PERSON] * 200}),
    ("link_many", {"count": 21}),
    ("help", {"flow": "duplicates"}),
    ("help_private", {"decides": True, "reads": True, "is_owner": True}),
    ("help_unbound", {"topic": True, "is_owner": True, "flows": [("it", EVIL)] * 6}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "words"), SAID, ids=[what for what, _ in SAID])
def test_it_is_text_that_telegram_takes(what: str, words: dict[str, Any], cards: Cards) -> None:
    html = cards.common(f"people.{what}", **words).text
    text = formatted(html, parse_mode="HTML", entities=None, find_user=lambda _: None).text
    assert 0 < utf16(text) <= TEXT_LIMIT
    assert "&amp;lt;" not in html
    assert "<b>&" in text or "ЯЯ" not in text


def test_the_rest_needs_no_words(cards: Cards) -> None:
    template = Path(bot.__file__).parent / "templates" / "people.j2"
    keys = set(re.findall(r'what == "(\w+)"', template.read_text(encoding="utf-8")))
    buttons = {"link_candidate"}
    for what in keys - {what for what, _ in SAID} - buttons:
        assert cards.common_plain(f"people.{what}")


def test_all_statuses_fit_a_message_whatever_was_asked(cards: Cards) -> None:
    book = Handbook(cards)
    html = cards.common("codes.groups", query=EVIL * 20, groups=book.groups()).text
    text = formatted(html, parse_mode="HTML", entities=None, find_user=lambda _: None).text
    assert utf16(text) <= TEXT_LIMIT
    assert all(entry.code.label in text for entry in book.entries)


def test_a_button_of_the_question_says_the_name_as_it_is(cards: Cards) -> None:
    keys = [[("people.link_candidate", USER, "link:1:Демо")]]
    card = cards.asking("people.link_question", {"users": [USER] * 2}, keys)
    assert card.buttons[0][0].text.startswith('<b>&"')

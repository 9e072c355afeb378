"""Every working chat tells its rules so that they can be read with a client on the line."""

from __future__ import annotations

from typing import Any

from bot.cards import Cards
from bot.flows.base import Flow
from sandbox.telegram.texts import formatted

#: A telephone shows some sixty letters in a line: a rule takes two lines there at most.
_LONGEST_RULE = 130


def test_a_chats_help_is_three_short_rules_and_an_example(flow: Flow[Any], cards: Cards) -> None:
    html = cards.common("people.help", flow=flow.name).text
    text = formatted(html, parse_mode="HTML", entities=None, find_user=lambda _: None).text
    title, *rules, empty, example = text.splitlines()
    assert title == f"«{cards.title(flow.name)}»"
    assert len(rules) == 3
    assert max(len(rule) for rule in rules) <= _LONGEST_RULE
    assert empty == ""
    assert example.startswith("Пример: ")

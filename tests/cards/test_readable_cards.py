"""A card is read in a second, with a client on the line: the decision first, nothing personal."""

from __future__ import annotations

import re
from typing import Any

from bot.cards import Cards
from bot.flows.base import Flow
from bot.flows.duplicates import State
from bot.flows.effects import Tell
from tests.cards.test_hostile_words import LINK, judged
from tests.flows.explore import LATER, Explored
from tests.flows.world import PHONE

#: How the first line of a card of «РФ Админы» begins, by state: what there is to decide, or what
#: was decided.
FIRST = {
    State.READING: r"(⏰ )?(Можно ли оформить|Можно ли добавить товар)\? Спрашивает ",
    State.WAITING: r"(⏰ )?(Можно ли оформить|Можно ли добавить товар)\? Спрашивает ",
    State.ASKING: r"(⏰ )?(Можно ли оформить|Можно ли добавить товар)\? Спрашивает ",
    State.ASKED: r"(Можно ли оформить|Можно ли добавить товар)\? Спрашивает ",
    State.SURE: r"⚠️ Лид уже подтверждён\. Поставить ему «Дубль»\?",
    State.ALLOWED: r"✅ (Можно оформлять|Товар можно добавить) — .+, \d\d:\d\d$",
    State.DENIED: r"⛔ (Оформлять нельзя|Товар добавлять нельзя) — .+, \d\d:\d\d$",
    State.CONFLICT: r"⛔ (Оформлять нельзя|Товар добавлять нельзя) — .+, \d\d:\d\d$",
    State.BEFORE: r"(✅|⛔) .+ — .+, \d\d:\d\d$",
    State.WITHDRAWN: r"↩️ Отозвано",
    State.EXPIRED: r"⌛ Без ответа, (оформлять нельзя|товар добавлять|номер проверить)",
    State.NOT_FOUND: r"🔍 CRM не знает лид ",
    State.JOINED: r"Этот лид уже на карточке",
    State.LOOKING: r"🔎 Ищу заказы на номер …4567",
    State.BY_HAND: r"Был ли заказ на номер …4567\?",
    State.ANSWERED: r"(🚫 Не наш клиент|📦 |🤔 Заказов на номер|🔢 Проверьте номер …4567)",
}
CLIENT = "Сидоров"


def _cards(flow: Flow[Any], explored: Explored, cards: Cards) -> set[str]:
    """Of many cases the cards are alike."""
    return {cards.card(flow, case, LATER).text for case in explored.cases}


def test_the_first_line_says_what_to_decide_or_what_was_decided(
    flow: Flow[Any], working_day: Explored, cards: Cards
) -> None:
    assert set(FIRST) == set(State)
    for case in working_day.cases:
        if flow.name != "duplicates":
            continue
        first = judged(cards.card(flow, case, LATER).text).text.splitlines()[0]
        assert re.match(FIRST[State(case.state)], first), (case.state, first)


def test_the_buttons_that_decide_are_the_first_row(flow: Flow[Any], working_day: Explored) -> None:
    for case in working_day.cases if flow.name == "duplicates" else ():
        rows = flow.buttons(case)
        if flow.name == "duplicates" and case.state in {
            State.READING,
            State.WAITING,
            State.ASKING,
            State.ASKED,
        }:
            assert [button.action for button in rows[0]] == ["allow", "deny"]
            assert [button.style for button in rows[0]] == ["success", "danger"]


def test_no_text_carries_a_phone_or_the_client_s_name(
    flow: Flow[Any], working_day: Explored, cards: Cards
) -> None:
    texts = _cards(flow, working_day, cards)
    texts |= {cards.late(flow, case) for case in working_day.cases}
    texts |= {
        cards.notice(flow, move.after.case, effect.what, LATER, LINK).text
        for move in working_day.moves
        for effect in move.step.effects
        if isinstance(effect, Tell)
    }
    for text in texts:
        assert PHONE[-5:] not in re.sub(r"(?<=\d)[ ()-]+(?=\d)", "", text)
        assert CLIENT not in text
    assert any(PHONE[-4:] in text for text in texts)


def test_a_card_fits_on_a_phone_s_screen(
    flow: Flow[Any], working_day: Explored, cards: Cards
) -> None:
    for html in _cards(flow, working_day, cards):
        lines = judged(html).text.splitlines()
        assert len(lines) <= 16
        assert not any(line != line.strip() for line in lines)


def test_nothing_of_the_code_shows_through(
    flow: Flow[Any], working_day: Explored, cards: Cards
) -> None:
    for html in _cards(flow, working_day, cards):
        text = judged(html).text
        assert not re.search(
            r"\bNone\b|\bTrue\b|\bFalse\b|[{}]|  | · ·|· *$", text, re.MULTILINE
        ), text


def test_a_card_asks_only_what_can_be_answered_on_it(
    flow: Flow[Any], working_day: Explored, cards: Cards
) -> None:
    for case in working_day.cases:
        card = cards.card(flow, case, LATER)
        words = {key.text for row in card.buttons for key in row}
        if "что поставить?" in card.text:
            assert "Оставить как есть" in words, card.text
        if "Ждём ответа оператора" in card.text:
            assert flow.is_open(case), card.text


def test_a_card_says_the_status_that_was_left_and_names_each_asker_once(
    flow: Flow[Any], working_day: Explored, cards: Cards
) -> None:
    for html in _cards(flow, working_day, cards):
        text = judged(html).text
        assert not re.search(r"оставлен: *$", text, re.MULTILINE), text
        line = re.search(r"^Оператор: (.*), \d\d:\d\d$", text, re.MULTILINE)
        names = line[1].split(", ") if line else []
        assert len(names) == len(set(names)), text

"""«Проект Белкин»: who goes off the line by a word comes back by one; a stop that IT must see."""

from __future__ import annotations

import pytest

from bot.flows.pauses import State
from tests.flows.chat import Chat, Somebody


def test_a_lunch_is_given_by_itself_and_ends_with_a_word(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("обед 30 мин")

    assert card.text == "🍽 Обед до 14:32 — Оля, с 14:02"
    assert card.buttons == ["Вернулся(ась)", "Передумал(а)"]

    chat.passes(minutes=28)
    olya.posts("вернулась")

    assert card.text.splitlines() == ["✅ На линии с 14:30 — Оля", "Обед 28 мин (14:02–14:30)"]
    assert card.buttons == []
    assert len(chat.cards) == 1
    assert olya.hears == []


def test_a_plus_to_a_colleague_agrees_with_him_and_ends_no_pause_of_ones_own(
    chat: Chat, olya: Somebody
) -> None:
    card = olya.posts("перерыв 15")

    olya.writes("+", is_reply=True)
    assert card.first_line.startswith("☕ Перерыв до 14:17")

    olya.writes("+")
    assert card.first_line.startswith("✅ На линии")


def test_a_pause_ends_with_a_press_too_and_only_the_operator_s_own(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    card = olya.posts("отошла")

    assert irina.presses("Вернулся") == "Это может только тот, кто спросил"
    assert olya.presses("Вернулся") == "С возвращением!"
    assert card.case.state == State.BACK


def test_a_private_answer_to_the_reminder_ends_it(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=16)

    assert olya.replies("вернулась")
    assert card.case.state == State.BACK


def test_somebody_else_s_return_ends_nothing(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("обед")
    timur = chat.operator("Тимур")

    assert not timur.writes("вернулся")
    assert not timur.replies("на месте", card)
    assert card.case.state == State.AWAY


def test_a_return_from_nowhere_says_nothing(chat: Chat, olya: Somebody) -> None:
    assert not olya.writes("на месте")
    assert not olya.writes("ещё 10 минут")


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("отошёл", "☕ Перерыв до 14:17 — Оля, с 14:02"),
        ("10 минут", "☕ Перерыв до 14:12 — Оля, с 14:02"),
        ("на обучении", "🎓 Обучение до 15:02 — Оля, с 14:02"),
        ("консультация с СВ", "💬 Консультация до 14:17 — Оля, с 14:02"),
        ("сип завис, выключаю", "🛠 Технический стоп до 14:32 — Оля, с 14:02"),
        ("смену закончила", "👋 Смена закончена в 14:02 — Оля"),
    ],
)
def test_each_kind_has_a_card_of_one_line(
    chat: Chat, olya: Somebody, words: str, first: str
) -> None:
    assert olya.posts(words).first_line == first


def test_a_technical_stop_becomes_an_it_ticket_with_one_tap(chat: Chat, olya: Somebody) -> None:
    chat.bound.add("it")
    card = olya.posts("сип завис, выключаю")
    assert card.buttons == ["Вернулся(ась)", "Передумал(а)", "Заявка в IT"]

    assert olya.presses("Заявка в IT") == "Заявка передана в IT."

    assert chat.opened_elsewhere == [("it", "сип завис, выключаю")]
    assert "Заявка в IT передана" in card.text
    assert card.buttons == ["Вернулся(ась)", "Передумал(а)"]


def test_without_an_it_chat_the_tap_says_so(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("сип завис")

    assert olya.presses("Заявка в IT").startswith("Чат IT мне не подключили")
    assert chat.opened_elsewhere == []
    assert "передана" not in card.text

"""«Отменить решение» in «Проект Белкин»: a consent that was a slip."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.flows.pauses import Pauses, State, Times
from bot.flows.records import Role
from tests.flows.chat import CardView, Chat, Somebody

UNDO = "Отменить решение"


@pytest.fixture
def chat() -> Chat:
    """One may be away at once, without a supervisor."""
    return Chat(Pauses(Times(places=1)))


def queued(chat: Chat) -> tuple[Somebody, CardView]:
    """Тимур is away, and Оля waits for a place."""
    chat.operator("Тимур").posts("обед")
    olya = chat.operator("Оля")
    return olya, olya.posts("перерыв 15")


def test_irina_takes_her_consent_back_and_olya_waits_again(chat: Chat, irina: Somebody) -> None:
    olya, card = queued(chat)
    irina.presses("Согласовать")
    assert card.first_line.startswith("☕ Перерыв до 14:17 — Оля")
    chat.passes(seconds=40)

    assert irina.presses(UNDO) == "Отменено, оператору скажу."

    assert card.first_line == "🕐 Перерыв 15 мин: в очереди — Оля, с 14:02"
    assert "↩️ Ирина отменил(а) своё решение в 14:02" in card.text
    assert olya.hears[-1].startswith("↩️ Согласие отменено, подождите на линии — Ирина, 14:02")
    assert UNDO not in "".join(card.buttons)
    chat.passes(hours=2)
    assert card.case.state is State.EXPIRED


def test_the_place_that_came_free_meanwhile_is_hers(chat: Chat, irina: Somebody) -> None:
    olya, card = queued(chat)
    irina.presses("Согласовать")
    chat.people[2].posts("вернулся")

    irina.presses(UNDO, card)

    assert card.case.state is State.CALLED
    assert "Ваша очередь" in olya.hears[-1]


def test_one_who_has_spent_his_allowance_is_asked_about_again(chat: Chat, irina: Somebody) -> None:
    olya = chat.operator("Оля")
    olya.posts("обед 30")
    chat.passes(minutes=30)
    olya.posts("вернулась")
    card = olya.posts("обед 30")
    irina.presses("Позже")
    chat.passes(seconds=10)
    irina.presses("Согласовать")

    irina.presses(UNDO)

    assert card.case.state is State.ASKED
    assert "За смену уже 30 мин" in card.text
    assert card.buttons[0] == "✅ Согласовать"
    irina.hears.clear()
    chat.passes(minutes=3)
    assert "Ждёт согласия" in irina.hears[-1]


@pytest.mark.parametrize("word", ["Согласовать", "Позже"])
def test_what_was_said_of_a_change_is_taken_back(chat: Chat, irina: Somebody, word: str) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("обед 30")
    olya.posts("ещё 20 минут")
    assert "Согласовать: обед до" in card.text
    irina.presses(word)

    irina.presses(UNDO)

    assert card.first_line.startswith("❓ Согласовать: обед до 14:52?")
    assert "Сейчас: обед до 14:32" in card.text
    assert olya.hears[-1].startswith("↩️ Ответ отменён, подождите новый — Ирина, 14:02")
    chat.passes(minutes=30)
    assert card.case.state is State.OVERDUE


def test_one_who_is_late_is_late_again(chat: Chat, irina: Somebody) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("обед 30")
    chat.passes(minutes=31)
    olya.posts("ещё 20 минут")
    irina.presses("Согласовать")
    assert "обед до 14:53" in card.text.lower()

    irina.presses(UNDO)

    assert card.case.state is State.OVERDUE
    irina.hears.clear()
    chat.passes(minutes=5)
    assert "пора на линию" in irina.hears[-1]


def test_it_is_too_late_after_a_minute_for_others_and_when_he_has_gone_on(
    chat: Chat, irina: Somebody
) -> None:
    olya, card = queued(chat)
    irina.presses("Согласовать")
    other = chat.person("Света", Role.SUPERVISOR)
    assert other.presses(UNDO) == "Согласовано: Ирина, 14:02"
    olya.posts("консультация")
    assert not any(UNDO in word for word in card.buttons)
    olya.posts("вернулась")

    chat.passes(seconds=5)
    late = Chat(Pauses(Times(places=0)))
    sveta = late.person("Света", Role.SUPERVISOR)
    card = late.operator("Оля").posts("обед")
    sveta.presses("Согласовать")
    late.now += timedelta(seconds=61)
    assert sveta.presses(UNDO) == "Согласовано: Света, 14:02"
    assert card.case.state is State.AWAY


# --- «Закрыть паузу» ------------------------------------------------------------------------------


def closed(chat: Chat, irina: Somebody) -> tuple[Somebody, CardView]:
    """Оля was late, and Ирина has closed her pause."""
    olya = chat.operator("Оля")
    card = olya.posts("обед 30")
    chat.passes(minutes=36)
    assert irina.presses("Закрыть паузу") == "Пауза закрыта."
    return olya, card


def test_a_pause_that_was_closed_by_a_slip_goes_on_as_it_was(chat: Chat, irina: Somebody) -> None:
    olya, card = closed(chat, irina)
    assert card.buttons == ["↩️ Отменить решение"]
    chat.passes(seconds=40)

    assert irina.presses(UNDO) == "Отменено, оператору скажу."

    assert card.case.state is State.OVERDUE
    assert card.first_line == "⏰ Обед: пора было в 14:32 — Оля, с 14:02"
    assert "↩️ Ирина отменил(а) своё решение в 14:38" in card.text
    assert olya.hears[-1].splitlines()[:2] == [
        "↩️ Закрытие паузы отменено — Ирина, 14:38",
        "Сейчас: обед до 14:32",
    ]
    assert card.buttons == ["Вернулся(ась)", "Закрыть паузу"]
    olya.posts("вернулась")
    assert "Обед 37 мин (14:02–14:38), опоздание 7 мин" in card.text
    assert "Паузу закрыл" not in card.text


def test_she_is_taken_to_have_forgotten_as_before(chat: Chat, irina: Somebody) -> None:
    _, card = closed(chat, irina)
    irina.presses(UNDO)

    chat.passes(hours=4)

    assert card.case.state is State.FORGOTTEN


def test_a_closing_is_taken_back_only_by_her_who_closed_it_and_within_a_minute(
    chat: Chat, irina: Somebody
) -> None:
    olya, card = closed(chat, irina)
    for somebody in (olya, chat.person("Света", Role.SUPERVISOR), chat.owner):
        assert somebody.presses(UNDO) != "Отменено, оператору скажу."
    chat.passes(seconds=61)

    assert irina.presses(UNDO) == "Пауза закончилась в 14:38"
    assert card.case.state is State.BACK


@pytest.mark.parametrize(
    ("words", "state"), [("перерыв 15", State.AWAY), ("смену закончила", State.SHIFT_OVER)]
)
def test_nor_when_she_is_on_another_pause_or_has_gone_by_then(
    chat: Chat, irina: Somebody, words: str, state: State
) -> None:
    olya, card = closed(chat, irina)
    other = olya.posts(words)

    assert irina.presses(UNDO, card) == "Пауза закончилась в 14:38"
    assert (card.case.state, other.case.state) == (State.BACK, state)


def test_a_pause_that_she_ended_herself_has_nothing_to_take_back(
    chat: Chat, irina: Somebody
) -> None:
    card = chat.operator("Оля").posts("обед 30")
    chat.people[-1].posts("вернулась")

    assert card.buttons == []

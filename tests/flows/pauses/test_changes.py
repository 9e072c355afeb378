"""«Проект Белкин»: a pause that becomes longer, or another one, while he is away."""

from __future__ import annotations

import pytest

from bot.flows.pauses import State
from tests.flows.chat import Chat, Somebody
from tests.flows.pauses.pausing import two_are_away


def test_a_length_may_be_corrected_and_a_pause_made_longer(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=5)
    olya.posts("перерыв 20")
    assert card.first_line == "☕ Перерыв до 14:22 — Оля, с 14:02"
    olya.posts("ещё 10 минут")
    assert card.first_line == "☕ Перерыв до 14:32 — Оля, с 14:02"
    olya.posts("10 минут")
    assert card.first_line == "☕ Перерыв до 14:17 — Оля, с 14:02"
    olya.posts("перерыв")
    olya.posts("отошла")
    assert card.first_line == "☕ Перерыв до 14:17 — Оля, с 14:02"


def test_what_a_longer_pause_has_taken_by_now_is_not_counted_twice(
    chat: Chat, olya: Somebody
) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=14)
    olya.posts("ещё 40 минут")

    assert card.first_line == "☕ Перерыв до 14:57 — Оля, с 14:02"


def test_a_break_may_become_a_lunch_and_both_are_counted(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=10)
    olya.posts("обед")
    assert card.first_line == "🍽 Обед до 14:42 — Оля, с 14:12"
    chat.passes(minutes=20)
    olya.posts("вернулась")

    assert card.text.splitlines()[1] == "Перерыв 10 мин (14:02–14:12) · Обед 20 мин (14:12–14:32)"


def test_a_longer_lunch_than_the_shift_has_is_the_supervisor_s_to_give(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    card = olya.posts("обед")
    olya.posts("ещё 15 минут")
    assert card.text.splitlines() == [
        "❓ Согласовать: обед до 14:47? Просит Оля",
        "Сейчас: обед до 14:32, с 14:02",
    ]
    assert card.buttons == ["✅ Согласовать", "Позже", "Вернулся(ась)", "Передумал(а)"]
    assert irina.hears[0].startswith("❓ Оля просит изменить паузу: обед до 14:47")

    irina.presses("Позже")
    assert card.first_line == "🍽 Обед до 14:32 — Оля, с 14:02"
    assert "Остаётся как было: обед до 14:32" in olya.hears[0]

    olya.posts("ещё 15 минут")
    irina.presses("Согласовать")
    assert card.first_line == "🍽 Обед до 14:47 — Оля, с 14:02"
    assert olya.hears[1].startswith("✅ Согласовано: обед до 14:47")


def test_a_consent_is_to_the_pause_that_the_card_showed(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    two_are_away(chat)
    card = olya.posts("обед")
    consent = irina.sees("Согласовать")
    olya.posts("обед 60")

    assert irina.taps(consent) == "Карточка уже изменилась, посмотрите на неё ещё раз"
    assert card.case.state == State.ASKED
    assert irina.presses("Согласовать") == "Согласовано, скажу."
    assert card.first_line == "🍽 Обед до 15:02 — Оля, с 14:02"


@pytest.mark.parametrize("word", ["Согласовать", "Позже"])
def test_a_second_tap_says_nothing_of_what_is_asked_since(
    chat: Chat, olya: Somebody, irina: Somebody, word: str
) -> None:
    card = olya.posts("обед")
    olya.posts("ещё 15 минут")
    first = irina.sees(word)
    irina.taps(first)
    olya.posts("ещё 45 минут")
    asked = card.first_line

    irina.taps(first)

    assert card.first_line == asked
    assert card.first_line.startswith("❓ Согласовать: обед до")


def test_a_consultation_is_no_way_round_the_queue(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    two_are_away(chat)
    card = olya.posts("консультация")
    olya.posts("обед")

    assert card.first_line == "❓ Согласовать: обед 30 мин? Просит Оля"
    irina.presses("Согласовать")
    assert card.first_line == "🍽 Обед до 14:32 — Оля, с 14:02"

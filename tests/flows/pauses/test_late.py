"""«Проект Белкин»: pauses that should be over, and returns that nobody has told."""

from __future__ import annotations

from datetime import timedelta

from bot.flows.pauses import State
from tests.flows.chat import Chat, Somebody
from tests.flows.pauses.pausing import two_are_away


def test_first_the_operator_is_reminded_then_the_supervisor_told(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=15)
    assert olya.hears[0].startswith("⏰ Перерыв до 14:17: время вышло")
    assert irina.hears == []
    # A card is not edited for what it says already.
    assert card.text == "☕ Перерыв до 14:17 — Оля, с 14:02"

    chat.passes(minutes=5)
    assert irina.hears[0].startswith("⏰ Оля: пора на линию\nПерерыв до 14:17, с 14:02")
    assert card.first_line == "⏰ Перерыв: пора было в 14:17 — Оля, с 14:02"
    chat.passes(minutes=10)
    olya.posts("вернулась")
    assert card.text.splitlines()[1] == "Перерыв 30 мин (14:02–14:32), опоздание 15 мин"
    assert (len(olya.hears), len(irina.hears)) == (1, 1)


def test_whoever_takes_longer_is_reminded_of_the_new_end(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=20)
    olya.posts("ещё 5 минут")
    assert card.case.state == State.AWAY
    assert card.first_line == "☕ Перерыв до 14:27 — Оля, с 14:02"
    chat.passes(minutes=5)

    assert len(olya.hears) == 2


def test_a_supervisor_may_close_a_forgotten_pause_and_the_queue_moves_on(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    timur, _ = two_are_away(chat)
    card, his = olya.posts("перерыв"), chat.cards[0]
    assert "Закрыть паузу" not in his.buttons
    chat.passes(minutes=31)
    assert timur.presses("Закрыть", his) == "Согласует супервайзер"
    assert irina.presses("Закрыть", his) == "Пауза закрыта."

    assert "Паузу закрыл(а): Ирина" in his.text
    assert timur.hears[-1].startswith("✅ Паузу закрыл(а) Ирина")
    assert card.case.state == State.CALLED


def test_a_return_that_is_never_told_counts_as_planned(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(hours=4, minutes=15)

    assert card.text.splitlines() == [
        "❔ Перерыв: возвращение не отмечено — Оля",
        "Засчитано по плану: Перерыв 15 мин (14:02–14:17)",
    ]
    assert olya.hears[-1].startswith("❔ Перерыв: возвращение не отмечено")


def test_words_found_after_an_outage_count_from_when_they_were_written(
    chat: Chat, olya: Somebody
) -> None:
    written = chat.now
    chat.passes(minutes=40)
    card = olya.posts("перерыв 15", sent=written)
    olya.posts("вернулась", sent=written + timedelta(minutes=12))

    assert card.text.splitlines() == [
        "✅ На линии с 14:14 — Оля", "Перерыв 12 мин (14:02–14:14)",
    ]  # fmt: skip

"""«Проект Белкин»: who needs a supervisor's consent, and who waits."""

from __future__ import annotations

import pytest

from bot.flows.pauses import State
from tests.flows.chat import Chat, Somebody
from tests.flows.pauses.pausing import two_are_away


def test_with_all_places_taken_the_next_one_queues_and_a_supervisor_may_let_him_go(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    two_are_away(chat)
    card = olya.posts("обед")
    assert card.text.splitlines() == [
        "🕐 Обед 30 мин: в очереди — Оля, с 14:02",
        "Не на линии уже 2. Освободится место — позову.",
    ]
    assert card.buttons == ["✅ Согласовать", "Позже", "Передумал(а)"]

    chat.passes(minutes=1)
    assert irina.presses("Согласовать") == "Согласовано, скажу."

    assert card.text.splitlines() == [
        "🍽 Обед до 14:33 — Оля, с 14:03", "Согласовано: Ирина, 14:03",
    ]  # fmt: skip
    assert olya.hears[0].startswith("✅ Согласовано: обед до 14:33")


def test_later_keeps_him_in_the_queue_and_he_is_told(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    timur, _ = two_are_away(chat)
    card = olya.posts("обед")

    assert irina.presses("Позже") == "Скажу, что позже."

    assert card.case.state == State.QUEUED
    assert card.buttons == ["✅ Согласовать", "Передумал(а)"]
    assert "⏳ Позже: Ирина" in card.text
    assert olya.hears[0].startswith("⏳ Пока нет, позже — Ирина")
    assert "Вы остаётесь в очереди: обед 30 мин" in olya.hears[0]
    timur.posts("вернулся")
    assert card.case.state == State.CALLED
    olya.presses("Ухожу", card)
    assert "Позже" not in card.text


def test_a_lunch_that_is_too_long_for_the_shift_waits_for_the_supervisor(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    olya.posts("обед 25")
    chat.passes(minutes=25)
    olya.posts("вернулась")
    card = olya.posts("обед 20")

    assert card.text.splitlines() == [
        "🍽 Обед 20 мин: согласовать? Просит Оля, 14:27",
        "За смену уже 25 мин из 30 мин",
    ]
    chat.passes(minutes=4)
    assert irina.hears[0].splitlines()[:2] == [
        "⏰ Ждёт согласия: обед 20 мин", "Просит Оля, 14:27",
    ]  # fmt: skip
    irina.presses("Согласовать")
    assert card.first_line == "🍽 Обед до 14:51 — Оля, с 14:31"


def test_a_free_place_calls_nobody_who_waits_for_the_supervisor(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    timur, _ = two_are_away(chat)
    card = olya.posts("обед 45")

    timur.posts("вернулся")

    assert card.case.state == State.ASKED

    irina.presses("Позже")
    assert "Ваша просьба остаётся: обед 45 мин" in olya.hears[-1]


@pytest.mark.parametrize("words", ["обучение", "консультация с СВ", "сип завис", "смену закончила"])
def test_what_needs_no_consent_never_waits_for_a_place(
    chat: Chat, olya: Somebody, words: str
) -> None:
    two_are_away(chat)

    assert olya.posts(words).case.state in {State.AWAY, State.SHIFT_OVER}


def test_nobody_but_a_supervisor_consents_and_none_to_his_own_pause(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    two_are_away(chat)
    olya.posts("обед")
    assert olya.presses("Согласовать") == "Согласует супервайзер"
    assert chat.admin("Марат").presses("Согласовать") == "Согласует супервайзер"
    irina.posts("обед")
    assert irina.presses("Согласовать") == "Свою паузу согласует другой супервайзер"


def test_nobody_answers_for_two_hours_and_he_is_told(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("обед 45")
    chat.passes(hours=2)

    assert card.first_line == "⌛ Обед: никто не согласовал — Оля"
    assert olya.hears[-1].startswith("⌛ Обед 45 мин: никто не согласовал")


def test_nor_does_anybody_wait_longer_for_a_place(chat: Chat, olya: Somebody) -> None:
    two_are_away(chat)
    card = olya.posts("обед")
    chat.passes(hours=2)

    assert card.first_line == "⌛ Обед: места не нашлось — Оля"


@pytest.mark.parametrize("words", ["отмена", "передумала", "на месте"])
def test_he_may_change_his_mind(chat: Chat, olya: Somebody, words: str) -> None:
    two_are_away(chat)
    card = olya.posts("обед")

    olya.posts(words)

    assert card.case.state == State.WITHDRAWN

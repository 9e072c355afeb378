"""«Возврат Обмен»: the fifteen hours, by the wall clock from the message's time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.flows.records import Role
from bot.flows.returns import State
from tests.flows.chat import Chat
from tests.flows.returning import POST, returns_chat, staff
from tests.flows.world import NOW


@pytest.fixture
def chat() -> Chat:
    return returns_chat()


def test_the_taker_is_warned_after_12_and_14_hours_and_the_supervisors_after_15(
    chat: Chat,
) -> None:
    zarina, inna = staff(chat), staff(chat, "Инна")
    irina = chat.person("Ирина", Role.SUPERVISOR)
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")

    chat.passes(hours=11, minutes=59)
    assert zarina.hears == []
    chat.passes(minutes=1)
    assert zarina.hears[0].startswith("⏰ Клиент ждёт звонка до 11.03, 05:02")
    chat.passes(hours=2)
    assert len(zarina.hears) == 2
    assert inna.hears == irina.hears == []

    chat.passes(hours=1)
    assert irina.hears[0].startswith(
        "⏰ Просрочено: клиенту обещали звонок до 11.03, 05:02 (в работе: Зарина)"
    )
    assert card.first_line == "⏰ Просрочено: обещали звонок до 11.03, 05:02 · Зарина"


def test_while_nobody_has_taken_it_all_of_the_staff_are_warned(chat: Chat) -> None:
    zarina, inna = staff(chat), staff(chat, "Инна")
    chat.operator("Оля").posts(POST)

    chat.passes(hours=14)

    assert len(zarina.hears) == len(inna.hears) == 2
    assert "никто не взял" in zarina.hears[0]


def test_a_taker_on_a_pause_hands_the_clock_to_the_others(chat: Chat) -> None:
    zarina, inna = staff(chat), staff(chat, "Инна")
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    chat.away.add(zarina.person.id)

    chat.passes(hours=12)

    assert "никто не взял" not in inna.hears[-1]
    assert "Зарина на паузе" in inna.hears[-1]
    assert "⏸ Зарина на паузе: напоминание ушло остальным" in card.text
    inna.presses("Беру")
    assert card.first_line.endswith("Инна")
    assert "на паузе" not in card.text
    chat.passes(hours=2)
    assert len(inna.hears) == 2


def test_or_she_says_herself_that_she_is_back(chat: Chat) -> None:
    zarina = staff(chat)
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    chat.away.add(zarina.person.id)
    chat.passes(hours=12)

    zarina.presses("Беру")

    assert card.first_line.endswith("Зарина")
    assert "на паузе" not in card.text


@pytest.mark.parametrize("word", ["Дозвонились", "Недозвон"])
def test_or_she_simply_goes_on(chat: Chat, word: str) -> None:
    zarina = staff(chat)
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    chat.away.add(zarina.person.id)
    chat.passes(hours=12)

    zarina.presses(word)

    assert "на паузе" not in card.text
    assert "Беру" not in "".join(card.buttons)


def test_one_who_is_back_at_the_next_warning_has_it_to_himself_again(chat: Chat) -> None:
    zarina, inna = staff(chat), staff(chat, "Инна")
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    chat.away.add(zarina.person.id)
    chat.passes(hours=12)
    chat.away.clear()
    heard = len(inna.hears)

    chat.passes(hours=2)

    assert len(inna.hears) == heard
    assert "на паузе" not in card.text


def test_a_missed_promise_stays_open_and_the_supervisors_hear_of_it_every_day(chat: Chat) -> None:
    zarina, irina = staff(chat), chat.person("Ирина", Role.SUPERVISOR)
    card = chat.operator("Оля").posts(POST)

    chat.passes(days=5)

    assert card.case.state is State.WAITING
    assert sum("Просрочено" in one for one in irina.hears) == 1
    assert sum("Всё ещё не закрыто" in one for one in irina.hears) == 4
    zarina.presses("Беру")
    assert card.first_line.startswith("⏰ Просрочено")


def test_a_client_who_was_reached_in_time_is_nobody_s_warning_but_an_outcome_is_wanted(
    chat: Chat,
) -> None:
    zarina, irina = staff(chat), chat.person("Ирина", Role.SUPERVISOR)
    chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    zarina.presses("Дозвонились")

    chat.passes(hours=16)
    assert zarina.hears == irina.hears == []
    chat.passes(hours=23)
    assert irina.hears[0].startswith("⏳ Нет итога: с клиентом поговорили (Зарина)")


def test_an_outcome_ends_the_reminders(chat: Chat) -> None:
    zarina, irina = staff(chat), chat.person("Ирина", Role.SUPERVISOR)
    chat.operator("Оля").posts(POST)
    for word in ("Беру", "Дозвонились", "Отказано"):
        zarina.presses(word)
    chat.passes(days=3)

    assert zarina.hears == irina.hears == []


@pytest.mark.parametrize(("late", "at_once"), [(11, 0), (13, 1), (14.5, 1)])
def test_the_hours_run_from_the_message_s_own_time(chat: Chat, late: float, at_once: int) -> None:
    zarina, irina = staff(chat), chat.person("Ирина", Role.SUPERVISOR)
    chat.now = NOW + timedelta(hours=late)
    card = chat.operator("Оля").posts(POST, sent=NOW)

    assert card.first_line.startswith("📞 Перезвонить до 11.03, 05:02")
    assert len(zarina.hears) == at_once
    chat.passes(hours=15 - late)
    assert len(irina.hears) == 1


def test_one_that_is_found_when_all_is_over_is_overdue_at_once(chat: Chat) -> None:
    zarina, irina = staff(chat), chat.person("Ирина", Role.SUPERVISOR)
    chat.now = NOW + timedelta(hours=20)
    card = chat.operator("Оля").posts(POST, sent=NOW)

    assert card.first_line.startswith("⏰ Просрочено")
    assert zarina.hears == []
    assert len(irina.hears) == 1

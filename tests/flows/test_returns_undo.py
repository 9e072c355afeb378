"""«Отменить решение» in «Возврат Обмен»: the outcome, the word about the status."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.records import Role
from bot.flows.returns import Mark, State
from tests.flows.chat import Chat
from tests.flows.returning import BOUGHT, POST, returns_chat, staff, with_orders
from tests.flows.test_returns_crm import with_a_status_behind_our_back
from tests.flows.world import CONFIRMED, LEAD, NEW, PHONE, TRASH, a_lead

UNDO = "Отменить решение"
TAKEN_BACK = "Решение от 10.03.2026 14:02 отменено: "


@pytest.fixture
def chat() -> Chat:
    return returns_chat()


# --- the outcome ----------------------------------------------------------------------------------


def test_zarina_takes_the_outcome_back_and_olya_hears_at_once(chat: Chat) -> None:
    olya, zarina = chat.operator("Оля"), staff(chat)
    card = olya.posts(POST)
    for word in ("Беру", "Дозвонились", "Отказано"):
        zarina.presses(word)
    zarina.replies("ещё подумает")
    chat.passes(seconds=40)

    assert zarina.presses(UNDO) == "Отменено. Смотрите карточку."

    assert (card.case.state, card.case.round) == (State.REACHED, 2)
    assert olya.hears[-1].startswith("↩️ Итог отменён, клиентом занимаются дальше — Зарина, 14:02")
    assert chat.crm.comments[-1].startswith(f"{TAKEN_BACK}Зарина")
    assert "↩️ Зарина отменил(а) своё решение в 14:02" in card.text
    assert chat.crm.status(LEAD) == "70"
    zarina.presses("Обмен")
    assert olya.hears[-1].startswith("✅ Обмен — Зарина")
    assert card.case.state is State.DONE


def test_after_a_minute_and_for_others_it_is_closed(chat: Chat) -> None:
    olya, zarina, lena = chat.operator("Оля"), staff(chat), staff(chat, "Лена")
    card = olya.posts(POST)
    for word in ("Беру", "Дозвонились", "Обмен"):
        zarina.presses(word)

    for somebody in (lena, olya, chat.owner, chat.person("Ирина", Role.SUPERVISOR)):
        assert somebody.presses(UNDO) == "Уже закрыто: обмен, Зарина, 14:02"
    chat.passes(seconds=61)
    assert zarina.presses(UNDO) == "Уже закрыто: обмен, Зарина, 14:02"
    assert card.case.state is State.DONE


def test_the_promise_runs_on_after_an_undoing(chat: Chat) -> None:
    olya, zarina = chat.operator("Оля"), staff(chat)
    ira = chat.person("Ира", Role.SUPERVISOR)
    card = olya.posts(POST)
    for word in ("Беру", "Дозвонились", "Обмен", UNDO, "Назад"):
        zarina.presses(word)

    chat.passes(hours=12)
    assert "Клиент ждёт звонка" in zarina.hears[-1]
    chat.passes(hours=3)
    assert ira.hears[-1].startswith("⏰ Просрочено")
    assert card.case.data.late


def test_a_promise_that_was_missed_already_is_not_told_anew(chat: Chat) -> None:
    zarina, ira = staff(chat), chat.person("Ира", Role.SUPERVISOR)
    chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    chat.passes(hours=16)
    for word in ("Дозвонились", "Обмен", UNDO):
        zarina.presses(word)
    heard = len(ira.hears)

    chat.passes(hours=23)
    assert len(ira.hears) == heard
    chat.passes(hours=1)
    assert ira.hears[-1].startswith("⏳ Нет итога")


def test_one_who_was_not_reached_goes_on_being_called(chat: Chat) -> None:
    olya, zarina = chat.operator("Оля"), staff(chat)
    card = olya.posts(POST)
    zarina.presses("Беру")
    for hour in range(3):
        chat.passes(hours=1 if hour else 0)
        zarina.presses("Недозвон")
    zarina.presses("Закрыть: не дозвонились")
    assert "Не дозвонились" in olya.hears[-1]

    zarina.presses(UNDO)

    assert card.case.state is State.TAKEN
    assert "Итог отменён" in olya.hears[-1]
    zarina.hears.clear()
    chat.passes(hours=1)
    assert "Пора звонить ещё раз" in zarina.hears[-1]
    assert "Закрыть: не дозвонились" in card.buttons


def test_an_outcome_in_the_dark_is_taken_back_in_its_order(chat: Chat) -> None:
    zarina = staff(chat)
    chat.crm.is_up = False
    card = chat.operator("Оля").posts(POST)
    for word in ("Беру", "Дозвонились", "Обмен", UNDO):
        zarina.presses(word)
    chat.crm.is_up = True
    chat.deliver()

    said = [one.partition(":")[0] for one in chat.crm.comments]
    assert said[0] == "Возврат или обмен, итог"
    assert said[1].startswith("Решение от")
    assert card.case.state is State.REACHED
    assert chat.crm.status(LEAD) == "70"


# --- the answer about the status ------------------------------------------------------------------


def test_a_sale_that_was_trashed_by_a_slip_is_a_sale_again(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya = chat.operator("Оля")
    card = olya.posts(POST)
    olya.presses("Да, этот звонок")
    assert chat.crm.status(LEAD) == "70"

    olya.presses(UNDO)

    assert card.case.data.mark is Mark.ASKED
    assert card.first_line.startswith("❓ Оля, это заявка текущего звонка?")
    assert chat.crm.comments[-1].startswith(f"{TAKEN_BACK}Оля")
    assert chat.crm.status(LEAD) == CONFIRMED.code
    chat.passes(minutes=10)
    assert "Это заявка текущего звонка?" in olya.hears[-1]
    olya.presses("Нет, это сам заказ")
    assert len(chat.crm.comments) == 2


def test_where_somebody_has_changed_it_since_a_supervisor_is_told(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya, ira = chat.operator("Оля"), chat.person("Ира", Role.SUPERVISOR)
    olya.posts(POST)
    olya.presses("Да, этот звонок")
    chat.crm.somebody_sets(LEAD, TRASH)

    olya.presses(UNDO)

    assert chat.crm.status(LEAD) == TRASH.code
    assert "Стоит «некорректный номер», до решения был «Подтверждён»" in ira.hears[-1]


def test_and_where_there_was_no_status_too(chat: Chat) -> None:
    unset = replace(NEW, code="", label="")
    with_orders(chat, 1)
    chat.crm.knows(a_lead(unset))
    olya, ira = chat.operator("Оля"), chat.person("Ира", Role.SUPERVISOR)
    olya.posts(f"{PHONE} вернуть")
    olya.presses("1.")
    olya.presses("Да, этот звонок")

    olya.presses(UNDO)

    assert chat.crm.status(LEAD) == "70"
    assert "Стоит «брак обмен», до решения статуса не было" in ira.hears[-1]


def test_an_answer_that_changed_nothing_is_asked_again_and_says_nothing_in_the_lead(
    chat: Chat,
) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya = chat.operator("Оля")
    card = olya.posts(POST)
    olya.presses("Нет, это сам заказ")

    olya.presses(UNDO)

    assert card.case.data.mark is Mark.ASKED
    assert len(chat.crm.comments) == 1
    olya.presses("Да, этот звонок")
    assert chat.crm.status(LEAD) == "70"


def test_a_second_tap_does_not_take_back_the_decision_before(chat: Chat) -> None:
    zarina = staff(chat)
    card = with_a_status_behind_our_back(chat)
    for word in ("Беру", "Дозвонились", "Обмен"):
        zarina.presses(word)
    chat.passes(seconds=10)
    zarina.presses("Поставить «Брак обмен»")
    undo = zarina.sees(UNDO)

    for _ in range(2):
        zarina.taps(undo)

    assert card.case.data.mark is Mark.CONFLICT
    assert card.case.data.ending is not None
    zarina.presses(UNDO)
    assert card.case.state is State.REACHED


@pytest.mark.parametrize("word", ["Поставить «Брак обмен»", "Оставить как есть"])
def test_what_the_staff_say_of_a_conflict_is_taken_back(chat: Chat, word: str) -> None:
    zarina = staff(chat)
    card = with_a_status_behind_our_back(chat)
    zarina.presses(word)

    zarina.presses(UNDO)

    assert card.case.data.mark is Mark.CONFLICT
    assert chat.crm.status(LEAD) == TRASH.code
    assert "Статус лида уже другой: некорректный номер" in card.text


def test_of_two_decisions_the_later_one_is_taken_back_first(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    zarina = staff(chat)
    card = zarina.posts(POST)
    for word in ("Беру", "Дозвонились", "Обмен"):
        zarina.presses(word)
    chat.passes(seconds=5)
    zarina.presses("Да, этот звонок")

    zarina.presses(UNDO)
    assert chat.crm.status(LEAD) == CONFIRMED.code
    assert card.first_line.startswith("✅ Обмен")

    zarina.presses(UNDO)
    assert card.case.state is State.REACHED


def test_a_post_that_was_withdrawn_has_nothing_to_take_back(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya = chat.operator("Оля")
    card = olya.posts(POST)
    olya.presses("Нет, это сам заказ")
    olya.presses("Отозвать")

    assert card.buttons == []


# --- «Нужного нет» --------------------------------------------------------------------------------


def test_one_of_the_orders_may_be_meant_after_all(chat: Chat) -> None:
    with_orders(chat, 2)
    olya, zarina = chat.operator("Оля"), staff(chat)
    card = olya.posts(f"{PHONE} вернуть")
    zarina.presses("Нужного нет")
    assert card.first_line.startswith("🚫")
    assert olya.presses(UNDO).startswith("Уже решено: Зарина")

    zarina.presses(UNDO)

    assert card.case.state is State.PICKING
    assert "Отменено, заказ ещё не выбран — Зарина" in olya.hears[-1]
    chat.passes(hours=12)
    assert "Клиент ждёт звонка" in zarina.hears[-1]
    assert chat.crm.comments == []


def test_a_phone_without_orders_is_nobody_s_decision(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{PHONE} вернуть")

    assert card.case.state is State.NOT_OURS
    assert card.buttons == []

"""«Возврат Обмен»: the CRM is down, somebody else was quicker there, or it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.records import Role
from bot.flows.returns import Mark, State
from tests.flows.chat import CardView, Chat
from tests.flows.returning import BOUGHT, POST, returns_chat, staff, with_orders
from tests.flows.world import CONFIRMED, LEAD, NEW, PHONE, TRASH, a_lead


@pytest.fixture
def chat() -> Chat:
    return returns_chat()


def test_a_case_is_worked_on_while_the_crm_is_down_and_written_later(chat: Chat) -> None:
    olya, zarina = chat.operator("Оля"), staff(chat)
    chat.crm.is_up = False
    card = olya.posts(POST)
    assert "CRM не отвечает" in card.text
    for word in ("Беру", "Дозвонились", "Обмен"):
        zarina.presses(word)
    assert olya.hears[-1].startswith("✅ Обмен — Зарина")
    assert "запись сделаю, как только ответит" in card.text

    chat.crm.is_up = True
    chat.deliver()

    assert chat.crm.status(LEAD) == "70"
    assert [comment.split(" (")[0] for comment in sorted(chat.crm.comments)] == [
        "Возврат или обмен, итог: обмен",
        "Возврат или обмен. Клиент: шуруповёрт не включается, хочет обменять",
    ]
    assert "в CRM записано ✔" in card.text


def test_in_the_dark_a_confirmed_lead_is_not_trashed_either(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya, zarina = chat.operator("Оля"), staff(chat)
    chat.crm.is_up = False
    card = olya.posts(POST)
    for word in ("Беру", "Дозвонились", "Обмен"):
        zarina.presses(word)
    chat.crm.is_up = True
    chat.deliver()

    assert chat.crm.status(LEAD) == CONFIRMED.code
    assert card.buttons == ["Да, этот звонок", "Нет, это сам заказ", "↩️ Отменить решение"]
    olya.presses("Да, этот звонок")
    assert chat.crm.status(LEAD) == "70"


def test_a_phone_is_looked_up_when_the_crm_is_back_and_the_operator_is_told(chat: Chat) -> None:
    with_orders(chat, 2)
    olya = chat.operator("Оля")
    chat.crm.is_up = False
    card = olya.posts(f"{PHONE} брак")
    assert card.first_line == "🔎 Ищу заказы на номер …4567"
    assert "Не наш клиент" not in card.text
    assert "CRM не отвечает, покажу заказы, как только ответит" in card.text

    chat.crm.is_up = True
    chat.deliver()

    assert card.case.state is State.PICKING
    assert olya.hears[-1].startswith("Нашлись заказы на номер …4567")


def test_a_phone_that_cannot_be_looked_up_does_not_get_lost(chat: Chat) -> None:
    zarina, irina = staff(chat), chat.person("Ирина", Role.SUPERVISOR)
    chat.crm.is_up = False
    card = chat.operator("Оля").posts(f"{PHONE} брак")
    chat.passes(hours=15)

    assert "Номер …4567" in zarina.hears[-1]
    assert "Просрочено" in irina.hears[-1]
    assert card.case.state is State.LOOKING


def test_a_status_that_somebody_changed_is_shown_to_the_staff_and_not_overwritten(
    chat: Chat,
) -> None:
    zarina = staff(chat)
    card = with_a_status_behind_our_back(chat)

    assert chat.crm.status(LEAD) == TRASH.code
    assert "Статус лида уже другой: некорректный номер" in card.text
    assert "Статус лида изменили без нас: некорректный номер" in zarina.hears[-1]
    assert chat.operator("Ира").presses("Поставить") == "Это делает отдел возвратов"

    zarina.presses("Поставить «Брак обмен»")
    assert chat.crm.status(LEAD) == "70"
    assert card.case.data.mark is Mark.WANTED
    assert "уже другой" not in card.text


def test_a_second_tap_overwrites_no_status_that_the_first_one_has_met(chat: Chat) -> None:
    zarina = staff(chat)
    card = with_a_status_behind_our_back(chat)
    anyway = zarina.sees("Поставить «Брак обмен»")
    chat.crm.somebody_sets(LEAD, NEW)
    zarina.taps(anyway)

    zarina.taps(anyway)

    assert card.case.data.mark is Mark.CONFLICT
    assert chat.crm.status(LEAD) == NEW.code
    zarina.presses("Поставить «Брак обмен»")
    assert chat.crm.status(LEAD) == "70"


def test_a_second_yes_of_the_poster_s_is_none_to_the_next_question(chat: Chat) -> None:
    chat.crm.knows(a_lead(replace(CONFIRMED, code="17")), BOUGHT)
    olya = chat.operator("Оля")
    card = olya.posts(POST)
    yes = olya.sees("Да, этот звонок")
    chat.crm.somebody_sets(LEAD, CONFIRMED)
    olya.taps(yes)
    assert card.case.data.mark is Mark.ASKED

    olya.taps(yes)

    assert chat.crm.status(LEAD) == CONFIRMED.code
    olya.replies("да")
    assert chat.crm.status(LEAD) == "70"


def test_or_it_is_left_as_it_is(chat: Chat) -> None:
    zarina = staff(chat)
    card = with_a_status_behind_our_back(chat)

    assert zarina.presses("Оставить как есть") == "Статус в CRM не меняю."

    assert chat.crm.status(LEAD) == TRASH.code
    assert "Статус в CRM оставлен: некорректный номер" in card.text


def test_a_lead_that_was_confirmed_meanwhile_is_the_poster_s_question(chat: Chat) -> None:
    card = with_a_status_behind_our_back(chat, confirmed=True)

    assert chat.crm.status(LEAD) == CONFIRMED.code
    assert "это заявка текущего звонка?" in card.first_line
    chat.people[-1].presses("Нет, это сам заказ")
    assert chat.crm.status(LEAD) == CONFIRMED.code


def with_a_status_behind_our_back(chat: Chat, *, confirmed: bool = False) -> CardView:
    """Between the question to Оля and her answer somebody sets a status."""
    chat.crm.knows(a_lead(replace(CONFIRMED, code="17")), BOUGHT)
    olya = chat.operator("Оля")
    card = olya.posts(POST)
    chat.crm.somebody_sets(LEAD, CONFIRMED if confirmed else TRASH)
    olya.presses("Да, этот звонок", card)
    return card


def test_what_the_crm_refuses_is_told_to_the_taker_and_the_supervisors(chat: Chat) -> None:
    zarina, irina = staff(chat), chat.person("Ирина", Role.SUPERVISOR)
    chat.crm.refuses = True
    card = chat.operator("Оля").posts(POST)
    assert "CRM не приняла статус «Брак обмен» и комментарий: поставьте вручную" in irina.hears[-1]
    assert zarina.hears == []

    for word in ("Беру", "Дозвонились", "Обмен"):
        zarina.presses(word)

    assert "CRM не приняла статус «Брак обмен» и комментарий" in zarina.hears[-1]
    assert "поставьте вручную" in card.text


def test_a_lead_that_turns_out_to_be_unknown_when_it_was_taken_says_so(chat: Chat) -> None:
    zarina = staff(chat)
    chat.crm.leads.clear()
    chat.crm.is_up = False
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    chat.crm.is_up = True
    chat.deliver()

    assert card.case.state is State.TAKEN
    assert "CRM не знает лид" in card.text

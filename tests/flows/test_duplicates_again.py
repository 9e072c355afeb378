"""«РФ Админы»: nobody answers, and the same lead is asked about again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.flows.duplicates import State
from tests.flows.chat import Chat
from tests.flows.world import CONFIRMED, LEAD, LINK, NEW, PHONE, a_lead, an_order

# --- waiting --------------------------------------------------------------------------------------


def test_admins_are_pinged_after_1_and_3_minutes_and_after_15_it_is_over(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")

    chat.passes(seconds=59)
    assert marat.hears == []
    chat.passes(seconds=1)
    assert len(marat.hears) == 1
    assert "Оператор ждёт, клиент на линии" in marat.hears[0]
    chat.passes(minutes=2)
    assert len(marat.hears) == 2

    chat.passes(minutes=12)
    assert card.first_line == "⌛ Без ответа, оформлять нельзя"
    assert "Админы не ответили, оформлять нельзя" in olya.hears[-1]
    assert marat.presses("Разрешить").startswith("Поздно")
    assert len(marat.hears) == 2


@pytest.mark.parametrize(
    ("asked", "step"),
    [
        (f"{LINK} можно ли?", "Пришлите ссылку снова"),
        (f"{LINK} хочет ещё товар, можно добавить?", "Пришлите ссылку снова"),
        (f"{PHONE} был ли заказ на этот номер?", "Пришлите номер снова"),
    ],
)
def test_who_got_no_answer_hears_how_to_ask_again_and_is_taken_at_his_word(
    chat: Chat, asked: str, step: str
) -> None:
    chat.crm.is_up = not asked.startswith(PHONE)
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    olya.posts(asked)
    chat.passes(minutes=15)
    assert f"Клиент ещё на линии? {step}" in olya.hears[-1]

    pinged = len(marat.hears)
    again = olya.posts(asked)

    assert chat.flow.is_open(again.case)
    chat.passes(minutes=1)
    assert len(marat.hears) == pinged + 1


def test_a_decided_case_pings_nobody(chat: Chat) -> None:
    marat = chat.admin("Марат")
    chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")

    chat.passes(hours=1)

    assert marat.hears == []
    assert chat.cards[-1].case.state is State.ALLOWED


def test_a_post_found_after_the_call_is_over_pings_nobody(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")

    card = olya.posts(f"{LINK} можно ли?", sent=chat.now - timedelta(hours=2))

    assert marat.hears == []
    assert card.case.state is State.EXPIRED
    assert "оформлять нельзя" in olya.hears[-1]


def test_a_post_found_a_little_late_is_judged_by_its_own_time(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} можно ли?", sent=chat.now - timedelta(minutes=10))

    chat.passes(minutes=4)
    assert card.first_line.startswith("⏰ Можно ли оформить?")
    chat.passes(minutes=1)
    assert card.case.state is State.EXPIRED


# --- the same lead --------------------------------------------------------------------------------


def test_a_second_post_joins_and_both_are_told(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    olya.posts(f"{LINK} можно ли?")
    ira.posts(f"{LINK} тоже спрашиваю, можно ли?")

    assert len(chat.cards) == 1
    assert "Спрашивает Оля, Ира" in chat.cards[0].text
    marat.presses("Разрешить")
    assert olya.hears[0] == ira.hears[0]
    assert len(chat.crm.comments) == 1


def test_a_key_and_a_number_are_one_lead(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    chat.crm.is_up = False
    by_number = olya.posts("https://crm.example/orders/36973 можно ли?")
    by_key = ira.posts(f"{LINK} можно ли?")
    assert by_number is not by_key

    chat.crm.is_up = True
    chat.deliver()

    assert by_number.case.state is State.JOINED
    assert "Спрашивает Ира, Оля" in by_key.text
    marat.presses("Разрешить", by_key)
    assert olya.hears[-1] == ira.hears[-1]
    assert len(chat.crm.comments) == 1


def test_after_a_decision_the_bot_answers_with_it_and_asks_anew_on_demand(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    olya.posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")
    chat.passes(minutes=30)

    again = ira.posts(f"{LINK} можно ли?")
    assert again.first_line == "✅ Можно оформлять — Марат, 14:02"
    assert again.buttons == ["Спросить заново"]
    assert olya.presses("Спросить заново") == "Это может только тот, кто спросил"

    chat.crm.knows(a_lead(NEW), an_order(3, CONFIRMED, "возврат"))
    ira.presses("Спросить заново")
    assert again.case.round == 2
    assert "прошлый заказ клиент не забрал" in again.text
    marat.presses("Запретить")
    assert chat.crm.status(LEAD) == "50"


def test_asking_anew_does_not_rest_on_what_was_read_before(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    olya.posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")
    again = olya.posts(f"{LINK} можно ли?")
    chat.crm.is_up = False

    olya.presses("Спросить заново")

    assert "CRM не отвечает" in again.text
    assert "Скорее" not in again.text


def test_a_decision_is_remembered_for_half_a_day(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    olya.posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")

    chat.passes(hours=13)

    assert olya.posts(f"{LINK} можно ли?").case.state is State.WAITING


def test_what_is_asked_of_an_open_lead_later_stands_on_its_card(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(f"{LINK} можно ли оформить?")
    ira.posts(f"{LINK} клиент хочет ещё ножи, можно добавить?")

    assert "➕ Ира: клиент хочет ещё ножи, можно добавить?" in card.text


def test_a_decision_about_a_duplicate_answers_no_question_about_an_item(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    olya.posts(f"{LINK} горит дубль, могу ли оформить?")
    marat.presses("Разрешить")

    item = olya.posts(f"{LINK} хочет ещё товар, можно добавить?")
    assert item.first_line.startswith("Можно ли добавить товар?")
    marat.presses("Запретить")
    assert chat.crm.status(LEAD) == NEW.code

    again = olya.posts(f"{LINK} горит дубль, могу ли оформить?")
    assert again.first_line.startswith("Можно ли оформить?")


def test_an_item_without_an_answer_does_not_forbid_the_order(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(f"{LINK} хочет ещё товар, можно добавить?")
    chat.passes(minutes=16)

    assert card.first_line == "⌛ Без ответа, товар добавлять нельзя"
    assert "Админы не ответили, товар добавлять нельзя" in olya.hears[-1]


def test_whoever_asks_with_others_may_answer_the_admin_and_hears_of_a_withdrawal(
    chat: Chat,
) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    ira.posts(f"{LINK} и мне, можно ли?")
    marat.presses("Спросить", card)
    marat.replies("клиент тот же?", card)

    assert ira.replies("да, он самый", card)
    assert "💬 Ира: да, он самый" in card.text
    assert "Ира: да, он самый" in marat.hears[-1]

    olya.presses("Отозвать", card)
    assert "Вопрос отозван, ответа не будет: Оля" in ira.hears[-1]
    assert "Вопрос отозван" not in " ".join(olya.hears)

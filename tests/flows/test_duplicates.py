"""«РФ Админы», read aloud: may this duplicate be ordered?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.duplicates import State
from tests.flows.chat import Chat
from tests.flows.world import CONFIRMED, LEAD, LINK, NEW, TRASH, a_lead, an_order

# --- a duplicate ----------------------------------------------------------------------------------


def test_the_card_shows_what_the_admin_needs(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} Могу ли оформить?")

    assert card.first_line == "Можно ли оформить? Спрашивает Оля, 14:02"
    assert "Скорее нет: первый заказ подтверждён 3 дня назад и ещё не выкуплен" in card.text
    assert "Дубль" in card.text
    assert "Аккумуляторный шуруповёрт МАКИТА" in card.text
    assert "Казахстан" in card.text
    assert "Ирина" in card.text
    assert card.buttons[:2] == ["✅ Разрешить", "⛔ Запретить"]


def test_marat_allows_and_olya_may_order(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} Могу ли оформить?")

    assert marat.presses("Разрешить") == "Разрешено, оператору скажу. Пишу в CRM."

    assert olya.hears[0].startswith("✅ Можно оформлять — Марат, 14:02")
    assert chat.crm.comments == ["Оформить разрешил(а): Марат, 10.03.2026 14:02"]
    assert chat.crm.status(LEAD) == NEW.code
    assert card.first_line == "✅ Можно оформлять — Марат, 14:02"
    assert "в CRM записано ✔ 14:02" in card.text


def test_marat_refuses_and_the_lead_becomes_a_duplicate(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} дубль, можно?")

    marat.presses("Запретить")

    assert chat.crm.status(LEAD) == "50"
    assert chat.crm.comments == ["Оформить не разрешил(а): Марат, 10.03.2026 14:02"]
    assert "Оформлять нельзя" in olya.hears[0]
    assert "Завершите разговор, статус «Дубль» ставлю я" in olya.hears[0]
    assert card.case.state is State.DENIED


def test_a_phone_in_a_reason_is_hidden_in_the_chat_and_kept_for_the_lead(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    marat.presses("Запретить")

    assert marat.replies("заказ есть на 8705-765-43-21")

    assert "Причина: заказ есть на …4321" in card.text
    assert olya.hears[-1].startswith("💬 Марат, причина: заказ есть на …4321")
    assert chat.crm.comments[-1].endswith("заказ есть на 8705-765-43-21")


def test_a_reason_may_follow_as_a_reply(chat: Chat) -> None:
    olya, marat, sveta = chat.operator("Оля"), chat.admin("Марат"), chat.admin("Света")
    card = olya.posts(LINK + " можно ли?")
    marat.presses("Запретить")

    assert not sveta.replies("не её решение")
    assert marat.replies("клиент уже отказался дважды")

    assert chat.crm.comments[-1].endswith("клиент уже отказался дважды")
    assert "причина: клиент уже отказался дважды" in olya.hears[-1]
    assert "Причина: клиент уже отказался дважды" in card.text


def test_where_nothing_burns_the_card_says_so_and_a_refusal_is_only_a_comment(chat: Chat) -> None:
    chat.crm.knows(a_lead(NEW))
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} могу ли оформить?")

    assert "Дублей в CRM нет, ничего не горит" in card.text
    marat.presses("Запретить")

    assert chat.crm.status(LEAD) == NEW.code
    assert len(chat.crm.comments) == 1


def test_a_lead_that_the_crm_does_not_know(chat: Chat) -> None:
    card = chat.operator("Оля").posts("https://crm.example/orders/0000000000 можно ли?")

    assert card.first_line.startswith("🔍 CRM не знает лид 0000000000.")
    assert card.buttons == []


def test_two_links_are_two_cases(chat: Chat) -> None:
    second = replace(a_lead(NEW), id="12ad97526e", number="36974")
    chat.crm.knows(second, an_order(5, TRASH))
    chat.operator("Оля").posts(f"{LINK} и https://crm.example/orders/12ad97526e можно ли?")

    assert [card.case.lead for card in chat.cards] == [LEAD, "12ad97526e"]


# --- who may --------------------------------------------------------------------------------------


def test_only_admins_decide_and_nobody_on_his_own_post(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    olya.posts(f"{LINK} можно ли?")

    assert ira.presses("Разрешить") == "Решают админы"
    assert olya.presses("Разрешить") == "Решают админы"
    assert ira.presses("Отозвать") == "Это может только тот, кто спросил"
    assert chat.cards[-1].case.state is State.WAITING

    chat.cards.clear()
    marat.posts(f"{LINK} можно ли?")
    assert marat.presses("Разрешить") == "По своему вопросу решает другой админ"
    assert chat.owner.presses("Разрешить").startswith("Разрешено")


def test_the_second_admin_hears_who_was_quicker(chat: Chat) -> None:
    marat, sveta = chat.admin("Марат"), chat.admin("Света")
    chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")

    assert sveta.presses("Запретить") == "Уже решено: Марат, 14:02"
    assert chat.crm.status(LEAD) == NEW.code


# --- a confirmed lead -----------------------------------------------------------------------------


def test_a_confirmed_lead_becomes_a_duplicate_only_when_that_is_said_twice(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), an_order(3, CONFIRMED, "в пути"))
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")

    assert "уже подтверждён" in marat.presses("Запретить")
    assert chat.crm.status(LEAD) == CONFIRMED.code
    assert olya.hears == []
    assert card.buttons == ["Поставить «Дубль»", "Только комментарий", "Назад"]

    marat.presses("Поставить «Дубль»")
    assert chat.crm.status(LEAD) == "50"
    assert "Оформлять нельзя" in olya.hears[0]


@pytest.mark.parametrize("word", ["Только комментарий", "Назад"])
def test_or_it_stays_confirmed(chat: Chat, word: str) -> None:
    chat.crm.knows(a_lead(CONFIRMED), an_order(3, CONFIRMED, "в пути"))
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    marat.presses("Запретить")

    marat.presses(word)

    assert chat.crm.status(LEAD) == CONFIRMED.code
    assert card.case.state is (State.WAITING if word == "Назад" else State.DENIED)
    if word != "Назад":
        # What the operator is told to do must not undo what the admin has chosen.
        assert "Завершите разговор, статус не меняйте." in olya.hears[-1]


# --- a question -----------------------------------------------------------------------------------


def test_a_question_goes_to_the_operator_and_comes_back_onto_the_card(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")

    marat.presses("Спросить")
    assert "Марат пишет вопрос" in card.text
    assert marat.replies("Сколько штук хочет?")
    assert olya.hears[-1].startswith("❓ Марат спрашивает: Сколько штук хочет?")

    assert olya.replies("две")
    assert marat.hears[-1].startswith("💬 Оля: две")
    assert "❓ Марат: Сколько штук хочет?" in card.text
    assert "💬 Оля: две" in card.text

    marat.presses("Разрешить")
    assert card.case.state is State.ALLOWED


def test_another_admin_s_words_are_no_question(chat: Chat) -> None:
    marat, sveta = chat.admin("Марат"), chat.admin("Света")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Спросить")

    assert not sveta.replies("а я бы разрешила")
    assert card.case.state is State.ASKING
    assert sveta.presses("Разрешить").startswith("Разрешено")


def test_a_question_that_is_typed_without_the_button_is_asked_all_the_same(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    marat, sveta = chat.admin("Марат"), chat.admin("Света")
    card = olya.posts(f"{LINK} можно ли?")
    for who, words in ((ira, "а телефон её?"), (marat, "сейчас гляну"), (marat, "можно?")):
        assert not who.replies(words)
    assert card.case.state is State.WAITING

    assert marat.replies("А телефон её?")
    assert olya.hears[-1].startswith("❓ Марат спрашивает: А телефон её?")
    assert "Ждём ответа оператора" in card.text
    assert olya.replies("её, проверила")
    assert marat.hears[-1].startswith("💬 Оля: её, проверила")
    assert chat.crm.comments == []

    # As with the button: whoever asks last is answered.
    marat.presses("Спросить")
    assert sveta.replies("сколько штук хочет?")
    assert olya.replies("две")
    assert sveta.hears[-1].startswith("💬 Оля: две")
    marat.presses("Разрешить")
    assert marat.replies("а почему спросили?")
    assert "Причина: а почему спросили?" in card.text


def test_nobody_asks_about_his_own_post(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = marat.posts(f"{LINK} можно ли?")
    marat.replies("а какой телефон?")
    assert card.case.state is State.WAITING


def test_the_clock_runs_on_while_a_question_is_open(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    marat.presses("Спросить")
    marat.replies("Сколько штук?")

    chat.passes(minutes=15)

    assert card.case.state is State.EXPIRED
    assert "оформлять нельзя" in olya.hears[-1]


# --- withdrawing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["отмена", "Отмена!", "не надо", "ОТБОЙ"])
def test_the_operator_withdraws_with_a_word(chat: Chat, words: str) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")

    assert olya.replies(words)

    assert card.first_line.startswith("↩️ Отозвано: Оля")
    assert marat.presses("Разрешить") == "Вопрос уже отозван: Оля"
    assert chat.crm.comments == []


@pytest.mark.parametrize("words", ["не нужно", "не надо"])
def test_what_answers_a_question_takes_nothing_back(chat: Chat, words: str) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    marat.presses("Спросить")
    marat.replies("второй ей тоже нужен?")

    assert olya.replies(words)

    assert f"Оля: {words}" in card.text
    marat.presses("Спросить")
    marat.replies("точно?")
    assert olya.replies("отмена, клиент ушёл")
    assert card.case.state is State.WITHDRAWN


def test_only_he_may_withdraw(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(f"{LINK} можно ли?")

    assert not ira.replies("отмена")
    assert olya.presses("Отозвать") == "Вопрос отозван."
    assert card.case.state is State.WITHDRAWN

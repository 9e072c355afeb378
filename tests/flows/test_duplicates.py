"""«РФ Админы», read aloud: what people say and press, what the bot answers (issue's point 6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.flows.base import Person, Post
from bot.flows.duplicates import State
from bot.phones import find_phones
from tests.flows.chat import Chat
from tests.flows.world import CONFIRMED, LEAD, NEW, NOW, TRASH, a_lead, an_order

LINK = f"https://crm.example/orders/{LEAD}"


@pytest.fixture
def chat() -> Chat:
    """A working day: the lead burns, its first order is on its way."""
    chat = Chat()
    chat.crm.knows(a_lead(NEW), an_order(3, CONFIRMED, "в пути"))
    return chat


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
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Запретить")

    marat.presses(word)

    assert chat.crm.status(LEAD) == CONFIRMED.code
    assert card.case.state is (State.WAITING if word == "Назад" else State.DENIED)


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
    assert marat.presses("Разрешить") == "Оператор уже отозвал вопрос"
    assert chat.crm.comments == []


def test_only_he_may_withdraw(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(f"{LINK} можно ли?")

    assert not ira.replies("отмена")
    assert olya.presses("Отозвать") == "Запрос отозван."
    assert card.case.state is State.WITHDRAWN


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


# --- an item --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "told", "comment"),
    [
        ("Разрешить", "✅ Товар можно добавить — Марат", "Товар разрешил(а) добавить: Марат"),
        ("Запретить", "⛔ Товар добавлять нельзя — Марат", "Товар добавить не разрешил(а): Марат"),
    ],
)
def test_an_item_is_decided_by_a_comment_alone(
    chat: Chat, word: str, told: str, comment: str
) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} клиент хочет набор бит, в скрипте нет такого товара")
    assert card.first_line.startswith("Можно ли добавить товар?")

    marat.presses(word)

    assert olya.hears[0].startswith(told)
    assert chat.crm.comments[0].startswith(comment)
    assert chat.crm.status(LEAD) == NEW.code


def test_a_guess_can_be_switched_by_an_admin_on_the_card(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} посмотрите пожалуйста")
    assert card.buttons[-1] == "Это про товар"

    assert olya.presses("Это про товар") == "Решают админы"
    assert marat.presses("Это про товар") == "Переключено."

    assert card.first_line.startswith("Можно ли добавить товар?")
    assert card.buttons[-1] == "Это про дубль"
    marat.presses("Запретить")
    assert chat.crm.status(LEAD) == NEW.code


def test_where_the_words_are_plain_there_is_nothing_to_switch(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} горит дубль, могу ли оформить?")

    assert not [word for word in card.buttons if word.startswith("Это про")]


# --- a phone --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["77011234567", "8 701 123-45-67", "+7 (701) 123 45 67", "87011234567"]
)
def test_a_phone_is_answered_at_once_with_the_orders_found(chat: Chat, written: str) -> None:
    chat.crm.orders["77011234567"] = (an_order(3, CONFIRMED, "вручено"),)
    card = chat.operator("Оля").posts(f"{written} был ли заказ на этот номер?")

    assert card.first_line == "📦 Наш клиент: на номер …4567 найден 1 заказ"
    assert "Набор ножей" in card.text
    assert card.buttons == []


def test_not_our_client_only_after_a_search_that_succeeded(chat: Chat) -> None:
    olya = chat.operator("Оля")
    assert olya.posts("37477123456 был ли заказ?").first_line.startswith("🚫 Не наш клиент")

    chat.crm.is_up = False
    card = olya.posts("77019999999 был ли заказ?")
    assert "Не наш клиент:" not in card.text
    assert card.case.state is State.BY_HAND
    assert "CRM не отвечает боту" in card.text


def test_while_the_crm_is_down_the_admins_look_themselves(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    chat.crm.is_up = False
    card = olya.posts("77011234567 был ли заказ на этот номер?")

    assert olya.presses("Не наш клиент") == "Решают админы"
    assert marat.replies("да, вот он: https://crm.example/orders/12ad97526e")

    assert card.case.state is State.ANSWERED
    assert "Марат: да, вот он" in olya.hears[-1]
    chat.crm.is_up = True
    chat.deliver()
    assert "Марат: да, вот он" in card.text


def test_a_crm_that_comes_back_answers_before_the_admins(chat: Chat) -> None:
    olya = chat.operator("Оля")
    chat.crm.is_up = False
    card = olya.posts("77011234567 был ли заказ на этот номер?")
    chat.crm.is_up = True
    chat.crm.orders["77011234567"] = (an_order(3, CONFIRMED, "вручено"),)

    chat.deliver()

    assert card.case.state is State.ANSWERED
    assert "Наш клиент" in olya.hears[-1]


def test_a_phone_that_nobody_could_check(chat: Chat) -> None:
    olya = chat.operator("Оля")
    chat.crm.is_up = False
    card = olya.posts("77011234567 был ли заказ на этот номер?")

    chat.passes(minutes=15)

    assert card.first_line == "⌛ Без ответа, номер проверить не удалось"
    assert "номер проверить не удалось" in olya.hears[-1]


def test_small_talk_is_no_request(chat: Chat) -> None:
    olya = chat.operator("Оля")
    for words in ("всем привет", "обед в 14:30", "заказ 36973 посмотрите"):
        assert not chat.flow.requests(_post(olya.person.id, words))


# --- the CRM --------------------------------------------------------------------------------------


def test_admins_may_decide_while_the_crm_is_down_and_it_is_written_later(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    chat.crm.is_up = False
    card = olya.posts(f"{LINK} можно ли?")
    assert "Решать можно и так" in card.text

    marat.presses("Запретить")
    assert "Оформлять нельзя" in olya.hears[0]
    assert "запись сделаю, как только ответит" in card.text
    assert chat.crm.comments == []

    chat.crm.is_up = True
    chat.deliver()
    assert chat.crm.comments == ["Оформить не разрешил(а): Марат, 10.03.2026 14:02"]
    assert chat.crm.status(LEAD) == "50"
    assert "в CRM записано ✔" in card.text


def test_a_refusal_in_the_dark_never_makes_a_duplicate_of_a_confirmed_lead(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), an_order(3, CONFIRMED, "в пути"))
    marat = chat.admin("Марат")
    chat.crm.is_up = False
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Запретить")
    chat.crm.is_up = True
    chat.deliver()

    assert chat.crm.status(LEAD) == CONFIRMED.code
    assert card.case.state is State.CONFLICT
    assert "Выберите на карточке" in marat.hears[-1]


def test_a_status_that_changed_is_shown_to_the_decider_and_not_overwritten(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    chat.crm.somebody_sets(LEAD, TRASH)

    marat.presses("Запретить")

    assert chat.crm.status(LEAD) == TRASH.code
    assert "Статус лида уже другой: некорректный номер" in card.text
    assert "Статус лида изменили без нас" in marat.hears[-1]
    assert "Оформлять нельзя" in olya.hears[0]

    marat.presses("Поставить «Дубль»")
    assert chat.crm.status(LEAD) == "50"


def test_or_it_is_left_as_it_is(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.somebody_sets(LEAD, TRASH)
    marat.presses("Запретить")

    assert marat.presses("Оставить как есть") == "Статус в CRM не меняю."

    assert chat.crm.status(LEAD) == TRASH.code
    assert "Статус в CRM оставлен: некорректный номер" in card.text


def test_after_a_day_a_conflict_is_left_and_the_owner_is_told(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.somebody_sets(LEAD, TRASH)
    marat.presses("Запретить")

    chat.passes(hours=24)

    assert card.case.state is State.DENIED
    assert chat.crm.status(LEAD) == TRASH.code
    assert "за сутки никто не выбрал" in chat.owner.hears[-1]


def test_a_duplicate_that_the_operator_set_himself_is_no_conflict(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.somebody_sets(LEAD, replace(TRASH, code="50", label="дубль"))

    marat.presses("Запретить")

    assert card.case.state is State.DENIED
    assert "в CRM записано ✔" in card.text


def test_what_the_crm_refuses_for_good_is_told_to_the_decider_and_the_owner(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.refuses = True

    marat.presses("Разрешить")

    assert "CRM не приняла запись" in marat.hears[-1]
    assert "CRM не приняла запись" in chat.owner.hears[-1]
    assert "CRM не приняла комментарий: поставьте вручную" in card.text


def _post(person_id: int, text: str) -> Post:
    return Post(
        chat_id=-100, topic_id=0, message_id=1, by=Person(id=person_id, name="Оля"), sent_at=NOW,
        text=text, phones=find_phones(text),
    )  # fmt: skip

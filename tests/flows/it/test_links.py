"""«КЦ IT Вопросы»: the link that is obligatory for the two balances."""

from __future__ import annotations

from bot.flows.it import State
from tests.flows.chat import Chat
from tests.flows.it.repairing import it_man
from tests.flows.world import LEAD, LINK


def test_a_balance_without_a_link_waits_for_it(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("нет баланса звонков")
    assert card.first_line == "🔗 Баланс звонков: нужна ссылка на лид"
    assert kostya.presses("Решено") == "Сначала оператор пришлёт ссылку на лид"
    chat.passes(minutes=11)
    assert kostya.hears == []

    assert olya.replies(f"вот {LINK}")

    assert card.case.state is State.NEW
    assert card.case.lead == LEAD
    chat.passes(minutes=10)
    assert "Никто не взял заявку" in kostya.hears[-1]
    kostya.presses("Решено")
    assert len(chat.crm.comments) == 1


def test_the_link_may_come_as_a_post_of_its_own_or_by_editing(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("нет баланса смс")

    olya.posts(LINK)

    assert chat.cards[-1].case.state is State.FOLDED
    assert card.case.state is State.NEW
    assert card.case.lead == LEAD


def test_what_is_written_beside_a_link_that_was_asked_for_goes_into_the_thread(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("нет баланса смс")

    olya.posts(f"{LINK} клиент ждёт код")

    assert card.case.lead == LEAD
    assert "Оля: клиент ждёт код" in card.text


def test_a_ticket_that_goes_into_another_takes_its_words_along(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    first = ira.posts(f"{LINK} CRM не открывает")
    second = olya.posts("нет баланса смс")
    olya.replies("и звонков тоже", second)

    olya.replies(f"{LINK} клиент ждёт код", second)

    assert second.case.state is State.FOLDED
    assert "Оля: нет баланса смс / и звонков тоже / клиент ждёт код" in first.text


def test_so_does_one_that_its_own_poster_named_otherwise(chat: Chat) -> None:
    ira = chat.operator("Ира")
    first = ira.posts(f"{LINK} CRM не открывает")

    ira.posts("https://crm.example/orders/36973 и статус не сохраняет")

    assert "Ира: и статус не сохраняет" in first.text


def test_a_colleague_s_link_is_his_own_ticket(chat: Chat) -> None:
    card = chat.operator("Оля").posts("нет баланса смс")
    other = chat.operator("Ира").posts(f"{LINK} CRM не открывает")
    assert card.case.state is State.NEEDS_LEAD
    assert other.case.state is State.NEW


def test_a_link_that_has_a_ticket_goes_to_that_one(chat: Chat) -> None:
    olya, ira, kostya = chat.operator("Оля"), chat.operator("Ира"), it_man(chat)
    first = ira.posts(f"{LINK} CRM не открывает")
    second = olya.posts("нет баланса смс")

    olya.replies(LINK, second)

    assert second.case.state is State.FOLDED
    kostya.presses("Решено", first)
    assert "Решено" in olya.hears[-1]
    assert "Решено" in ira.hears[-1]


def test_a_lead_that_the_crm_does_not_know_is_asked_for_again(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("https://crm.example/orders/0000000000 нет баланса")
    assert card.case.state is State.NEEDS_LEAD
    assert "CRM не знает такой лид" in card.text
    assert "нужна ссылка на лид" in olya.hears[-1]

    olya.replies(LINK)
    assert card.case.lead == LEAD


def test_with_any_other_trouble_an_unknown_lead_is_only_said(chat: Chat) -> None:
    card = chat.operator("Оля").posts("https://crm.example/orders/0000000000 CRM зависла")
    assert card.case.state is State.NEW
    assert "CRM не знает такой лид" in card.text
    it_man(chat).presses("Решено")
    assert chat.crm.comments == []


def test_a_balance_that_is_guessed_wrongly_stops_waiting_when_corrected(chat: Chat) -> None:
    kostya = it_man(chat)
    card = chat.operator("Оля").posts("баланс в отчёте не тот")
    kostya.presses("🏷")
    kostya.presses("CRM")
    assert card.first_line.startswith("🆕 CRM: кто возьмёт?")

    kostya.presses("🏷")
    kostya.presses("Баланс SMS")
    assert card.first_line == "🔗 Баланс SMS: нужна ссылка на лид"


def test_without_the_link_the_ticket_closes_after_half_an_hour(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("нет баланса")
    chat.passes(minutes=30)
    assert card.first_line == "⌛ Закрыта без ссылки на лид: Баланс звонков, Оля"
    assert "ссылки на лид нет" in olya.hears[-1]

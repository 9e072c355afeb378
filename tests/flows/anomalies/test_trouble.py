"""Undoing and waiting; a CRM that is down, refuses or knows nothing."""

from __future__ import annotations

from bot.flows.anomalies import State
from tests.flows.anomalies.pricing import ASKS, OTHER_LINK, plain
from tests.flows.chat import Chat
from tests.flows.world import LINK


def test_a_decision_is_taken_back_within_a_minute(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(ASKS)
    marat.presses("Цена скрипта")
    chat.passes(seconds=30)

    assert marat.presses("Отменить решение").startswith("Решение отменено")

    assert olya.hears[-1].startswith("↩️ Решение отменено, подождите новое — Марат")
    assert chat.crm.comments[-1] == (
        "Решение от 10.03.2026 14:02 отменено: Марат, 10.03.2026 14:02"
    )
    assert "Марат отменил(а) своё решение" in card.text
    marat.presses("Цена сайта")
    assert "4 990" in plain(olya.hears[-1])
    assert [write.no for write in card.case.data.writes] == [1, 2, 3]


def test_later_it_stands(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(ASKS)
    marat.presses("Цена скрипта")
    chat.passes(seconds=61)

    assert marat.presses("Отменить решение") == "Уже решено: Марат, 14:02"
    assert card.case.state is State.DECIDED


def test_admins_are_pinged_and_no_answer_is_an_answer(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(ASKS)

    chat.passes(minutes=3)
    assert len(marat.hears) == 2
    assert "какая цена действует?" in marat.hears[0]
    chat.passes(minutes=12)
    assert card.first_line == "⌛ Без ответа, цена не согласована"
    assert "Админы не ответили, цена не согласована" in olya.hears[-1]
    assert marat.presses("Цена скрипта").startswith("Поздно")


def test_while_a_price_is_missing_the_operator_is_reminded_and_not_the_admins(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(LINK)

    chat.passes(minutes=5)
    assert len(olya.hears) == 2
    assert marat.hears == []
    olya.replies("3990/4990")
    chat.passes(minutes=1)
    assert len(marat.hears) == 1
    chat.passes(minutes=14)
    assert card.case.state is State.EXPIRED


def test_prices_that_never_come_close_the_question(chat: Chat) -> None:
    olya = chat.operator("Оля")
    olya.posts(LINK)

    chat.passes(minutes=15)

    assert "Обе цены так и не назвали, цена не согласована" in olya.hears[-1]


def test_it_is_decided_while_the_crm_is_down_and_written_later(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    chat.crm.is_up = False
    card = olya.posts(ASKS)
    assert "Решать можно и так" in card.text

    marat.presses("Цена сайта")
    assert "Действует цена сайта: 4 990 —" in plain(olya.hears[-1])
    assert "запись сделаю, как только ответит" in card.text

    chat.crm.is_up = True
    chat.deliver()
    assert len(chat.crm.comments) == 1
    assert "в CRM записано ✔" in card.text


def test_what_the_crm_refuses_is_told(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(ASKS)
    chat.crm.refuses = True

    marat.presses("Цена сайта")

    assert "CRM не приняла комментарий: напишите вручную" in card.text
    assert "CRM не приняла комментарий" in marat.hears[-1]
    assert "CRM не приняла комментарий" in chat.owner.hears[-1]


def test_a_lead_that_the_crm_does_not_know(chat: Chat) -> None:
    card = chat.operator("Оля").posts("https://crm.example/orders/0000000000 3990/4990")

    assert card.first_line.startswith("🔍 CRM не знает лид 0000000000.")


def test_the_operator_withdraws(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    olya.posts(ASKS)

    assert olya.replies("отмена")

    assert marat.presses("Цена сайта") == "Вопрос уже отозван: Оля"


def test_a_reply_with_another_link_is_a_post_of_its_own(chat: Chat) -> None:
    olya = chat.operator("Оля")
    olya.posts(ASKS)

    assert not olya.replies(f"{OTHER_LINK} 2990/3990")

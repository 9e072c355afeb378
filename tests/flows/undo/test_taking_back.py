"""«Отменить решение», read aloud: a slip of the finger is mended within a minute."""

from __future__ import annotations

from bot.flows.duplicates import State
from tests.flows.chat import Chat
from tests.flows.undo.undoing import UNDO
from tests.flows.world import CONFIRMED, LEAD, LINK, an_order


def test_marat_takes_his_permission_back_and_olya_hears_at_once(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")
    chat.passes(seconds=40)

    assert marat.presses(UNDO) == "Решение отменено, оператору скажу. Решайте заново."

    assert olya.hears[-1].startswith("↩️ Решение отменено, подождите новое — Марат, 14:02")
    assert chat.crm.comments == [
        "Оформить разрешил(а): Марат, 10.03.2026 14:02",
        "Решение от 10.03.2026 14:02 отменено: Марат, 10.03.2026 14:02",
    ]
    assert (card.case.state, card.case.round) == (State.WAITING, 2)
    assert card.first_line == "Можно ли оформить? Спрашивает Оля, 14:02"
    assert "↩️ Марат отменил(а) своё решение в 14:02" in card.text
    assert card.buttons[:2] == ["✅ Разрешить", "⛔ Запретить"]


def test_he_then_decides_otherwise_and_his_writes_go_on_counting(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")
    marat.presses(UNDO)

    marat.presses("Запретить")

    assert "Оформлять нельзя" in olya.hears[-1]
    assert chat.crm.status(LEAD) == "50"
    assert [write.no for write in card.case.data.writes] == [1, 2, 3, 4]
    assert "в CRM записано ✔" in card.text
    assert "отменил(а)" not in card.text


def test_the_button_stays_on_the_card_and_after_a_minute_it_is_too_late(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")

    chat.passes(seconds=61)

    assert card.buttons == [f"↩️ {UNDO}"]
    assert marat.presses(UNDO) == "Уже решено: Марат, 14:02"
    assert card.case.state is State.ALLOWED


def test_only_he_who_decided_may_take_it_back(chat: Chat) -> None:
    olya, marat, sveta = chat.operator("Оля"), chat.admin("Марат"), chat.admin("Света")
    card = olya.posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")

    for somebody in (sveta, olya, chat.owner):
        assert somebody.presses(UNDO) == "Уже решено: Марат, 14:02"
    assert card.case.state is State.ALLOWED


def test_an_admin_s_word_about_a_phone_is_taken_back_and_the_crm_is_asked_again(
    chat: Chat,
) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    chat.crm.is_up = False
    card = olya.posts("77011234567 был ли заказ на этот номер?")
    marat.presses("Не наш клиент")
    assert "Не наш клиент" in olya.hears[-1]

    marat.presses(UNDO)
    assert "Решение отменено, подождите новое" in olya.hears[-1]
    assert "Админы, посмотрите сами" in card.text

    chat.crm.orders["77011234567"] = (an_order(3, CONFIRMED, "в пути"),)
    chat.crm.is_up = True
    chat.deliver()
    assert card.case.state is State.ANSWERED
    assert "Наш клиент" in olya.hears[-1]
    assert card.buttons == []
    assert chat.crm.comments == []


def test_a_lead_that_is_gone_when_it_is_read_anew_is_told(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(LINK)
    marat.presses("Разрешить")
    del chat.crm.leads[LEAD]

    marat.presses(UNDO)

    assert card.case.state is State.NOT_FOUND
    assert "CRM не знает лид" in olya.hears[-1]

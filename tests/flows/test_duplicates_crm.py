"""«РФ Админы»: the CRM is down, somebody else was quicker there, or it refuses."""

from __future__ import annotations

from dataclasses import replace

from bot.flows.duplicates import State
from tests.flows.chat import Chat
from tests.flows.world import CONFIRMED, LEAD, LINK, NEW, TRASH, a_lead, an_order


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

    assert "в CRM пока только комментарий ✔" in card.text

    marat.presses("Поставить «Дубль»")
    assert chat.crm.status(LEAD) == "50"
    assert "в CRM записано ✔" in card.text
    assert "оставлен" not in card.text


def test_a_second_tap_overwrites_no_status_that_the_first_one_has_met(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), an_order(3, CONFIRMED, "в пути"))
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Запретить")
    anyway = marat.sees("Поставить «Дубль»")
    for changed in (TRASH, NEW):
        chat.crm.somebody_sets(LEAD, changed)
        marat.taps(anyway)
        assert card.case.state is State.CONFLICT

        marat.taps(anyway)

        assert chat.crm.status(LEAD) == changed.code
        assert card.case.state is State.CONFLICT
        anyway = marat.sees("Поставить «Дубль»")
    marat.taps(anyway)
    assert chat.crm.status(LEAD) == "50"


def test_or_it_is_left_as_it_is(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.somebody_sets(LEAD, TRASH)
    marat.presses("Запретить")

    assert marat.presses("Оставить как есть") == "Статус в CRM не меняю."

    assert chat.crm.status(LEAD) == TRASH.code
    assert "в CRM только комментарий ✔" in card.text
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

    assert "CRM не приняла комментарий" in marat.hears[-1]
    assert "CRM не приняла комментарий" in chat.owner.hears[-1]
    assert "CRM не приняла комментарий: напишите вручную" in card.text

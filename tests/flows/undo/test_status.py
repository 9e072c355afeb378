"""«Отменить решение»: the status that the lead had before."""

from __future__ import annotations

from datetime import timedelta

from bot.flows.duplicates import Duplicates, State, Times
from bot.flows.records import Role
from tests.flows.chat import Chat
from tests.flows.crm import DUPLICATE
from tests.flows.undo.undoing import UNDO, UNSET
from tests.flows.world import CONFIRMED, LEAD, LINK, NEW, REFUSED, TRASH, a_lead, an_order


def test_a_status_that_the_lead_had_before_comes_back(chat: Chat) -> None:
    chat.crm.knows(a_lead(REFUSED), an_order(3, CONFIRMED, "в пути"))
    ira, marat = chat.person("Ира", Role.SUPERVISOR), chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Запретить")
    assert chat.crm.status(LEAD) == "50"

    marat.presses(UNDO)

    assert chat.crm.status(LEAD) == REFUSED.code
    assert "Сейчас в CRM: дорого" in card.text
    assert ira.hears == []


def test_where_there_was_none_a_supervisor_is_told_what_to_mend(chat: Chat) -> None:
    chat.crm.knows(a_lead(UNSET), an_order(3, CONFIRMED, "в пути"))
    ira, marat = chat.person("Ира", Role.SUPERVISOR), chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Запретить")

    marat.presses(UNDO)

    assert chat.crm.status(LEAD) == "50"
    assert len(ira.hears) == 1
    assert "статус в CRM вернуть не смог: проверьте лид" in ira.hears[0]
    assert "Стоит «дубль», до решения статуса не было" in ira.hears[0]
    assert "Сейчас в CRM: дубль" in card.text


def test_what_somebody_has_set_since_is_left_and_a_supervisor_is_told(chat: Chat) -> None:
    chat.crm.knows(a_lead(REFUSED), an_order(3, CONFIRMED, "в пути"))
    ira, marat = chat.person("Ира", Role.SUPERVISOR), chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Запретить")
    chat.crm.somebody_sets(LEAD, TRASH)

    marat.presses(UNDO)

    assert chat.crm.status(LEAD) == TRASH.code
    assert "Стоит «некорректный номер», до решения был «дорого»" in ira.hears[0]
    assert card.case.state is State.WAITING


def test_a_duplicate_that_the_operator_set_himself_is_not_ours_to_take_away(chat: Chat) -> None:
    chat.crm.knows(a_lead(REFUSED), an_order(3, CONFIRMED, "в пути"))
    ira, marat = chat.person("Ира", Role.SUPERVISOR), chat.admin("Марат")
    chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.somebody_sets(LEAD, DUPLICATE)
    marat.presses("Запретить")

    marat.presses(UNDO)

    assert chat.crm.status(LEAD) == "50"
    assert "Стоит «дубль», до решения был «дорого»" in ira.hears[0]


def test_a_conflict_can_be_taken_back_too_and_nothing_is_to_be_mended(chat: Chat) -> None:
    ira, marat = chat.person("Ира", Role.SUPERVISOR), chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.somebody_sets(LEAD, TRASH)
    marat.presses("Запретить")
    assert "Статус лида уже другой" in card.text

    marat.presses(UNDO)

    assert card.case.state is State.WAITING
    assert chat.crm.status(LEAD) == TRASH.code
    assert ira.hears == []
    chat.passes(hours=25)
    assert card.first_line.startswith("⌛")


def test_a_status_that_was_set_in_spite_of_a_conflict_goes_back_to_what_stood_there(
    chat: Chat,
) -> None:
    marat = chat.admin("Марат")
    chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.somebody_sets(LEAD, TRASH)
    marat.presses("Запретить")
    marat.presses("Поставить «Дубль»")
    assert chat.crm.status(LEAD) == "50"

    marat.presses(UNDO)

    assert chat.crm.status(LEAD) == TRASH.code


def test_the_clock_of_a_conflict_that_was_taken_back_pings_nobody() -> None:
    chat = Chat(Duplicates(Times(conflict=timedelta(minutes=5))))
    chat.crm.knows(a_lead(NEW), an_order(3, CONFIRMED, "в пути"))
    marat, sveta = chat.admin("Марат"), chat.admin("Света")
    chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.somebody_sets(LEAD, TRASH)
    marat.presses("Запретить")
    marat.presses(UNDO)

    chat.passes(minutes=14)

    assert len(sveta.hears) == 2

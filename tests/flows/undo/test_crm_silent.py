"""«Отменить решение» while the CRM does not answer."""

from __future__ import annotations

import pytest

from bot.flows.duplicates import State
from bot.flows.records import Role
from tests.flows.chat import Chat
from tests.flows.crm import DUPLICATE
from tests.flows.undo.undoing import UNDO, UNSET
from tests.flows.world import CONFIRMED, LEAD, LINK, REFUSED, TRASH, a_lead, an_order


@pytest.mark.parametrize("again", ["Запретить", "Разрешить", None])
def test_what_is_undone_before_it_was_written_is_written_in_its_order(
    chat: Chat, again: str | None
) -> None:
    chat.crm.knows(a_lead(REFUSED), an_order(3, CONFIRMED, "в пути"))
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.is_up = False
    marat.presses("Запретить")
    marat.presses(UNDO)
    if again:
        marat.presses(again)
    chat.crm.is_up = True
    chat.deliver()

    assert chat.crm.status(LEAD) == ("50" if again == "Запретить" else REFUSED.code)
    said = [comment.partition(":")[0] for comment in chat.crm.comments]
    assert said[:2] == ["Оформить не разрешил(а)", "Решение от 10.03.2026 14"]
    assert len(said) == (3 if again else 2)
    assert card.case.state is {
        "Запретить": State.DENIED, "Разрешить": State.ALLOWED, None: State.WAITING
    }[again]  # fmt: skip


def test_what_somebody_set_before_an_undone_status_was_written_is_left(chat: Chat) -> None:
    chat.crm.knows(a_lead(REFUSED), an_order(3, CONFIRMED, "в пути"))
    ira, marat = chat.person("Ира", Role.SUPERVISOR), chat.admin("Марат")
    chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.is_up = False
    marat.presses("Запретить")
    marat.presses(UNDO)
    chat.crm.somebody_sets(LEAD, DUPLICATE)
    chat.crm.is_up = True
    chat.deliver()

    assert chat.crm.status(LEAD) == "50"
    assert "Стоит «дубль», до решения был «дорого»" in ira.hears[0]


def test_a_status_without_a_way_back_is_told_when_it_has_been_set(chat: Chat) -> None:
    chat.crm.knows(a_lead(UNSET), an_order(3, CONFIRMED, "в пути"))
    ira, marat = chat.person("Ира", Role.SUPERVISOR), chat.admin("Марат")
    chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.is_up = False
    marat.presses("Запретить")
    marat.presses(UNDO)
    assert ira.hears == []

    chat.crm.is_up = True
    chat.deliver()

    assert "до решения статуса не было" in ira.hears[0]


def test_a_conflict_of_an_undone_status_asks_nobody(chat: Chat) -> None:
    chat.crm.knows(a_lead(REFUSED), an_order(3, CONFIRMED, "в пути"))
    ira, marat = chat.person("Ира", Role.SUPERVISOR), chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.is_up = False
    marat.presses("Запретить")
    chat.crm.somebody_sets(LEAD, TRASH)
    marat.presses(UNDO)
    chat.crm.is_up = True
    chat.deliver()

    assert card.case.state is State.WAITING
    assert chat.crm.status(LEAD) == TRASH.code
    assert (marat.hears, ira.hears) == ([], [])


def test_what_the_crm_refused_needs_no_way_back_and_an_undoing_that_it_refuses_is_told(
    chat: Chat,
) -> None:
    chat.crm.knows(a_lead(REFUSED), an_order(3, CONFIRMED, "в пути"))
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    chat.crm.refuses = True
    marat.presses("Запретить")
    marat.hears.clear()

    marat.presses(UNDO)

    assert [write.what for write in card.case.data.writes] == ["denied", "status", "undone"]
    assert len(marat.hears) == 1
    assert "CRM не приняла отмену решения" in marat.hears[0]
    assert "CRM не приняла отмену решения" in chat.owner.hears[-1]

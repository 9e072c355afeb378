"""«Отменить решение» in «Не проставленные отказы»: the lead is as it was, and everybody hears."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.records import Role
from bot.flows.refusals import State
from tests.flows.chat import Chat, Somebody
from tests.flows.refusals.refusing import (
    ANNA,
    GLEB,
    VERA,
    a_call,
    a_refused_lead,
)
from tests.flows.world import LEAD, LINK, NEW, REFUSED, TRASH

UNDO = "Отменить решение"
#: As the CRM shows a lead that nobody has worked on yet.
UNSET = replace(NEW, code="", label="")


@pytest.fixture
def vera(chat: Chat) -> Somebody:
    return chat.person("Верочка", crm_name=VERA)


def manager(chat: Chat) -> str:
    """Who is responsible for the lead."""
    return chat.crm.leads[LEAD].manager


# --- «Закрепить» ----------------------------------------------------------------------------------


def test_irina_takes_a_pin_back_and_the_lead_is_whose_it_was(
    chat: Chat, olya: Somebody, irina: Somebody, vera: Somebody
) -> None:
    a_refused_lead(chat, manager=GLEB)
    chat.crm.knows(replace(chat.crm.leads[LEAD], operator=VERA))
    card = olya.posts(LINK)
    irina.presses("Закрепить")
    assert manager(chat) == VERA
    chat.passes(seconds=40)

    assert irina.presses(UNDO) == "Решение отменено, оператору скажу. Решайте заново."

    assert manager(chat) == GLEB
    assert chat.crm.status(LEAD) == REFUSED.code
    assert chat.crm.comments[-1] == (
        "Решение от 10.03.2026 14:02 отменено: Ирина, 10.03.2026 14:02"
    )
    for told in (olya, vera):
        assert told.hears[-1].startswith("↩️ Решение отменено, подождите новое — Ирина, 14:02")
    assert (card.case.state, card.case.round) == (State.WAITING, 2)
    assert card.first_line.startswith(f"Закрепить отказ за: {VERA}?")
    assert "↩️ Ирина отменил(а) своё решение в 14:02" in card.text
    assert irina.hears == []


def test_where_nobody_was_responsible_a_supervisor_hears_what_to_mend(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    olya.posts(LINK)
    irina.presses("Закрепить")

    irina.presses(UNDO)

    assert manager(chat) == VERA
    [told] = irina.hears
    assert "Решение отменено, а закрепление в CRM вернуть не смог: проверьте лид." in told
    assert f"Отказ в CRM за: {VERA}, до решения лид ни за кем не стоял" in told


def test_the_field_that_only_the_crm_sets_is_for_a_supervisor_to_mend(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, manager=GLEB)
    olya.posts(LINK)
    irina.presses("Закрепить")

    irina.presses(UNDO)

    assert manager(chat) == GLEB
    [told] = irina.hears
    assert f"Поле «оператор» в CRM: {VERA}, до решения было пустым" in told


def test_whom_somebody_has_made_responsible_since_is_left(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, manager=GLEB)
    olya.posts(LINK)
    irina.presses("Закрепить")
    chat.crm.knows(replace(chat.crm.leads[LEAD], manager=ANNA))

    irina.presses(UNDO)

    assert manager(chat) == ANNA
    assert f"Отказ в CRM за: {ANNA}, до решения лид был за: {GLEB}" in irina.hears[-1]


def test_what_was_pinned_beforehand_is_not_ours_to_take_away(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, manager=VERA)
    olya.posts(LINK)
    irina.presses("Закрепить")

    irina.presses(UNDO)

    assert manager(chat) == VERA
    assert irina.hears == []


def test_neither_is_what_somebody_has_pinned_behind_our_back(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, manager=GLEB)
    olya.posts(LINK)
    chat.crm.knows(replace(chat.crm.leads[LEAD], manager=VERA))
    irina.presses("Закрепить")

    irina.presses(UNDO)

    assert manager(chat) == VERA
    assert f"Отказ в CRM за: {VERA}, до решения лид был за: {GLEB}" in irina.hears[-1]


def test_it_goes_back_to_whom_the_pin_has_really_replaced(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, manager=GLEB)
    olya.posts(LINK)
    chat.crm.knows(replace(chat.crm.leads[LEAD], manager=ANNA, operator=VERA))
    irina.presses("Закрепить")

    irina.presses(UNDO)

    assert manager(chat) == ANNA


def test_the_status_goes_back_too_where_there_was_one(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, status=TRASH, manager=GLEB)
    card = olya.posts(LINK)
    olya.presses("передумал")
    irina.presses("Закрепить")
    assert chat.crm.status(LEAD) == "63"

    irina.presses(UNDO)

    assert chat.crm.status(LEAD) == TRASH.code
    assert card.case.state is State.WAITING
    assert "Причина: передумал · поставлю при закреплении" in card.text


def test_and_where_there_was_none_a_supervisor_hears_of_both(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, status=UNSET)
    olya.posts(LINK)
    olya.presses("передумал")
    irina.presses("Закрепить")

    irina.presses(UNDO)

    [told] = irina.hears
    assert "а статус и закрепление в CRM вернуть не смог" in told
    assert "Стоит «передумал», до решения статуса не было" in told


def test_a_conflict_and_what_was_left_in_it_can_be_taken_back(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.crm.somebody_sets(LEAD, TRASH)
    irina.presses("Закрепить")
    irina.presses("Оставить как есть")
    assert card.buttons == ["Решить заново", f"↩️ {UNDO}"]

    irina.presses(UNDO)

    assert card.case.state is State.WAITING
    assert "отменено: Ирина" in chat.crm.comments[-1]
    assert irina.hears == [irina.hears[0]]
    chat.passes(hours=25)
    assert card.case.state is State.WAITING


def test_after_a_minute_and_for_others_it_is_decided(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    irina.presses("Закрепить")

    for somebody in (chat.person("Света", Role.SUPERVISOR), olya, chat.owner):
        assert somebody.presses(UNDO) == "Уже решено: Ирина, 14:02"
    chat.passes(seconds=61)
    assert card.buttons == [f"↩️ {UNDO}"]
    assert irina.presses(UNDO) == "Уже решено: Ирина, 14:02"
    assert card.case.state is State.PINNED


# --- «Нарушения нет» and appeals ------------------------------------------------------------------


def test_nothing_was_written_so_nothing_is_taken_out(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    irina.presses("Нарушения нет")

    irina.presses(UNDO)

    assert chat.crm.comments == []
    assert card.case.state is State.WAITING
    assert "Решение отменено" in olya.hears[-1]
    assert olya.replies("отмена")


def test_a_granted_appeal_takes_the_pin_out_of_the_lead(
    chat: Chat, olya: Somebody, irina: Somebody, vera: Somebody
) -> None:
    a_refused_lead(chat, status=TRASH, manager=GLEB)
    card = olya.posts(LINK)
    olya.presses("передумал")
    irina.presses("Закрепить")
    vera.replies("клиент просил перезвонить")

    irina.presses("Нарушения нет")

    assert (manager(chat), chat.crm.status(LEAD)) == (GLEB, TRASH.code)
    assert "Отказ больше не за вами" in vera.hears[-1]
    assert "💾 в CRM записано ✔" in card.text
    assert f"Поле «оператор» в CRM: {VERA}, до решения было пустым" in card.text
    assert "Нарушения нет, а закрепление в CRM вернуть не смог" in irina.hears[-1]


def test_and_when_that_is_undone_the_pin_holds_again_and_vera_hears(
    chat: Chat, olya: Somebody, irina: Somebody, vera: Somebody
) -> None:
    a_refused_lead(chat, status=TRASH, manager=GLEB)
    card = olya.posts(LINK)
    olya.presses("передумал")
    irina.presses("Закрепить")
    vera.replies("клиент просил перезвонить")
    irina.presses("Нарушения нет")

    irina.presses(UNDO)

    assert (manager(chat), chat.crm.status(LEAD)) == (VERA, "63")
    assert "Решение отменено" in vera.hears[-1]
    assert card.case.state is State.WAITING
    assert "✋ Ильина Вера, не согласен(на)" in card.text
    assert not olya.replies("отмена")
    irina.presses("Нарушения нет")
    assert (manager(chat), chat.crm.status(LEAD)) == (GLEB, TRASH.code)


def test_a_denied_appeal_that_is_undone_leaves_the_first_decision_in_the_lead(
    chat: Chat, olya: Somebody, irina: Somebody, vera: Somebody
) -> None:
    a_refused_lead(chat, manager=GLEB)
    card = olya.posts(LINK)
    irina.presses("Закрепить")
    vera.replies("клиент просил перезвонить")
    irina.presses("Закрепить")
    assert "Отказ остаётся за вами" in vera.hears[-1]

    irina.presses(UNDO)

    assert manager(chat) == VERA
    assert "Решение отменено" in vera.hears[-1]
    irina.presses("Нарушения нет")
    assert manager(chat) == GLEB
    assert card.case.state is State.REJECTED


def test_an_appeal_that_is_granted_to_another_and_undone_leaves_it_with_the_first(
    chat: Chat, olya: Somebody, irina: Somebody, vera: Somebody
) -> None:
    gleb = chat.person("Глеб", crm_name=GLEB)
    a_refused_lead(chat, manager=ANNA)
    olya.posts(LINK)
    irina.presses("Закрепить")
    vera.replies("это не мой разговор")
    irina.presses("Другой оператор")
    irina.presses(GLEB)
    assert manager(chat) == GLEB

    irina.presses(UNDO)

    assert manager(chat) == VERA
    for told in (vera, gleb):
        assert "Решение отменено" in told.hears[-1]
    irina.presses("Нарушения нет")
    assert manager(chat) == ANNA


def test_whom_somebody_has_set_since_the_pin_no_granted_appeal_overwrites(
    chat: Chat, olya: Somebody, irina: Somebody, vera: Somebody
) -> None:
    a_refused_lead(chat, manager=GLEB)
    card = olya.posts(LINK)
    irina.presses("Закрепить")
    vera.replies("клиент просил перезвонить")
    chat.crm.knows(replace(chat.crm.leads[LEAD], manager=ANNA))

    irina.presses("Нарушения нет")

    assert manager(chat) == ANNA
    assert f"Отказ в CRM за: {ANNA}, до решения лид был за: {GLEB}" in card.text


# --- while the CRM does not answer ----------------------------------------------------------------


def test_what_is_undone_before_it_was_written_is_pinned_on_nobody(
    chat: Chat, olya: Somebody, irina: Somebody, vera: Somebody
) -> None:
    a_refused_lead(chat, status=TRASH, manager=GLEB)
    card = olya.posts(LINK)
    olya.presses("передумал")
    chat.crm.is_up = False
    irina.presses("Закрепить")
    irina.presses(UNDO)
    chat.crm.is_up = True
    chat.deliver()

    assert (manager(chat), chat.crm.status(LEAD), chat.crm.pins) == (GLEB, TRASH.code, [])
    assert [one.partition(":")[0] for one in chat.crm.comments] == [
        "Отказ закрепить за", "Решение от 10.03.2026 14"
    ]  # fmt: skip
    assert vera.hears == []
    assert card.case.state is State.WAITING


def test_a_name_that_the_crm_has_lost_since_is_told(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 184), manager=GLEB)
    olya.posts(LINK)
    irina.presses("Закрепить")
    chat.crm.strangers.add(GLEB)

    irina.presses(UNDO)

    assert any("CRM не приняла отмену решения" in words for words in irina.hears)
    assert f"Отказ в CRM за: {VERA}, до решения лид был за: {GLEB}" in irina.hears[-1]


def test_a_notice_that_comes_after_the_undoing_tells_how_it_stands_now(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    irina.presses("Закрепить")
    irina.presses(UNDO)

    for what in ("pinned", "rejected", "reason", "blamed", "acquitted", "undone", "stays"):
        notice = chat.renderer.notice(chat.flow, card.case, what, chat.now).text
        assert "Решение отменено, подождите новое" in notice

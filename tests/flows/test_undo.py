"""«Отменить решение», read aloud: a slip of the finger is mended within a minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.flows import undo, writes
from bot.flows.duplicates import Duplicates, State, Times
from bot.flows.effects import SetDisposition, Tell, WriteComment
from bot.flows.records import Action, Fact, Happened, Person, Role
from bot.flows.undo import Left, Undone
from bot.flows.writes import STATUS, WriteState
from tests.flows.chat import Chat
from tests.flows.crm import DUPLICATE
from tests.flows.world import CONFIRMED, LEAD, LINK, NEW, NOW, REFUSED, TRASH, a_lead, an_order

UNDO = "Отменить решение"
#: As the CRM shows a lead that nobody has worked on yet.
UNSET = replace(NEW, code="", label="")


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


# --- the status -----------------------------------------------------------------------------------


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


# --- while the CRM does not answer ----------------------------------------------------------------


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


# --- the clock, and others who ask ----------------------------------------------------------------


def test_the_clocks_run_anew_from_the_undoing(chat: Chat) -> None:
    olya, marat, sveta = chat.operator("Оля"), chat.admin("Марат"), chat.admin("Света")
    chat.operator("Оля")
    card = olya.posts(f"{LINK} можно ли?")
    chat.passes(seconds=50)
    marat.presses("Разрешить")
    marat.presses(UNDO)

    chat.passes(seconds=59)
    assert sveta.hears == []
    chat.passes(seconds=1)
    assert len(sveta.hears) == 1
    chat.passes(minutes=14)
    assert card.case.state is State.EXPIRED
    assert "оформлять нельзя" in olya.hears[-1]


def test_who_was_told_of_the_decision_meanwhile_hears_that_it_is_undone(chat: Chat) -> None:
    olya, ira, timur = chat.operator("Оля"), chat.operator("Ира"), chat.operator("Тимур")
    marat = chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")
    told = ira.posts(f"{LINK} и мне скажите?")
    told_too = timur.posts(f"{LINK} и мне?")
    assert told.first_line == told_too.first_line == "✅ Можно оформлять — Марат, 14:02"

    marat.presses(UNDO, card)

    assert ira.hears[-1] == timur.hears[-1] == olya.hears[-1]
    assert told.case.state is told_too.case.state is State.JOINED
    assert "Спрашивает Оля, Ира, Тимур" in card.first_line
    marat.presses("Запретить", card)
    assert "Оформлять нельзя" in ira.hears[-1]


def test_an_undone_decision_answers_nobody_any_more(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")
    ira.posts(f"{LINK} и мне скажите?")
    marat.presses(UNDO, card)
    chat.passes(minutes=20)
    assert card.first_line.startswith("⌛")

    assert ira.posts(f"{LINK} можно ли?").case.state is State.WAITING


def test_who_hears_of_it_later_than_a_minute_is_only_told(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")
    chat.passes(seconds=90)

    assert ira.posts(f"{LINK} и мне скажите?").case.state is State.BEFORE
    assert len(card.case.data.askers) == 1


def test_a_notice_that_comes_after_the_undoing_tells_how_it_stands_now(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} можно ли?")
    marat.presses("Разрешить")
    marat.presses(UNDO)

    for what in ("allowed", "denied", "reason", "undone"):
        notice = chat.renderer.notice(chat.flow, card.case, what, NOW).text
        assert "Решение отменено, подождите новое" in notice


# --- a phone --------------------------------------------------------------------------------------


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


# --- what other chats will need -------------------------------------------------------------------

MARAT = Person(id=201, name="Марат")
TAKEN = Undone(what="denied", by=MARAT, decided_at=NOW, at=NOW)


def a_saving(no: int) -> Action:
    return Action(name=Fact.CRM_SAVED, what=Happened(no=no))


def tells_of(outcome: undo.Outcome) -> list[str]:
    return [effect.what for effect in outcome.effects if isinstance(effect, Tell)]


def test_a_refused_status_that_an_owner_has_retried_after_the_undoing_is_told() -> None:
    made, _ = writes.status((), "50", seen="100", label="дорого")
    made = writes.marked(made, 1, WriteState.REFUSED)
    outcome = undo.take_back(made, TAKEN)
    assert tells_of(outcome) == []

    late = undo.heard(outcome.writes, outcome.undone, a_saving(1), NOW)

    assert tells_of(late) == ["mend"]
    assert late.undone.left == (Left(what=STATUS, before="дорого"),)


def test_a_refusal_s_attribution_cannot_be_taken_back_and_is_told_once() -> None:
    made, _ = writes.pin((), "Ира")
    under_way = undo.take_back(made, TAKEN)
    assert tells_of(under_way) == []
    set_now = undo.heard(under_way.writes, under_way.undone, a_saving(1), NOW)
    assert tells_of(set_now) == ["mend"]
    assert tells_of(undo.heard(set_now.writes, set_now.undone, a_saving(1), NOW)) == []

    done = undo.take_back(writes.marked(made, 1, WriteState.SAVED, at=NOW), TAKEN)
    assert tells_of(done) == ["mend"]
    assert [type(effect) for effect in done.effects] == [WriteComment, Tell]


@pytest.mark.parametrize(
    ("ends", "is_ours"),
    [
        ((WriteState.SAVED, WriteState.SAVED), True),
        ((WriteState.SAVED, WriteState.REFUSED), False),
        ((WriteState.SAVED, WriteState.CONFLICT), False),
        ((WriteState.CONFLICT, WriteState.SAVED), True),
    ],
)
def test_only_where_the_last_write_has_come_to_something_its_status_is_ours(
    ends: tuple[WriteState, WriteState], *, is_ours: bool
) -> None:
    made, _ = writes.status((), "63", seen="100")
    made, _ = writes.status(made, "50", seen="63")
    for no, state in enumerate(ends, start=1):
        made = writes.marked(made, no, state)
    assert undo.is_ours(made, (1, 2)) is is_ours
    assert not undo.is_ours(writes.marked(made, 1, WriteState.SAVED, found=True), (1, 2))


def test_of_two_statuses_in_a_row_the_first_one_s_predecessor_comes_back() -> None:
    made, _ = writes.status((), "63", seen="100")
    made, _ = writes.status(made, "50", seen="63")

    back = undo.take_back(made, TAKEN).effects[0]

    assert back == SetDisposition(no=3, code="100", seen="50", undoes=(1, 2))


def test_a_lead_that_is_gone_when_it_is_read_anew_is_told(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(LINK)
    marat.presses("Разрешить")
    del chat.crm.leads[LEAD]

    marat.presses(UNDO)

    assert card.case.state is State.NOT_FOUND
    assert "CRM не знает лид" in olya.hears[-1]

"""«Отменить решение»: the clock, and others who ask."""

from __future__ import annotations

from bot.flows.duplicates import State
from tests.flows.chat import Chat
from tests.flows.undo.undoing import UNDO
from tests.flows.world import LINK, NOW


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

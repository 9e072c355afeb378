"""«Проект Белкин»: who waits for a place, and whose turn it is when one comes free."""

from __future__ import annotations

import pytest

from bot.flows.pauses import Pauses, State, Times
from tests.flows.chat import CardView, Chat, Somebody
from tests.flows.pauses.pausing import two_are_away


@pytest.fixture
def waiting(chat: Chat, olya: Somebody) -> tuple[Somebody, CardView, CardView]:
    """Тимур is away; Оля waits, Марат behind her."""
    timur, _ = two_are_away(chat)
    hers = olya.posts("перерыв 10")
    chat.passes(minutes=1)
    his = chat.operator("Марат").posts("обед")
    return timur, hers, his


def test_a_place_that_comes_free_is_held_for_the_first_in_the_queue(
    chat: Chat, olya: Somebody, waiting: tuple[Somebody, CardView, CardView]
) -> None:
    timur, hers, his = waiting
    timur.posts("вернулся")

    assert hers.first_line == "🔔 Перерыв 10 мин: ваша очередь — Оля"
    assert hers.buttons == ["Ухожу", "Передумал(а)"]
    assert olya.hears[0].startswith("🔔 Ваша очередь: перерыв 10 мин")
    assert his.case.state == State.QUEUED

    # She may be on a call: her minutes begin when she goes.
    chat.passes(minutes=3)
    assert olya.presses("Ухожу", hers) == "Хорошей паузы!"
    assert hers.first_line == "☕ Перерыв до 14:16 — Оля, с 14:06"


@pytest.mark.parametrize("words", ["отошла", "ухожу", "спасибо, я пошла"])
def test_a_word_takes_the_held_place_too(
    olya: Somebody, waiting: tuple[Somebody, CardView, CardView], words: str
) -> None:
    timur, hers, _ = waiting
    olya.posts(words)
    # It is not her turn yet.
    assert hers.case.state is State.QUEUED
    timur.posts("вернулся")
    olya.posts(words)

    assert hers.first_line == "☕ Перерыв до 14:13 — Оля, с 14:03"


def test_the_call_may_be_answered_privately(
    olya: Somebody, waiting: tuple[Somebody, CardView, CardView]
) -> None:
    timur, hers, _ = waiting
    timur.posts("вернулся")

    assert olya.replies("ухожу", hers)
    assert hers.case.state is State.AWAY


def test_a_place_nobody_takes_goes_to_the_next_and_she_waits_behind_him(
    chat: Chat, olya: Somebody, waiting: tuple[Somebody, CardView, CardView]
) -> None:
    timur, hers, his = waiting
    timur.posts("вернулся")
    chat.passes(minutes=5)

    assert (hers.case.state, his.case.state) == (State.QUEUED, State.CALLED)
    assert olya.hears[1].startswith("↪️ Место ушло следующему")
    # And so on, until somebody goes.
    chat.passes(minutes=5)
    assert (hers.case.state, his.case.state) == (State.CALLED, State.QUEUED)


def test_with_nobody_behind_her_the_place_stays_hers(
    chat: Chat, waiting: tuple[Somebody, CardView, CardView]
) -> None:
    timur, hers, his = waiting
    timur.posts("вернулся")
    chat.people[-1].posts("отмена")
    chat.passes(minutes=30)

    assert his.case.state == State.WITHDRAWN
    assert hers.case.state == State.CALLED


def test_whoever_gives_up_the_held_place_gives_it_to_the_next(
    olya: Somebody, waiting: tuple[Somebody, CardView, CardView]
) -> None:
    timur, hers, his = waiting
    timur.posts("вернулся")
    olya.presses("Передумал", hers)

    assert (hers.case.state, his.case.state) == (State.WITHDRAWN, State.CALLED)


def test_a_newcomer_does_not_overtake_the_queue(
    chat: Chat, olya: Somebody, waiting: tuple[Somebody, CardView, CardView]
) -> None:
    timur, _, _ = waiting
    timur.posts("вернулся")

    assert timur.posts("перерыв 5").case.state == State.QUEUED


def test_after_a_restart_with_more_places_a_newcomer_s_post_calls_who_waits(
    chat: Chat, waiting: tuple[Somebody, CardView, CardView]
) -> None:
    _, hers, his = waiting
    chat.flow = Pauses(Times(places=4))
    newcomer = chat.operator("Лена").posts("обед")

    assert [one.case.state for one in (hers, his)] == [State.CALLED, State.CALLED]
    assert newcomer.case.state == State.QUEUED


def test_in_the_queue_other_words_change_what_he_waits_for(
    chat: Chat, olya: Somebody, waiting: tuple[Somebody, CardView, CardView]
) -> None:
    _, hers, _ = waiting
    olya.posts("обед 20")
    assert hers.first_line == "🕐 Обед 20 мин: в очереди — Оля, с 14:02"
    olya.posts("обед 45")
    assert hers.case.state == State.ASKED
    olya.posts("обед 30")
    assert hers.case.state == State.QUEUED
    olya.posts("сип завис")
    assert hers.case.state == State.AWAY
    assert not hers.deadlines.keys() & {"expire", "ping", "turn"}


def test_too_much_in_the_held_place_gives_it_away(
    olya: Somebody, waiting: tuple[Somebody, CardView, CardView]
) -> None:
    timur, hers, his = waiting
    timur.posts("вернулся")
    olya.posts("обед 45")

    assert (hers.case.state, his.case.state) == (State.ASKED, State.CALLED)


@pytest.mark.parametrize("words", ["иду", "ок, иду", "пошла"])
def test_what_she_answers_a_colleague_begins_no_pause(chat: Chat, words: str) -> None:
    _, anush = two_are_away(chat)
    olya = chat.operator("Оля")
    card = olya.posts("перерыв 10")
    anush.posts("вернулась")
    assert card.case.state is State.CALLED

    olya.writes(words, is_reply=True)
    assert card.case.state is State.CALLED

    olya.writes(words)
    assert card.first_line.startswith("☕ Перерыв до")

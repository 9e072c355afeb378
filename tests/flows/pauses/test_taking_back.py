"""«Проект Белкин»: an operator who is off the line already takes the pause back."""

from __future__ import annotations

import pytest

from bot.flows.pauses import State
from bot.flows.pauses.shifts import parts_of_shift
from tests.flows.chat import CardView, Chat, Somebody
from tests.flows.pauses.pausing import two_are_away


@pytest.mark.parametrize("words", ["отмена", "отбой", "передумала", "не надо"])
def test_a_lunch_taken_back_at_once_is_none_and_the_next_one_is_given(
    chat: Chat, olya: Somebody, words: str
) -> None:
    card = olya.posts("обед")
    chat.passes(seconds=8)

    assert not olya.writes(words)

    assert card.text == "↩️ Не нужно: обед — Оля"
    assert card.buttons == []
    assert parts_of_shift([card.case], olya.person.id, chat.now, chat.flow.remembers) == ()
    chat.passes(hours=1)
    # All of the allowance is there.
    assert olya.posts("обед").case.state is State.AWAY


def test_the_button_does_the_same_and_only_the_operator_s_own(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    card = olya.posts("обед")
    chat.passes(seconds=8)

    assert irina.presses("Передумал") == "Это может только тот, кто спросил"
    assert olya.presses("Передумал") == "Хорошо, остаётесь на линии."
    assert card.text == "↩️ Не нужно: обед — Оля"


@pytest.mark.parametrize("by", ["word", "reply", "press"])
def test_after_a_minute_it_has_been_and_ends_now(chat: Chat, olya: Somebody, by: str) -> None:
    card = olya.posts("обед")
    chat.passes(minutes=5)

    match by:
        case "word":
            olya.posts("отмена")
        case "reply":
            assert olya.replies("отмена")
        case _:
            assert olya.presses("Передумал") == "С возвращением!"

    assert card.text.splitlines() == ["✅ На линии с 14:07 — Оля", "Обед 5 мин (14:02–14:07)"]


def test_who_is_late_comes_back_by_that_word_too(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=16)
    assert "время вышло" in olya.hears[-1]

    olya.posts("отмена")

    assert card.case.state is State.BACK


def test_her_place_is_the_next_one_s(chat: Chat, olya: Somebody) -> None:
    _, anush = two_are_away(chat)
    card = olya.posts("перерыв 10")
    assert "в очереди" in card.first_line

    anush.posts("отмена")

    assert card.case.state is State.CALLED


def test_what_may_be_talk_ends_no_pause(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("обед")
    olya.writes("отмена", is_reply=True)
    assert card.case.state is State.AWAY

    chat.passes(minutes=5)
    olya.writes("не надо")
    olya.replies("не надо", card)
    olya.writes("отмена", is_reply=True)
    chat.operator("Тимур").writes("отмена")

    assert card.case.state is State.AWAY


@pytest.mark.parametrize("by", ["word", "reply", "press"])
def test_who_asked_for_more_takes_only_that_back(chat: Chat, olya: Somebody, by: str) -> None:
    card = asked_for_more(chat, olya)

    match by:
        case "word":
            olya.posts("передумала")
        case "reply":
            assert olya.replies("не надо")
        case _:
            assert olya.presses("Передумал") == "Хорошо, остаётся как было."

    assert card.first_line == "🍽 Обед до 14:32 — Оля, с 14:02"


def test_a_second_tap_on_that_does_not_end_the_pause(chat: Chat, olya: Somebody) -> None:
    card = asked_for_more(chat, olya)
    seen = olya.sees("Передумал")
    olya.taps(seen)

    assert olya.taps(seen).startswith("Уже на паузе")
    assert card.case.state is State.AWAY


def asked_for_more(chat: Chat, olya: Somebody) -> CardView:
    """Ten minutes into her lunch she wants more than her allowance."""
    card = olya.posts("обед")
    chat.passes(minutes=10)
    olya.posts("ещё 20 минут")
    assert card.first_line.startswith("❓ Согласовать: обед до 14:52?")
    return card


@pytest.mark.parametrize(
    "words",
    [
        "вопрос снят, спасибо",
        "снимаю вопрос",
        "отмена, клиент бросил трубку",
        "клиент сбросил, отмена",
        "он не дождался, не надо",
    ],
)
def test_a_question_that_is_taken_back_elsewhere_ends_no_lunch(
    chat: Chat, olya: Somebody, words: str
) -> None:
    card = olya.posts("обед")
    chat.passes(minutes=10)

    olya.writes(words)

    assert card.case.state is State.AWAY

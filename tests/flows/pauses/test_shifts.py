"""«Проект Белкин»: what a shift has spent, and `/pauses`, which says how all stand."""

from __future__ import annotations

from datetime import timedelta

from bot.flows.pauses import Pauses, State, Times
from tests.flows.chat import Chat, Somebody
from tests.flows.pauses.pausing import two_are_away


def test_the_end_of_a_shift_sums_it_up_and_the_next_one_begins_anew(
    chat: Chat, olya: Somebody
) -> None:
    olya.posts("обед")
    chat.passes(minutes=30)
    olya.posts("вернулась")
    chat.passes(hours=1)
    olya.posts("перерыв 15")
    chat.passes(minutes=10)
    olya.posts("смену закончила")

    assert chat.cards[1].case.state == State.SHIFT_OVER
    assert chat.cards[1].text.splitlines() == [
        "👋 Смена закончена в 15:42 — Оля", "За смену: обед 30 мин · перерыв 10 мин",
    ]  # fmt: skip
    chat.passes(hours=1)
    assert olya.posts("обед").case.state == State.AWAY


def test_a_night_shift_across_midnight_is_one_shift(chat: Chat, olya: Somebody) -> None:
    chat.passes(hours=9)
    assert "23:" in olya.posts("обед 20").first_line
    chat.passes(minutes=20)
    olya.posts("вернулась")
    chat.passes(hours=3)
    late = olya.posts("обед 20")

    assert late.text.splitlines() == [
        "🍽 Обед 20 мин: согласовать? Просит Оля, 02:22", "За смену уже 20 мин из 30 мин",
    ]  # fmt: skip
    assert "Оля: обед 20 мин" in chat.board("pauses")


def test_six_hours_without_a_pause_begin_a_new_shift(chat: Chat, olya: Somebody) -> None:
    olya.posts("обед")
    chat.passes(minutes=30)
    olya.posts("вернулась")
    chat.passes(hours=5, minutes=59)
    assert olya.posts("обед").case.state == State.ASKED
    olya.posts("отмена")
    chat.passes(minutes=1)
    assert olya.posts("обед").case.state == State.AWAY


def test_breaks_of_a_whole_shift_are_summed(chat: Chat, olya: Somebody) -> None:
    for _ in range(4):
        assert olya.posts("перерыв 15").case.state == State.AWAY
        chat.passes(minutes=15)
        olya.posts("вернулась")
        chat.passes(hours=2)

    assert olya.posts("перерыв 5").text.splitlines()[1] == "За смену уже 1 ч из 1 ч"


def test_minutes_that_two_pauses_share_are_spent_once(chat: Chat, olya: Somebody) -> None:
    began = chat.now
    olya.posts("перерыв 30")
    chat.passes(minutes=30)
    olya.posts("вернулась")
    # Found after an outage: she left for it while the other one went on.
    olya.posts("перерыв 20", sent=began + timedelta(minutes=20))
    chat.passes(minutes=10)
    olya.posts("вернулась")

    assert "Оля: перерыв 40 мин" in chat.board("pauses")
    assert olya.posts("перерыв 20").case.state == State.AWAY


def test_minutes_of_two_kinds_at_once_are_of_the_kind_that_began_last(
    chat: Chat, olya: Somebody
) -> None:
    began = chat.now
    olya.posts("обед 30")
    chat.passes(minutes=30)
    olya.posts("вернулась")
    olya.posts("перерыв 15", sent=began + timedelta(minutes=10))
    olya.posts("вернулась", sent=began + timedelta(minutes=25))
    olya.posts("смену закончила")

    assert "За смену: обед 15 мин · перерыв 15 мин" in chat.cards[-1].text


def test_the_board_says_who_is_away_what_is_left_who_waits_and_the_sums(
    chat: Chat, olya: Somebody
) -> None:
    two_are_away(chat)
    chat.passes(minutes=1)
    olya.posts("перерыв 10")
    chat.operator("Лена").posts("обед 45")
    chat.passes(minutes=16)

    assert chat.board("pauses").splitlines() == [
        "Не на линии: 2 · мест 2",
        "☕ Ануш · перерыв с 14:02, ⏰ опаздывает на 2 мин",
        "🍽 Тимур · обед с 14:02, осталось 13 мин",
        "",
        "Ждут: 2",
        "1. Оля · перерыв 10 мин, с 14:03",
        "2. Лена · обед 45 мин, с 14:03, нужно согласие",
        "",
        "За смену",
        "Ануш: перерыв 17 мин",
        "Тимур: обед 17 мин",
    ]


def test_an_empty_board_says_so(chat: Chat) -> None:
    assert chat.board("pauses") == "Не на линии: никого · мест 2"


def test_a_finished_shift_stays_on_the_board(chat: Chat, olya: Somebody) -> None:
    olya.posts("обед")
    chat.passes(minutes=30)
    olya.posts("я всё, до завтра")

    assert "Оля: обед 30 мин (смена закончена в 14:32)" in chat.board("pauses")


def test_a_board_of_a_hundred_operators_fits_into_a_message(chat: Chat) -> None:
    chat.flow = Pauses(Times(places=50))
    for number in range(100):
        operator = chat.operator(f"Очень длинное имя оператора номер {number}")
        operator.posts("перерыв 5")
        if number % 3:
            operator.posts("обед 10")
            operator.posts("обучение")
            operator.posts("консультация")

    assert len(chat.board("pauses").encode("utf-16-le")) / 2 < 4096
    assert "…и ещё" in chat.board("pauses")

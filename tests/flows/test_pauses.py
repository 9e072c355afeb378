"""«Проект Белкин»: lunches, breaks and other pauses, as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.flows.pauses import Pauses, State, Times
from bot.flows.records import Role
from tests.flows.chat import CardView, Chat, Somebody


@pytest.fixture
def chat() -> Chat:
    """Two may be away at once, without a supervisor."""
    return Chat(Pauses(Times(places=2)))


@pytest.fixture
def olya(chat: Chat) -> Somebody:
    return chat.operator("Оля")


@pytest.fixture
def irina(chat: Chat) -> Somebody:
    return chat.person("Ирина", Role.SUPERVISOR)


def two_are_away(chat: Chat) -> tuple[Somebody, Somebody]:
    first, second = chat.operator("Тимур"), chat.operator("Ануш")
    first.posts("обед")
    second.posts("перерыв 15")
    return first, second


# --- a pause by itself ----------------------------------------------------------------------------


def test_a_lunch_is_given_by_itself_and_ends_with_a_word(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("обед 30 мин")

    assert card.text == "🍽 Обед до 14:32 — Оля, с 14:02"
    assert card.buttons == ["Вернулся(ась)"]

    chat.passes(minutes=28)
    olya.posts("вернулась")

    assert card.text.splitlines() == ["✅ На линии с 14:30 — Оля", "Обед 28 мин (14:02–14:30)"]
    assert card.buttons == []
    assert len(chat.cards) == 1
    assert olya.hears == []


def test_a_plus_to_a_colleague_agrees_with_him_and_ends_no_pause_of_ones_own(
    chat: Chat, olya: Somebody
) -> None:
    card = olya.posts("перерыв 15")

    olya.writes("+", is_reply=True)
    assert card.first_line.startswith("☕ Перерыв до 14:17")

    olya.writes("+")
    assert card.first_line.startswith("✅ На линии")


def test_a_pause_ends_with_a_press_too_and_only_the_operator_s_own(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    card = olya.posts("отошла")

    assert irina.presses("Вернулся") == "Это может только тот, кто спросил"
    assert olya.presses("Вернулся") == "С возвращением!"
    assert card.case.state == State.BACK


def test_a_private_answer_to_the_reminder_ends_it(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=16)

    assert olya.replies("вернулась")
    assert card.case.state == State.BACK


def test_somebody_else_s_return_ends_nothing(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("обед")
    timur = chat.operator("Тимур")

    assert not timur.writes("вернулся")
    assert not timur.replies("на месте", card)
    assert card.case.state == State.AWAY


def test_a_return_from_nowhere_says_nothing(chat: Chat, olya: Somebody) -> None:
    assert not olya.writes("на месте")
    assert not olya.writes("ещё 10 минут")


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("отошёл", "☕ Перерыв до 14:17 — Оля, с 14:02"),
        ("10 минут", "☕ Перерыв до 14:12 — Оля, с 14:02"),
        ("на обучении", "🎓 Обучение до 15:02 — Оля, с 14:02"),
        ("консультация с СВ", "💬 Консультация до 14:17 — Оля, с 14:02"),
        ("сип завис, выключаю", "🛠 Технический стоп до 14:32 — Оля, с 14:02"),
        ("смену закончила", "👋 Смена закончена в 14:02 — Оля"),
    ],
)
def test_each_kind_has_a_card_of_one_line(
    chat: Chat, olya: Somebody, words: str, first: str
) -> None:
    assert olya.posts(words).first_line == first


# --- consent --------------------------------------------------------------------------------------


def test_with_all_places_taken_the_next_one_queues_and_a_supervisor_may_let_him_go(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    two_are_away(chat)
    card = olya.posts("обед")
    assert card.text.splitlines() == [
        "🕐 Обед 30 мин: в очереди — Оля, с 14:02",
        "Не на линии уже 2. Освободится место — позову.",
    ]
    assert card.buttons == ["✅ Согласовать", "Позже", "Передумал(а)"]

    chat.passes(minutes=1)
    assert irina.presses("Согласовать") == "Согласовано, скажу."

    assert card.text.splitlines() == [
        "🍽 Обед до 14:33 — Оля, с 14:03", "Согласовано: Ирина, 14:03",
    ]  # fmt: skip
    assert olya.hears[0].startswith("✅ Согласовано: обед до 14:33")


def test_later_keeps_him_in_the_queue_and_he_is_told(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    timur, _ = two_are_away(chat)
    card = olya.posts("обед")

    assert irina.presses("Позже") == "Скажу, что позже."

    assert card.case.state == State.QUEUED
    assert card.buttons == ["✅ Согласовать", "Передумал(а)"]
    assert "⏳ Позже: Ирина" in card.text
    assert olya.hears[0].startswith("⏳ Пока нет, позже — Ирина")
    assert "Вы остаётесь в очереди: обед 30 мин" in olya.hears[0]
    timur.posts("вернулся")
    assert card.case.state == State.CALLED
    olya.presses("Ухожу", card)
    assert "Позже" not in card.text


def test_a_lunch_that_is_too_long_for_the_shift_waits_for_the_supervisor(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    olya.posts("обед 25")
    chat.passes(minutes=25)
    olya.posts("вернулась")
    card = olya.posts("обед 20")

    assert card.text.splitlines() == [
        "🍽 Обед 20 мин: согласовать? Просит Оля, 14:27",
        "За смену уже 25 мин из 30 мин",
    ]
    chat.passes(minutes=4)
    assert irina.hears[0].splitlines()[:2] == [
        "⏰ Ждёт согласия: обед 20 мин", "Просит Оля, 14:27",
    ]  # fmt: skip
    irina.presses("Согласовать")
    assert card.first_line == "🍽 Обед до 14:51 — Оля, с 14:31"


def test_a_free_place_calls_nobody_who_waits_for_the_supervisor(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    timur, _ = two_are_away(chat)
    card = olya.posts("обед 45")

    timur.posts("вернулся")

    assert card.case.state == State.ASKED

    irina.presses("Позже")
    assert "Ваша просьба остаётся: обед 45 мин" in olya.hears[-1]


@pytest.mark.parametrize("words", ["обучение", "консультация с СВ", "сип завис", "смену закончила"])
def test_what_needs_no_consent_never_waits_for_a_place(
    chat: Chat, olya: Somebody, words: str
) -> None:
    two_are_away(chat)

    assert olya.posts(words).case.state in {State.AWAY, State.SHIFT_OVER}


def test_nobody_but_a_supervisor_consents_and_none_to_his_own_pause(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    two_are_away(chat)
    olya.posts("обед")
    assert olya.presses("Согласовать") == "Согласует супервайзер"
    assert chat.admin("Марат").presses("Согласовать") == "Согласует супервайзер"
    irina.posts("обед")
    assert irina.presses("Согласовать") == "Свою паузу согласует другой супервайзер"


def test_nobody_answers_for_two_hours_and_he_is_told(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("обед 45")
    chat.passes(hours=2)

    assert card.first_line == "⌛ Обед: никто не согласовал — Оля"
    assert olya.hears[-1].startswith("⌛ Обед 45 мин: никто не согласовал")


def test_nor_does_anybody_wait_longer_for_a_place(chat: Chat, olya: Somebody) -> None:
    two_are_away(chat)
    card = olya.posts("обед")
    chat.passes(hours=2)

    assert card.first_line == "⌛ Обед: места не нашлось — Оля"


@pytest.mark.parametrize("words", ["отмена", "передумала", "на месте"])
def test_he_may_change_his_mind(chat: Chat, olya: Somebody, words: str) -> None:
    two_are_away(chat)
    card = olya.posts("обед")

    olya.posts(words)

    assert card.case.state == State.WITHDRAWN


# --- the queue ------------------------------------------------------------------------------------


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


def test_a_word_takes_the_held_place_too(
    olya: Somebody, waiting: tuple[Somebody, CardView, CardView]
) -> None:
    timur, hers, _ = waiting
    timur.posts("вернулся")
    olya.posts("отошла")

    assert hers.first_line == "☕ Перерыв до 14:13 — Оля, с 14:03"


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


# --- a change while away --------------------------------------------------------------------------


def test_a_length_may_be_corrected_and_a_pause_made_longer(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=5)
    olya.posts("перерыв 20")
    assert card.first_line == "☕ Перерыв до 14:22 — Оля, с 14:02"
    olya.posts("ещё 10 минут")
    assert card.first_line == "☕ Перерыв до 14:32 — Оля, с 14:02"
    olya.posts("10 минут")
    assert card.first_line == "☕ Перерыв до 14:17 — Оля, с 14:02"
    olya.posts("перерыв")
    olya.posts("отошла")
    assert card.first_line == "☕ Перерыв до 14:17 — Оля, с 14:02"


def test_what_a_longer_pause_has_taken_by_now_is_not_counted_twice(
    chat: Chat, olya: Somebody
) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=14)
    olya.posts("ещё 40 минут")

    assert card.first_line == "☕ Перерыв до 14:57 — Оля, с 14:02"


def test_a_break_may_become_a_lunch_and_both_are_counted(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=10)
    olya.posts("обед")
    assert card.first_line == "🍽 Обед до 14:42 — Оля, с 14:12"
    chat.passes(minutes=20)
    olya.posts("вернулась")

    assert card.text.splitlines()[1] == "Перерыв 10 мин (14:02–14:12) · Обед 20 мин (14:12–14:32)"


def test_a_longer_lunch_than_the_shift_has_is_the_supervisor_s_to_give(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    card = olya.posts("обед")
    olya.posts("ещё 15 минут")
    assert card.text.splitlines() == [
        "❓ Согласовать: обед до 14:47? Просит Оля",
        "Сейчас: обед до 14:32, с 14:02",
    ]
    assert card.buttons == ["✅ Согласовать", "Позже", "Вернулся(ась)"]
    assert irina.hears[0].startswith("❓ Оля просит изменить паузу: обед до 14:47")

    irina.presses("Позже")
    assert card.first_line == "🍽 Обед до 14:32 — Оля, с 14:02"
    assert "Остаётся как было: обед до 14:32" in olya.hears[0]

    olya.posts("ещё 15 минут")
    irina.presses("Согласовать")
    assert card.first_line == "🍽 Обед до 14:47 — Оля, с 14:02"
    assert olya.hears[1].startswith("✅ Согласовано: обед до 14:47")


def test_a_consent_is_to_the_pause_that_the_card_showed(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    two_are_away(chat)
    card = olya.posts("обед")
    consent = irina.sees("Согласовать")
    olya.posts("обед 60")

    assert irina.taps(consent) == "Карточка уже изменилась, посмотрите на неё ещё раз"
    assert card.case.state == State.ASKED
    assert irina.presses("Согласовать") == "Согласовано, скажу."
    assert card.first_line == "🍽 Обед до 15:02 — Оля, с 14:02"


@pytest.mark.parametrize("word", ["Согласовать", "Позже"])
def test_a_second_tap_says_nothing_of_what_is_asked_since(
    chat: Chat, olya: Somebody, irina: Somebody, word: str
) -> None:
    card = olya.posts("обед")
    olya.posts("ещё 15 минут")
    first = irina.sees(word)
    irina.taps(first)
    olya.posts("ещё 45 минут")
    asked = card.first_line

    irina.taps(first)

    assert card.first_line == asked
    assert card.first_line.startswith("❓ Согласовать: обед до")


def test_a_consultation_is_no_way_round_the_queue(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    two_are_away(chat)
    card = olya.posts("консультация")
    olya.posts("обед")

    assert card.first_line == "❓ Согласовать: обед 30 мин? Просит Оля"
    irina.presses("Согласовать")
    assert card.first_line == "🍽 Обед до 14:32 — Оля, с 14:02"


# --- late -----------------------------------------------------------------------------------------


def test_first_the_operator_is_reminded_then_the_supervisor_told(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=15)
    assert olya.hears[0].startswith("⏰ Перерыв до 14:17: время вышло")
    assert irina.hears == []
    # A card is not edited for what it says already.
    assert card.text == "☕ Перерыв до 14:17 — Оля, с 14:02"

    chat.passes(minutes=5)
    assert irina.hears[0].startswith("⏰ Оля: пора на линию\nПерерыв до 14:17, с 14:02")
    assert card.first_line == "⏰ Перерыв: пора было в 14:17 — Оля, с 14:02"
    chat.passes(minutes=10)
    olya.posts("вернулась")
    assert card.text.splitlines()[1] == "Перерыв 30 мин (14:02–14:32), опоздание 15 мин"
    assert (len(olya.hears), len(irina.hears)) == (1, 1)


def test_whoever_takes_longer_is_reminded_of_the_new_end(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(minutes=20)
    olya.posts("ещё 5 минут")
    assert card.case.state == State.AWAY
    assert card.first_line == "☕ Перерыв до 14:27 — Оля, с 14:02"
    chat.passes(minutes=5)

    assert len(olya.hears) == 2


def test_a_supervisor_may_close_a_forgotten_pause_and_the_queue_moves_on(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    timur, _ = two_are_away(chat)
    card, his = olya.posts("перерыв"), chat.cards[0]
    assert "Закрыть паузу" not in his.buttons
    chat.passes(minutes=31)
    assert timur.presses("Закрыть", his) == "Согласует супервайзер"
    assert irina.presses("Закрыть", his) == "Пауза закрыта."

    assert "Паузу закрыл(а): Ирина" in his.text
    assert timur.hears[-1].startswith("✅ Паузу закрыл(а) Ирина")
    assert card.case.state == State.CALLED


def test_a_return_that_is_never_told_counts_as_planned(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("перерыв 15")
    chat.passes(hours=4, minutes=15)

    assert card.text.splitlines() == [
        "❔ Перерыв: возвращение не отмечено — Оля",
        "Засчитано по плану: Перерыв 15 мин (14:02–14:17)",
    ]
    assert olya.hears[-1].startswith("❔ Перерыв: возвращение не отмечено")


def test_words_found_after_an_outage_count_from_when_they_were_written(
    chat: Chat, olya: Somebody
) -> None:
    written = chat.now
    chat.passes(minutes=40)
    card = olya.posts("перерыв 15", sent=written)
    olya.posts("вернулась", sent=written + timedelta(minutes=12))

    assert card.text.splitlines() == [
        "✅ На линии с 14:14 — Оля", "Перерыв 12 мин (14:02–14:14)",
    ]  # fmt: skip


# --- a technical stop -----------------------------------------------------------------------------


def test_a_technical_stop_becomes_an_it_ticket_with_one_tap(chat: Chat, olya: Somebody) -> None:
    chat.bound.add("it")
    card = olya.posts("сип завис, выключаю")
    assert card.buttons == ["Вернулся(ась)", "Заявка в IT"]

    assert olya.presses("Заявка в IT") == "Заявка передана в IT."

    assert chat.opened_elsewhere == [("it", "сип завис, выключаю")]
    assert "Заявка в IT передана" in card.text
    assert card.buttons == ["Вернулся(ась)"]


def test_without_an_it_chat_the_tap_says_so(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("сип завис")

    assert olya.presses("Заявка в IT").startswith("Чат IT мне не подключили")
    assert chat.opened_elsewhere == []
    assert "передана" not in card.text


# --- the shift ------------------------------------------------------------------------------------


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


# --- /pauses --------------------------------------------------------------------------------------


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

"""«Возврат Обмен», read aloud: the call back."""

from __future__ import annotations

import pytest

from bot.flows.records import Role
from bot.flows.returns import Returns, State, Times
from tests.flows.chat import Chat
from tests.flows.returning import POST, returns_chat, staff
from tests.flows.world import LINK


@pytest.fixture
def chat() -> Chat:
    return returns_chat()


# --- the call back --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "told", "written"),
    [
        ("Обмен", "✅ Обмен — Зарина", "итог: обмен"),
        ("Возврат денег", "✅ Возврат денег — Зарина", "итог: возврат денег"),
        ("Отказано", "⛔ Отказано — Зарина", "итог: отказано"),
        ("Вопрос снят", "✅ Вопрос снят — Зарина", "итог: вопрос снят"),
    ],
)
def test_zarina_takes_it_reaches_the_client_and_names_the_outcome(
    chat: Chat, word: str, told: str, written: str
) -> None:
    olya, zarina = chat.operator("Оля"), staff(chat)
    card = olya.posts(POST)

    assert zarina.presses("Беру").startswith("Карточка ваша.")
    assert card.first_line == "📞 Перезвонить до 11.03, 05:02 · Зарина"
    assert card.buttons == ["☎️ Дозвонились", "Недозвон", "Передать"]
    zarina.presses("Дозвонились")
    assert card.first_line == "☎️ Дозвонились. Чем закончилось? Зарина"
    zarina.presses(word)

    assert card.case.state is State.DONE
    assert card.first_line.startswith(told)
    assert olya.hears[-1].startswith(told)
    assert written in chat.crm.comments[-1]
    assert "(Зарина, 10.03.2026 14:02)" in chat.crm.comments[-1]
    assert card.buttons == ["↩️ Отменить решение"]


def test_a_note_may_follow_as_a_reply(chat: Chat) -> None:
    zarina, inna = staff(chat), staff(chat, "Инна")
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    zarina.presses("Дозвонились")
    zarina.presses("Обмен")

    assert not inna.replies("не её итог")
    assert zarina.replies("новый шуруповёрт отправим в среду")

    assert chat.crm.comments[-1].endswith("новый шуруповёрт отправим в среду")
    assert "новый шуруповёрт отправим в среду" in card.text


def test_only_the_taker_or_a_supervisor_goes_on_with_it(chat: Chat) -> None:
    zarina, inna = staff(chat), staff(chat, "Инна")
    irina = chat.person("Ирина", Role.SUPERVISOR)
    olya = chat.operator("Оля")
    olya.posts(POST)
    assert olya.presses("Беру") == "Это делает отдел возвратов"
    assert irina.presses("Беру") == "Это делает отдел возвратов"
    zarina.presses("Беру")

    for word in ("Дозвонились", "Недозвон", "Передать"):
        assert inna.presses(word) == "Это может тот, кто взял, или супервайзер"
    assert inna.presses("Беру") == "Уже в работе: Зарина, 14:02"

    irina.presses("Дозвонились")
    assert inna.presses("Обмен") == "Это может тот, кто взял, или супервайзер"
    irina.presses("Обмен")
    assert chat.cards[-1].first_line.startswith("✅ Обмен — Ирина")


def test_a_case_of_her_own_is_hers_to_work_on(chat: Chat) -> None:
    zarina = staff(chat)
    card = zarina.posts(POST)
    for word in ("Беру", "Дозвонились", "Обмен"):
        zarina.presses(word)

    assert card.case.state is State.DONE


def test_a_slip_of_the_finger_is_taken_back(chat: Chat) -> None:
    zarina = staff(chat)
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    zarina.presses("Дозвонились")
    zarina.presses("Назад")

    assert card.case.state is State.TAKEN


def test_handed_back_anybody_may_take_it(chat: Chat) -> None:
    zarina, inna = staff(chat), staff(chat, "Инна")
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")

    assert zarina.presses("Передать") == "Отдано: взять может любой."

    assert card.first_line.endswith("никто не взял")
    assert inna.hears[-1].startswith("✋ Нужно взять")
    inna.presses("Беру")
    assert card.first_line.endswith("Инна")


# --- nobody answers -------------------------------------------------------------------------------


def test_three_calls_an_hour_apart_before_it_may_be_closed_as_unreached(chat: Chat) -> None:
    olya, zarina = chat.operator("Оля"), staff(chat)
    card = olya.posts(POST)
    zarina.presses("Беру")
    for number in (1, 2, 3):
        assert "Закрыть: не дозвонились" not in card.buttons
        assert zarina.presses("Недозвон") == "Отмечено. О следующей попытке напомню."
        assert f"Недозвонов: {number}" in card.text
        if number < 3:
            # The next one does not count before its time.
            assert "Недозвон" not in card.buttons
            chat.passes(minutes=59)
            assert "Недозвон" not in card.buttons
            chat.passes(minutes=1)
            assert zarina.hears[-1].startswith(f"📞 Пора звонить ещё раз, недозвонов: {number}")

    zarina.presses("Закрыть: не дозвонились")

    assert card.first_line.startswith("📵 Не дозвонились — Зарина, 16:02")
    assert olya.hears[-1].startswith("📵 Не дозвонились — Зарина")
    assert chat.crm.comments[-1].endswith(
        "Звонили: 10.03.2026 14:02, 10.03.2026 15:02, 10.03.2026 16:02"
    )


def test_how_many_calls_are_enough_is_a_setting(chat: Chat) -> None:
    chat.flow = Returns(Times(tries=1))
    zarina = staff(chat)
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    assert "Закрыть: не дозвонились" not in card.buttons

    zarina.presses("Недозвон")

    assert "Закрыть: не дозвонились" in card.buttons


def test_the_card_says_when_the_next_call_is_planned(chat: Chat) -> None:
    zarina = staff(chat)
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    zarina.presses("Недозвон")

    assert "Недозвонов: 1, последний в 14:02 · следующая попытка 10.03, 15:02" in card.text


def test_a_client_who_calls_back_himself_is_reached(chat: Chat) -> None:
    zarina = staff(chat)
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    zarina.presses("Недозвон")
    zarina.presses("Дозвонились")
    chat.passes(hours=2)

    assert zarina.hears == []
    assert card.case.state is State.REACHED


def test_tries_count_on_in_other_hands(chat: Chat) -> None:
    zarina, inna = staff(chat), staff(chat, "Инна")
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    zarina.presses("Недозвон")
    zarina.presses("Передать")
    chat.passes(hours=1)
    assert inna.hears[-1].startswith("📞 Пора звонить ещё раз")
    inna.presses("Беру")
    inna.presses("Недозвон")

    assert "Недозвонов: 2" in card.text


# --- again, and taken back ------------------------------------------------------------------------


def test_a_lead_that_was_closed_opens_anew_and_remembers(chat: Chat) -> None:
    olya, zarina = chat.operator("Оля"), staff(chat)
    olya.posts(POST)
    for word in ("Беру", "Дозвонились", "Обмен"):
        zarina.presses(word)

    card = olya.posts(f"{LINK} новый тоже не включается")

    assert card.case.state is State.WAITING
    assert "Раньше по этому лиду: обмен (Зарина, 10.03.2026)" in card.text
    assert "«Брак обмен» уже стоял" in card.text


def test_the_operator_may_take_it_back_until_somebody_has_taken_it(chat: Chat) -> None:
    olya, zarina = chat.operator("Оля"), staff(chat)
    card = olya.posts(POST)
    assert olya.replies("отмена")
    assert card.first_line == "↩️ Отозвано, звонить не нужно"
    assert "В лиде остался «Брак обмен»: ошиблись ссылкой — поправьте статус." in card.text
    assert chat.crm.comments[-1] == "Возврат или обмен: отозвано (Оля, 10.03.2026 14:02)"
    assert zarina.presses("Беру") == "Уже отозвано: Оля"

    olya.posts(POST)
    zarina.presses("Беру")
    assert not olya.replies("отмена")

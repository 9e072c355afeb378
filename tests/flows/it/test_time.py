"""«КЦ IT Вопросы»: what time brings, and second thoughts."""

from __future__ import annotations

import pytest

from bot.flows.it import State
from bot.flows.records import Role
from tests.flows.chat import Chat
from tests.flows.it.repairing import it_man
from tests.flows.world import LINK


def test_after_ten_minutes_it_is_pinged_and_after_an_hour_the_supervisor(chat: Chat) -> None:
    kostya, irina = it_man(chat), chat.person("Ирина", Role.SUPERVISOR)
    card = chat.operator("Оля").posts("CRM зависла")

    chat.passes(minutes=10)
    assert "Никто не взял заявку" in kostya.hears[-1]
    assert card.first_line.startswith("⏰ CRM: кто возьмёт?")

    kostya.presses("Беру")
    chat.passes(minutes=50)
    assert "Долго без решения" in irina.hears[-1]
    assert "Занимается Костя" in irina.hears[-1]
    assert "супервайзер предупреждён" in card.text


def test_a_taken_ticket_pings_nobody(chat: Chat) -> None:
    kostya = it_man(chat)
    chat.operator("Оля").posts("CRM зависла")
    kostya.presses("Беру")
    chat.passes(minutes=30)
    assert kostya.hears == []


def test_after_a_day_it_is_closed_unsolved(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("CRM зависла")
    chat.passes(hours=24)
    assert card.case.state is State.EXPIRED
    assert "закрыта без решения" in olya.hears[-1]


@pytest.mark.parametrize("words", ["не решено", "Опять не работает", "не помогло("])
def test_the_operator_reopens_within_a_day(chat: Chat, words: str) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts(f"{LINK} CRM зависла")
    kostya.presses("Решено")
    chat.passes(hours=23)

    assert olya.replies(words)

    assert card.case.state is State.NEW
    assert card.case.round == 2
    assert "Не решено: CRM" in kostya.hears[-1]
    assert "Не помогло: решал(а) Костя" in card.text
    kostya.presses("Решено")
    assert [words.split(":")[0] for words in chat.crm.comments] == [
        "КЦ IT, решено (CRM)",
        "КЦ IT, оператор сообщает, что не решено (CRM)",
        "КЦ IT, решено (CRM)",
    ]


def test_after_a_day_it_is_over(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("CRM зависла")
    kostya.presses("Решено")
    assert "Не решено" in card.buttons
    chat.passes(hours=24)
    assert card.buttons == []
    assert not olya.replies("не решено")


def test_a_colleague_may_not_reopen(chat: Chat) -> None:
    ira = chat.operator("Ира")
    card = chat.operator("Оля").posts("CRM зависла")
    it_man(chat).presses("Решено")
    assert not ira.replies("не решено")
    assert ira.presses("Не решено") == "Это может только тот, кто спросил"
    assert card.case.state is State.SOLVED


def test_he_who_pressed_solved_may_take_it_back_for_five_minutes(chat: Chat) -> None:
    olya, kostya, sveta = chat.operator("Оля"), it_man(chat), it_man(chat, "Света")
    card = olya.posts(f"{LINK} CRM зависла")
    kostya.presses("Решено")
    chat.passes(minutes=4)

    assert sveta.presses("Отменить").startswith("Уже решено: Костя")
    assert kostya.presses("Отменить") == "Отменил, заявка снова ваша."

    assert card.first_line == "🔧 CRM: занимается Костя с 14:06"
    assert "ещё не решено" in olya.hears[-1]
    assert "ещё не решено" in chat.crm.comments[-1]

    kostya.presses("Решено")
    chat.passes(minutes=5, seconds=1)
    assert kostya.presses("Отменить").startswith("Уже решено: Костя")

"""«КЦ IT Вопросы», read aloud: from the post to the solution."""

from __future__ import annotations

import pytest

from bot.flows.it import State
from tests.flows.chat import Chat
from tests.flows.it.repairing import it_man
from tests.flows.world import LEAD, LINK


def test_kostya_takes_and_solves_and_olya_hears_of_both(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("звонилка не работает")
    assert card.first_line == "🆕 MicroSIP/3CX: кто возьмёт? Оля, 14:02"
    assert card.buttons[:2] == ["Беру", "✅ Решено"]

    assert kostya.presses("Беру") == "Заявка ваша, оператору скажу."
    assert card.first_line == "🔧 MicroSIP/3CX: занимается Костя с 14:02"
    assert "занимается Костя" in olya.hears[-1]

    kostya.presses("Решено")
    assert card.first_line == "✅ Решено: MicroSIP/3CX — Костя, 14:02"
    assert "Решено" in olya.hears[-1]
    assert chat.crm.comments == []


def test_what_helped_may_follow_as_a_reply(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("сип не регистрируется")
    kostya.presses("Решено")

    assert not it_man(chat, "Света").replies("не моя заявка")
    assert kostya.replies("перезапустил службу")

    assert "Что помогло: перезапустил службу" in card.text
    assert "перезапустил службу" in olya.hears[-1]


def test_a_lead_in_the_ticket_gets_a_comment_when_solved(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts(f"{LINK} нет баланса звонков")
    assert card.case.state is State.NEW
    assert f"Лид {LEAD} · Аккумуляторный шуруповёрт МАКИТА" in card.text

    kostya.presses("Решено")

    assert chat.crm.comments == ["КЦ IT, решено (Баланс звонков): Костя, 10.03.2026 14:02"]
    assert "в CRM записано ✔ 14:02" in card.text


def test_a_ticket_goes_back_into_the_queue(chat: Chat) -> None:
    kostya, sveta = it_man(chat), it_man(chat, "Света")
    card = chat.operator("Оля").posts("CRM зависла")
    kostya.presses("Беру")

    assert sveta.presses("Вернуть") == "Заявка снова в очереди."

    assert card.case.state is State.NEW
    assert "вернули в очередь" in kostya.hears[-1]


def test_no_ticket_at_all_is_closed_with_a_word_how_to_write_one(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts(media="photo")

    kostya.presses("Не заявка")

    assert card.first_line == "🚫 Не заявка — Костя, 14:02"
    assert "пришлите скриншот" in olya.hears[-1]
    assert card.buttons == ["Отменить"]


@pytest.mark.parametrize(
    ("post", "presses", "state"),
    [
        ("CRM зависла", (), State.NEW),
        ("CRM зависла", ("Беру",), State.TAKEN),
        ("нет баланса на звонки", (), State.NEEDS_LEAD),
    ],
)
def test_it_was_a_ticket_after_all_and_stands_where_it_stood(
    chat: Chat, post: str, presses: tuple[str, ...], state: State
) -> None:
    olya, kostya, sveta = chat.operator("Оля"), it_man(chat), it_man(chat, "Света")
    card = olya.posts(post)
    for word in presses:
        sveta.presses(word)
    kostya.presses("Не заявка")
    assert sveta.presses("Отменить").startswith("Закрыто как «не заявка»")
    chat.passes(minutes=4)

    assert kostya.presses("Отменить") == "Отменил, заявка снова открыта."

    assert card.case.state is state
    assert "это всё же заявка, она снова открыта" in olya.hears[-1]
    chat.passes(hours=24)
    assert card.case.state is State.EXPIRED


def test_what_was_no_ticket_for_five_minutes_is_none(chat: Chat) -> None:
    card, kostya = chat.operator("Оля").posts("CRM зависла"), it_man(chat)
    kostya.presses("Не заявка")
    chat.passes(minutes=5, seconds=1)

    assert kostya.presses("Отменить").startswith("Закрыто как «не заявка»")
    assert card.case.state is State.DISMISSED


def test_only_it_people_decide_and_nobody_his_own(chat: Chat) -> None:
    olya, ira, kostya = chat.operator("Оля"), chat.operator("Ира"), it_man(chat)
    olya.posts("CRM зависла")
    assert ira.presses("Беру") == "Это делают айтишники"
    assert olya.presses("Решено") == "Это делают айтишники"
    assert ira.presses("Уже работает") == "Это может только тот, кто спросил"

    own = kostya.posts("у меня CRM не открывается")
    assert kostya.presses("Решено").startswith("Свою заявку закроет коллега")
    assert kostya.presses("Уже работает") == "Хорошо, закрыл."
    assert own.case.state is State.WITHDRAWN


@pytest.mark.parametrize("words", ["отмена", "уже работает", "У меня заработало!", "решилось"])
def test_the_operator_says_that_it_works_again(chat: Chat, words: str) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("CRM зависла")
    kostya.presses("Беру")

    assert olya.replies(words)

    assert card.case.state is State.WITHDRAWN
    assert "Уже работает: CRM, Оля" in kostya.hears[-1]

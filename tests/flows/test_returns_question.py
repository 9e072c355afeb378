"""«Возврат Обмен», read aloud: «Это заявка текущего звонка?»"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.records import Role
from bot.flows.returns import Mark, State
from crm_api.port import DispositionGroup
from tests.flows.chat import Chat
from tests.flows.returning import BOUGHT, POST, returns_chat, staff
from tests.flows.world import CONFIRMED, LEAD, NEW, a_lead


@pytest.fixture
def chat() -> Chat:
    return returns_chat()


def test_a_confirmed_lead_is_never_trashed_without_the_poster_s_answer(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya, zarina = chat.operator("Оля"), staff(chat)
    card = olya.posts(POST)

    assert card.first_line.startswith("❓ Оля, это заявка текущего звонка? Лид подтверждён")
    assert len(chat.crm.comments) == 1
    assert zarina.presses("Да, этот звонок") == "Это может только тот, кто спросил"
    zarina.presses("Беру")
    chat.passes(hours=20)
    assert chat.crm.status(LEAD) == CONFIRMED.code

    assert olya.presses("Да, этот звонок") == "Ставлю «Брак обмен»."
    assert chat.crm.status(LEAD) == "70"
    assert "это заявка текущего звонка" not in card.text


def test_the_sale_itself_only_gets_the_comment(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya = chat.operator("Оля")
    card = olya.posts(POST)

    assert "Лиду текущего звонка поставьте «Брак обмен» сами" in olya.presses("Нет, это сам заказ")

    assert chat.crm.status(LEAD) == CONFIRMED.code
    assert len(chat.crm.comments) == 1
    assert card.buttons == ["✋ Беру", "Отозвать", "↩️ Отменить решение"]


@pytest.mark.parametrize(("words", "code"), [("да", "70"), ("Нет.", CONFIRMED.code)])
def test_the_poster_may_answer_with_a_word(chat: Chat, words: str, code: str) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    olya.posts(POST)

    assert not ira.replies(words)
    assert olya.replies(words)
    assert chat.crm.status(LEAD) == code


def test_without_an_answer_the_poster_is_asked_once_more(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya = chat.operator("Оля")
    olya.posts(POST)

    chat.passes(minutes=10)

    assert [one for one in olya.hears if "Это заявка текущего звонка?" in one] == olya.hears
    assert len(olya.hears) == 1


def test_a_question_that_stays_unanswered_comes_to_the_supervisors_who_may_answer_it(
    chat: Chat,
) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya, irina = chat.operator("Оля"), chat.person("Ирина", Role.SUPERVISOR)
    card = olya.posts(POST)
    chat.passes(minutes=69)
    assert irina.hears == []

    chat.passes(minutes=1)

    assert irina.hears[-1].startswith("❓ Нет ответа: это заявка текущего звонка?")
    assert "Оператор: Оля, 14:02" in irina.hears[-1]
    assert len(olya.hears) == 2
    chat.passes(days=2)
    assert len([one for one in irina.hears if "Нет ответа" in one]) == 3
    assert irina.presses("Нет, это сам заказ").startswith("Заказ не трогаю")
    chat.passes(days=2)
    assert len([one for one in irina.hears if "Нет ответа" in one]) == 3
    assert "это заявка текущего звонка" not in card.text


def test_it_is_not_forgotten_when_the_client_has_his_answer(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), BOUGHT)
    olya, zarina = chat.operator("Оля"), staff(chat)
    irina = chat.person("Ирина", Role.SUPERVISOR)
    card = olya.posts(POST)
    for word in ("Беру", "Дозвонились", "Обмен"):
        zarina.presses(word)
    assert card.case.state is State.DONE
    olya.hears.clear()

    chat.passes(minutes=10)
    assert len(olya.hears) == 1
    chat.passes(hours=1)
    assert "Нет ответа: это заявка текущего звонка?" in irina.hears[-1]
    irina.presses("Да, этот звонок")

    assert chat.crm.status(LEAD) == "70"
    heard = len(irina.hears)
    chat.passes(days=2)
    assert len(irina.hears) == heard


def test_a_crm_that_tells_no_status_is_no_leave_to_trash(chat: Chat) -> None:
    chat.crm.knows(a_lead(replace(NEW, group=DispositionGroup.OTHER, code="", label="")), BOUGHT)
    card = chat.operator("Оля").posts(POST)

    assert card.case.data.mark is Mark.ASKED
    assert chat.crm.status(LEAD) == ""

"""«Не проставленные отказы»: the one to whom a refusal was pinned, who may appeal."""

from __future__ import annotations

import pytest

from bot.flows.records import Role
from bot.flows.refusals import State
from tests.flows.chat import CardView, Chat, Somebody
from tests.flows.refusals.refusing import (
    GLEB,
    VERA,
    a_refused_lead,
)
from tests.flows.world import LEAD, LINK


@pytest.fixture
def pinned(chat: Chat, olya: Somebody, irina: Somebody) -> CardView:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    irina.presses("Закрепить")
    return card


def test_vera_appeals_once_and_the_case_opens_again(
    chat: Chat, pinned: CardView, irina: Somebody
) -> None:
    vera = chat.person("Верочка", crm_name=VERA)

    assert vera.replies("Не согласна, клиент просил перезвонить")

    assert pinned.case.state is State.WAITING
    assert f"✋ {VERA}, не согласен(на): Не согласна, клиент просил перезвонить" in pinned.text
    assert "клиент просил перезвонить" in irina.hears[-1]
    irina.presses("Закрепить")
    assert "Отказ остаётся за вами" in vera.hears[-1]
    assert "больше решение не пересматривают" in vera.hears[-1]
    assert not vera.replies("всё равно не согласна")
    assert pinned.first_line.startswith("📌")


def test_an_appeal_may_be_granted(chat: Chat, pinned: CardView, irina: Somebody) -> None:
    vera, gleb = chat.person("Верочка", crm_name=VERA), chat.person("Глеб", crm_name=GLEB)
    vera.replies("это не мой разговор")
    irina.presses("Другой оператор")
    irina.presses(GLEB)

    assert chat.crm.pins[-1] == (LEAD, GLEB)
    assert "Отказ больше не за вами" in vera.hears[-1]
    assert "За вами закрепили отказ" in gleb.hears[-1]
    assert gleb.replies("и не мой")
    assert pinned.case.state is State.WAITING


def test_without_a_violation_after_all_the_lead_and_vera_are_told(
    chat: Chat, pinned: CardView, irina: Somebody
) -> None:
    vera = chat.person("Верочка", crm_name=VERA)
    vera.replies("клиент просил перезвонить")
    irina.presses("Нарушения нет")

    assert "Отказ больше не за вами" in vera.hears[-1]
    assert chat.crm.comments[-1].startswith("Нарушения нет, отказ ни за кем не закреплять")
    assert "Поправьте в CRM вручную" in pinned.text
    assert f"Отказ в CRM за: {VERA}, до решения лид ни за кем не стоял" in pinned.text
    assert "Нарушения нет, а закрепление в CRM вернуть не смог: проверьте лид." in irina.hears[-1]


def test_nobody_else_may_appeal_and_thanks_are_no_appeal(
    chat: Chat, pinned: CardView, olya: Somebody
) -> None:
    vera = chat.person("Верочка", crm_name=VERA)

    assert not olya.replies("она ни при чём")
    assert not chat.person(VERA).replies("я ни при чём")
    assert not vera.replies("Поняла!")
    assert not vera.replies("ок")
    assert not vera.replies("🙁")
    assert pinned.case.state is State.PINNED


@pytest.mark.parametrize(
    "words",
    [
        "Не согласна!",
        "не согласен, клиент просил перезвонить",
        "Нет, я не согласен",
        "это не мой отказ",
        "Это не я",
    ],
)
def test_who_does_not_agree_and_is_not_known_in_the_crm_yet_is_told_how_to_go_on(
    chat: Chat, pinned: CardView, irina: Somebody, words: str
) -> None:
    vera = chat.operator("Верочка")

    assert vera.replies(words)

    assert pinned.first_line.startswith("📌")
    assert "Кто вы в CRM, ещё не знаю" in vera.hears[-1]
    assert "/link Фамилия Имя" in vera.hears[-1]
    vera.crm_name = VERA
    assert vera.replies(words)
    assert pinned.case.state is State.WAITING
    assert f"✋ {VERA}, не согласен(на)" in irina.hears[-1]


def test_other_talk_of_whom_the_bot_does_not_know_is_left_alone(
    chat: Chat, pinned: CardView
) -> None:
    timur = chat.operator("Тимур")

    assert not timur.replies("я бы тоже перезвонил")
    assert not timur.replies("Клиент не согласен, просил перезвонить")
    assert not timur.replies("она сказала, что это не мой клиент")
    assert not chat.person("Глеб", crm_name=GLEB).replies("не согласен")
    assert timur.hears == []


def test_a_lead_that_is_sent_with_such_words_is_a_post_as_ever(
    chat: Chat, pinned: CardView
) -> None:
    timur = chat.operator("Тимур")

    assert not timur.replies("Не согласна, и вот ещё: https://crm.example/orders/43210")
    assert timur.hears == []


def test_who_asked_or_decides_is_not_asked_who_he_is_in_the_crm(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat)
    timur = chat.operator("Тимур")
    timur.posts(LINK)
    irina.presses("Закрепить")
    lena = chat.person("Лена", Role.SUPERVISOR)

    for one in (timur, lena, chat.owner):
        assert not one.replies("Не согласен!")
        assert not any("Кто вы в CRM" in said for said in one.hears)


def test_the_poster_may_not_withdraw_what_was_appealed(
    chat: Chat, pinned: CardView, olya: Somebody
) -> None:
    chat.person("Верочка", crm_name=VERA).replies("это не мой разговор")

    assert "Отозвать" not in pinned.buttons
    assert not olya.replies("отмена")

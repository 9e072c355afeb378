"""«Не проставленные отказы»: the CRM is down, refuses, or knows better."""

from __future__ import annotations

from bot.flows.refusals import State
from tests.flows.chat import Chat, Somebody
from tests.flows.refusals.refusing import (
    GLEB,
    VERA,
    a_refused_lead,
)
from tests.flows.world import CONFIRMED, LEAD, LINK, REFUSED, TRASH


def test_while_the_crm_is_down_the_card_says_so_and_goes_on_when_it_is_back(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    chat.crm.is_up = False
    card = olya.posts(LINK)
    assert card.first_line.startswith("⚠️ CRM не отвечает.")

    chat.crm.is_up = True
    chat.deliver()
    assert card.first_line.startswith("Закрепить отказ за")
    chat.crm.is_up = False
    irina.presses("Закрепить")
    assert "CRM не отвечает, запись сделаю" in card.text
    assert chat.crm.pins == []


def test_a_status_that_somebody_changed_is_not_overwritten_and_nobody_is_blamed(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.crm.somebody_sets(LEAD, CONFIRMED)
    irina.presses("Закрепить")

    assert card.case.state is State.CONFLICT
    assert "Статус лида уже другой: Подтверждён" in card.text
    assert "в CRM пока только комментарий ✔" in card.text
    assert (chat.crm.status(LEAD), chat.crm.pins) == (CONFIRMED.code, [])
    assert card.buttons[:2] == ["Поставить отказ", "Оставить как есть"]

    irina.presses("Поставить отказ")
    assert "💾 в CRM записано ✔" in card.text
    assert (chat.crm.status(LEAD), chat.crm.pins) == (REFUSED.code, [(LEAD, VERA)])


def test_a_second_tap_overwrites_no_status_that_the_first_one_has_met(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.crm.somebody_sets(LEAD, CONFIRMED)
    irina.presses("Закрепить")
    anyway = irina.sees("Поставить отказ")
    chat.crm.somebody_sets(LEAD, TRASH)
    irina.taps(anyway)

    irina.taps(anyway)

    assert card.case.state is State.CONFLICT
    assert (chat.crm.status(LEAD), chat.crm.pins) == (TRASH.code, [])
    irina.presses("Поставить отказ")
    assert chat.crm.status(LEAD) == REFUSED.code


def test_or_it_stays_as_it_is_and_may_be_decided_anew(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.crm.somebody_sets(LEAD, TRASH)
    irina.presses("Закрепить")
    chat.passes(hours=24)

    assert card.first_line.startswith("⚠️ В CRM не закреплено")
    assert "за сутки никто не выбрал" in irina.hears[-1]
    irina.presses("Решить заново")
    assert card.case.state is State.WAITING
    assert "Сейчас в CRM: некорректный номер" in card.text
    irina.presses("Закрепить")
    assert (chat.crm.status(LEAD), chat.crm.pins) == (REFUSED.code, [(LEAD, VERA)])


def test_a_name_that_the_crm_does_not_know_is_told_and_another_may_be_picked(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    chat.crm.strangers.add(VERA)
    card = olya.posts(LINK)
    irina.presses("Закрепить")

    assert "⚠️ В CRM нет пользователя с таким именем: закрепите вручную" in card.text
    assert "В CRM нет пользователя с таким именем" in irina.hears[-1]
    irina.presses("Решить заново")
    irina.presses("Другой оператор")
    irina.presses(GLEB)
    assert chat.crm.pins == [(LEAD, GLEB)]
    assert "нет пользователя" not in card.text


def test_what_the_crm_refuses_for_good_is_told_to_a_person(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.crm.refuses = True
    irina.presses("Закрепить")

    assert "CRM не приняла статус «дорого» и комментарий: поставьте вручную" in card.text
    assert "CRM не закрепила отказ: закрепите вручную" in card.text
    assert any("поставьте вручную" in words for words in irina.hears)
    assert any("поставьте вручную" in words for words in chat.owner.hears)

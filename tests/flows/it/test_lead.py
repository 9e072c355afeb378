"""«КЦ IT Вопросы»: what the lead hears of other ends than a solution."""

from __future__ import annotations

from bot.flows.it import State
from tests.flows.chat import Chat
from tests.flows.it.repairing import it_man
from tests.flows.world import LINK


def test_the_lead_hears_that_it_works_by_itself(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} CRM зависла")
    chat.passes(minutes=3)
    next(one for one in chat.people if one.person.name == "Оля").presses("Уже работает")
    assert chat.crm.comments == ["КЦ IT, уже работает (CRM): Оля, 10.03.2026 14:05"]
    assert "в CRM записано ✔ 14:05" in card.text


def test_the_lead_hears_that_nobody_solved_it(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} CRM зависла")
    chat.passes(hours=24)
    assert card.case.state is State.EXPIRED
    chat.deliver()
    assert chat.crm.comments == [
        "КЦ IT, закрыто без решения (CRM; сообщил(а) Оля): 11.03.2026 14:02"
    ]
    assert "в CRM записано ✔" in card.text


def test_what_was_no_ticket_is_no_news_for_the_lead_that_has_heard_of_none(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} CRM зависла")
    it_man(chat).presses("Не заявка")
    assert card.case.state is State.DISMISSED
    assert chat.crm.comments == []


def test_the_lead_s_last_word_of_a_ticket_is_how_it_ended(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts(f"{LINK} CRM зависла")
    kostya.presses("Решено")
    olya.replies("не решено")

    kostya.presses("Не заявка")
    assert chat.crm.comments[-1] == "КЦ IT, не заявка (CRM): Костя, 10.03.2026 14:02"
    assert "в CRM записано ✔" in card.text

    kostya.presses("Отменить")
    assert chat.crm.comments[-1] == ("КЦ IT, всё же заявка (CRM; сообщил(а) Оля): 10.03.2026 14:02")
    assert card.case.state is State.NEW


def test_without_a_lead_there_is_nothing_to_write_into(chat: Chat) -> None:
    olya = chat.operator("Оля")
    olya.posts("CRM зависла")
    olya.presses("Уже работает")
    olya.posts("нет баланса")
    chat.passes(hours=25)
    assert chat.crm.comments == []

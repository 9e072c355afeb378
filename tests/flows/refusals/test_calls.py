"""«Не проставленные отказы»: whose refusal is it, as the calls tell?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.records import Action, Fact
from bot.flows.refusals import State
from tests.flows.chat import Chat, Somebody
from tests.flows.refusals.refusing import (
    ANNA,
    GLEB,
    VERA,
    a_call,
    a_refused_lead,
)
from tests.flows.world import LEAD, LINK, NEW

NO_CALL = "Разговор другого оператора длительностью более 60 сек не найден в карточке заказа"


# --- whose it is ----------------------------------------------------------------------------------


def test_the_card_asks_to_pin_it_on_the_first_who_talked_long(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(
        chat, a_call(VERA, 0, answered=False), a_call(VERA, 184), a_call(GLEB, 97, day=1)
    )
    card = olya.posts(f"{LINK} отказ не проставлен")

    assert card.first_line == f"Закрепить отказ за: {VERA}? Прислал(а): Оля, 14:02"
    assert f"👉 18.02 14:02 · {VERA} · 3:04 · запись ← первый разговор дольше 60 сек" in card.text
    assert f"• 19.02 14:02 · {GLEB} · 1:37 · запись" in card.text
    assert "0:00 · запись · без ответа" in card.text
    assert "Причина: дорого · уже в CRM ✔" in card.text
    assert card.buttons == ["📌 Закрепить", "Нарушения нет", "Другой оператор", "Отозвать"]


@pytest.mark.parametrize(("talked", "whose"), [(60, GLEB), (61, VERA)])
def test_exactly_sixty_seconds_are_not_enough(
    chat: Chat, olya: Somebody, talked: int, whose: str
) -> None:
    a_refused_lead(chat, a_call(VERA, talked), a_call(GLEB, 300, day=1))

    card = olya.posts(LINK)
    assert f"Закрепить отказ за: {whose}?" in card.first_line
    assert ("ровно 60 сек, не в счёт" in card.text) == (whose == GLEB)


def test_the_first_is_the_first_by_time_however_the_crm_lists_them(
    chat: Chat, olya: Somebody
) -> None:
    timeless = replace(a_call(ANNA, 500), started_at=None)
    a_refused_lead(chat, timeless, a_call(GLEB, 300, day=5), a_call(VERA, 100, day=2))

    assert VERA in olya.posts(LINK).first_line


def test_a_call_that_nobody_took_or_that_was_passed_on_does_not_count(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 90, answered=False), a_call(GLEB, 97, day=1))
    card = olya.posts(LINK)

    assert GLEB in card.first_line
    assert "переведён, не в счёт" in card.text


def test_the_poster_s_own_calls_do_not_count_as_the_crm_names_her(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, a_call("Орешкина Ольга", 200), a_call(VERA, 100, day=1))
    card = olya.posts(LINK)

    assert VERA in card.first_line
    assert "Орешкина Ольга · 3:20 · запись · прислал(а) пост, не в счёт" in card.text


def test_until_the_bot_knows_who_she_is_in_the_crm_her_name_tells(chat: Chat) -> None:
    a_refused_lead(chat, a_call(VERA, 200), a_call(GLEB, 100, day=1))

    assert GLEB in chat.person("Вера Ильина").posts(LINK).first_line


def test_while_the_bot_does_not_know_her_in_the_crm_the_card_says_that_it_may_be_her_own_talk(
    chat: Chat,
) -> None:
    a_refused_lead(chat)
    unknown = "Кто в CRM Верочка, бот ещё не знает"
    card = chat.person("Верочка").posts(LINK)
    assert f"⚠️ {unknown}: 👉 может быть и своим же разговором." in card.text
    assert "/link Фамилия Имя" in card.text
    line = chat.renderer.brief(chat.flow, card.case, chat.now, 1, "", False)  # noqa: FBT003 -- a macro's
    assert line.endswith("Причина: дорого · ⚠️ автор ещё не узнан в CRM")

    for known in (chat.person("Верочка", crm_name=VERA), chat.person("Вера Ильина")):
        chat.cards.clear()
        assert "бот ещё не знает" not in known.posts(LINK).text


def test_once_the_bot_knows_who_she_is_in_the_crm_the_calls_of_her_open_card_are_counted_anew(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat)
    olya = chat.person("Верочка")
    card = olya.posts(LINK)
    pin = irina.sees("Закрепить")
    assert f"Закрепить отказ за: {VERA}?" in card.first_line

    chat.links(olya, VERA)

    assert f"Закрепить отказ за: {GLEB}?" in card.first_line
    assert "прислал(а) пост, не в счёт" in card.text
    assert "бот ещё не знает" not in card.text
    # Her card had shown somebody else.
    assert irina.taps(pin) == "Карточка уже изменилась, посмотрите на неё ещё раз"
    irina.presses("Закрепить")
    assert f"Отказ за: {GLEB}" in card.first_line
    chat.links(olya, "")
    assert card.case.state is State.PINNED


def test_whoever_is_unlinked_is_told_by_his_name_again(chat: Chat) -> None:
    a_refused_lead(chat)
    olya = chat.person("Верочка", crm_name=VERA)
    card = olya.posts(LINK)

    chat.links(olya, "")

    assert f"Закрепить отказ за: {VERA}?" in card.first_line
    assert "бот ещё не знает" in card.text


def test_what_was_picked_and_said_stays_when_the_poster_is_known_in_the_crm(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    olya = chat.person("Верочка")
    card = olya.posts(LINK)
    olya.presses("другая причина")
    olya.replies("уезжает в отпуск")
    irina.presses("Другой оператор")

    chat.crm.is_up = False
    chat.links(olya, VERA)
    assert card.first_line.startswith("⚠️ CRM не отвечает")
    assert "К выбору оператора вернусь, когда дочитаю." in card.text
    chat.crm.is_up = True
    chat.deliver()

    assert card.case.state is State.CHOOSING
    assert "уезжает в отпуск" in card.text


def test_who_was_choosing_as_the_poster_became_known_goes_on_where_he_was(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat)
    olya = chat.person("Верочка")
    card = olya.posts(LINK)
    irina.presses("Другой оператор")
    chat.links(olya, VERA)
    assert card.case.state is State.CHOOSING
    assert f"{VERA} · дольше 60 сек" not in card.buttons

    assert irina.replies("Орлова Анна")
    chat.links(olya, "")
    assert card.first_line.startswith("✏️ Почему отказ за: Орлова Анна?")
    assert irina.replies("говорила со второго номера")
    irina.presses("Закрепить")
    assert card.first_line.startswith("📌 Отказ за: Орлова Анна")

    # What was undone is decided from its beginning.
    irina.presses("Отменить решение")
    assert "Закрепить отказ за: " in card.first_line


def test_who_does_not_decide_after_all_while_it_is_read_anew_begins_at_the_beginning(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat)
    olya = chat.person("Верочка")
    card = olya.posts(LINK)
    irina.presses("Другой оператор")
    chat.crm.is_up = False
    chat.links(olya, VERA)
    irina.presses("Нарушения нет")
    chat.crm.is_up = True
    chat.deliver()
    irina.presses("Отменить решение")

    assert card.case.state is State.WAITING
    assert "К выбору оператора" not in card.text


def test_a_card_that_was_closed_when_its_poster_was_linked_comes_back_with_that_name(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat)
    olya = chat.person("Верочка")
    card = olya.posts(LINK)
    irina.presses("Закрепить")
    chat.links(olya, VERA)

    irina.presses("Отменить решение")

    assert f"Закрепить отказ за: {GLEB}?" in card.first_line
    assert "бот ещё не знает" not in card.text


@pytest.mark.parametrize("state", State)
def test_a_link_means_something_or_nothing_wherever_the_case_has_gone_meanwhile(
    chat: Chat, state: State
) -> None:
    a_refused_lead(chat)
    card = chat.person("Верочка").posts(LINK)
    before = replace(card.case, state=state)

    step = chat.flow.decide(before, Action(name=Fact.POSTER_KNOWN), chat.now)

    assert step.case == before or (step.case.state is State.READING and step.effects)


def test_with_no_talk_that_counts_there_is_nothing_to_doubt(chat: Chat) -> None:
    a_refused_lead(chat, a_call(VERA, 60))

    assert "бот ещё не знает" not in chat.person("Верочка").posts(LINK).text


def test_of_many_calls_the_card_shows_those_that_tell(chat: Chat, olya: Somebody) -> None:
    missed = [a_call(GLEB, 0, day=day, answered=False) for day in range(12)]
    a_refused_lead(chat, *missed, a_call(VERA, 100, day=15))
    card = olya.posts(LINK)

    assert f"👉 05.03 14:02 · {VERA} · 1:40" in card.text
    assert "…и ещё 7 звонков" in card.text


# --- no such call ---------------------------------------------------------------------------------


def test_without_such_a_call_the_card_says_so_in_the_crm_s_words(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 60))
    card = olya.posts(LINK)

    assert card.first_line == f"{NO_CALL}. Прислал(а): Оля, 14:02"
    assert card.buttons == ["Назвать оператора", "Нарушения нет", "Отозвать"]


def test_irina_may_still_name_one_but_must_say_why(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 60))
    card = olya.posts(LINK)
    irina.presses("Назвать оператора")

    assert irina.presses(VERA) == "Ответьте на карточку: почему за ним?"
    assert f"Почему отказ за: {VERA}?" in card.text
    assert chat.crm.pins == []

    assert irina.replies("отказ слышен на 58 секунде")
    assert chat.crm.pins == []
    irina.presses("Закрепить")
    assert chat.crm.pins == [(LEAD, VERA)]
    assert "(решение супервайзера: отказ слышен на 58 секунде)" in chat.crm.comments[0]


def test_she_may_write_the_name_and_the_reason_herself(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 60))
    card = olya.posts(LINK)
    irina.presses("Назвать оператора")

    assert not olya.replies(f"{ANNA}, это она")
    assert irina.replies(ANNA)
    assert card.case.state is State.EXPLAINING
    irina.presses("Назад")
    irina.presses("Назвать оператора")
    assert irina.replies("Анна Орлова, говорила с личного телефона")
    irina.presses("Закрепить")

    assert chat.crm.pins == [(LEAD, "Анна Орлова")]
    assert "говорила с личного телефона" in chat.crm.comments[0]


def test_a_written_name_is_taken_as_the_calls_have_it(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 60))
    olya.posts(LINK)
    irina.presses("Назвать оператора")
    irina.replies("вера ильина: отказ слышен")
    irina.presses("Закрепить")

    assert chat.crm.pins == [(LEAD, VERA)]

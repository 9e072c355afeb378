"""«Не проставленные отказы»: the reason that the lead gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.flows.codes import REFUSALS
from bot.flows.refusals import Action, State, posts
from crm_api.port import Comment
from tests.flows.chat import Chat, Somebody
from tests.flows.refusals.refusing import (
    ANNA,
    VERA,
    a_call,
    a_refused_lead,
)
from tests.flows.world import CONFIRMED, LEAD, LINK, NEW, NOW, OTHER_REASON


def test_olya_picks_the_reason_where_the_lead_has_none(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)

    assert card.first_line == "Почему клиент отказался? Причину выбирает Оля, 14:02"
    assert len(card.buttons) == len(REFUSALS) + 2
    assert chat.person("Света").presses("дорого") == "Это может только тот, кто спросил"
    olya.presses("передумал")

    assert "Причина: передумал · поставлю при закреплении" in card.text
    assert "Сейчас в CRM: Новый" in card.text
    assert chat.crm.status(LEAD) == NEW.code
    irina.presses("Закрепить")
    assert chat.crm.status(LEAD) == "63"


def test_what_warns_stands_right_under_what_is_to_be_picked(chat: Chat) -> None:
    a_refused_lead(chat, a_call(VERA, 40), status=CONFIRMED)
    card = chat.operator("Оля").posts(f"{LINK} клиент отказался ещё вчера")

    first, *rest = card.text.splitlines()

    assert first.startswith("Почему клиент отказался?")
    assert rest[:2] == [
        "⚠️ Лид подтверждён: отказ снимет подтверждение",
        "⚠️ Разговор другого оператора длительностью более 60 сек не найден в карточке заказа",
    ]
    assert "⚠️" not in "".join(rest[2:])


def test_a_poster_whom_the_crm_s_name_does_not_tell_is_warned_of_there_too(chat: Chat) -> None:
    a_refused_lead(chat, status=NEW)
    card = chat.operator("Оля").posts(LINK)
    assert card.text.splitlines()[1].startswith("⚠️ Кто в CRM Оля, бот ещё не знает")


def test_a_slip_of_the_finger_is_mended(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)
    olya.presses("дорого")
    olya.presses("Сменить причину")
    olya.presses("передумал")

    assert "Причина: передумал" in card.text


def test_a_pin_sets_the_reason_that_its_card_showed(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)
    olya.presses("дорого")
    too_expensive = irina.sees("Закрепить")
    olya.presses("Сменить причину")
    olya.presses("передумал")

    assert irina.taps(too_expensive) == "Карточка уже изменилась, посмотрите на неё ещё раз"

    assert chat.flow.is_open(card.case)
    assert chat.crm.status(LEAD) == NEW.code


def test_what_the_client_said_is_the_comment_and_takes_nothing_back(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)
    olya.presses("другая причина")

    assert olya.replies("уже не нужно")

    assert "Причина: другая причина: уже не нужно" in card.text


@pytest.mark.parametrize(
    "words",
    [
        "клиент передумал, не надо", "не надо, клиент передумал", "клиент отказался, отмена",
        "отмена, она передумала", "клиент передумал, отменяем",
    ],
)  # fmt: skip
def test_why_the_client_refused_takes_nothing_back_where_that_is_asked(
    chat: Chat, olya: Somebody, words: str
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)

    assert not olya.replies(words)

    assert card.first_line.startswith("Почему клиент отказался?")
    assert olya.replies("не надо уже")
    assert card.case.state is State.WITHDRAWN


@pytest.mark.parametrize(
    "words", ["клиент отказался, отмена", "отмена, клиент отказался", "она передумала, не надо"]
)
def test_that_the_client_refused_takes_no_refusal_back(
    chat: Chat, olya: Somebody, words: str
) -> None:
    a_refused_lead(chat, a_call(VERA, 70))
    card = olya.posts(LINK)

    assert not olya.replies(words)

    assert card.case.state is State.WAITING
    assert olya.replies("отмена")


def test_what_the_client_did_is_the_comment_that_is_asked_for(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)
    olya.presses("другая причина")

    assert olya.replies("клиент передумал, отмена")

    assert "Причина: другая причина: клиент передумал, отмена" in card.text


def test_another_reason_does_not_go_on_without_a_comment(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)

    assert olya.presses("другая причина") == "Ответьте на карточку: какая причина?"
    assert not any("Закрепить" in word for word in card.buttons)
    assert not olya.replies("   ")
    assert olya.replies("уезжает в отпуск")

    assert "Причина: другая причина: уезжает в отпуск" in card.text
    irina.presses("Закрепить")
    assert chat.crm.status(LEAD) == "163"
    assert "Причина: другая причина: уезжает в отпуск." in chat.crm.comments[0]


def test_neither_does_it_where_it_was_set_without_one(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat, status=OTHER_REASON)
    assert olya.posts(LINK).case.state is State.COMMENTING

    chat.cards.clear()
    lead = chat.crm.leads[LEAD]
    chat.crm.knows(replace(lead, comments=(Comment(text="уезжает в отпуск"),)))
    assert olya.posts(LINK).case.state is State.WAITING


@pytest.mark.parametrize(
    ("comment", "is_enough"),
    [
        (Comment(text="уезжает в отпуск", author="Орешкина Ольга", at=NOW), True),
        (Comment(text="уезжает", author=VERA, at=NOW - timedelta(days=20)), True),
        (Comment(text="перезвонить после обеда", author=ANNA, at=NOW - timedelta(days=21)), False),
        (Comment(text="Нарушения нет. Решил(а): Ирина\n#C7-2-k1f0a", at=NOW), False),
        (Comment(text="Нарушения нет. Решил(а): Ирина #C7-2-k1f0a", at=NOW), False),
        (Comment(text="см. #C7-2-k1f0a, там всё сказано", at=NOW), True),
        (Comment(text="  ", at=NOW), False),
    ],
)
def test_only_what_a_person_wrote_since_the_refusal_is_its_comment(
    chat: Chat, olya: Somebody, comment: Comment, *, is_enough: bool
) -> None:
    a_refused_lead(chat, status=OTHER_REASON)
    lead = chat.crm.leads[LEAD]
    chat.crm.knows(replace(lead, comments=(comment,)))

    state = olya.posts(LINK).case.state
    assert state is (State.WAITING if is_enough else State.COMMENTING)


def test_a_refusal_would_undo_a_confirmed_order_and_the_button_says_so(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, status=CONFIRMED)
    card = olya.posts(LINK)
    olya.presses("дорого")

    assert "⚠️ Лид подтверждён: отказ снимет подтверждение" in card.text
    assert card.buttons[0] == "📌 Закрепить, сняв подтверждение"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("дорого", "100"),
        ("Передумала.", "63"),
        ("нашла дешевле", "61"),
        ("причина: нет в наличии", "60"),
        ("отказ 99", "99"),
        ("дорого?", ""),
        ("дорого, передумал", ""),
        ("не дорого ли?", ""),
        ("отказ не проставлен", ""),
        ("1000", ""),
    ],
)
def test_a_reason_in_a_word_is_picked_by_a_reply_or_in_the_post_itself(
    chat: Chat, olya: Somebody, words: str, code: str
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)
    assert not chat.person("Света").replies(words)
    assert olya.replies(words) is bool(code)
    assert card.case.data.code == code
    assert card.case.state is (State.WAITING if code else State.PICKING)

    chat.cards.clear()
    posted = olya.posts(f"{LINK} {words}")
    assert (posted.case.data.code, posted.case.data.picked) == (code, bool(code))
    assert posted.case.state is (State.WAITING if code else State.PICKING)


def test_a_bare_code_answers_the_card_that_asks_for_it(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat, status=NEW)
    assert olya.posts(f"{LINK} 62").case.state is State.PICKING
    assert olya.replies("62")
    assert chat.cards[-1].case.data.code == "62"


def test_another_reason_in_a_word_still_asks_for_its_comment(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)
    assert olya.replies("другая причина")
    assert card.case.state is State.COMMENTING
    assert olya.replies("уезжает")
    assert "Причина: другая причина: уезжает" in card.text


def test_what_the_crm_has_is_the_reason_whatever_the_post_says(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat)
    had = olya.posts(LINK).case.data.code
    chat.cards.clear()
    assert had
    assert olya.posts(f"{LINK} консультация").case.data.code == had


@pytest.mark.parametrize("words", ["ок", "спасибо, жду", "а что писать?"])
def test_a_nod_or_a_question_is_no_comment_of_the_refusal(
    chat: Chat, olya: Somebody, words: str
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)
    olya.presses("другая причина")
    assert not olya.replies(words)
    assert card.case.state is State.COMMENTING
    assert olya.replies("сказала, что уезжает")
    assert "Причина: другая причина: сказала, что уезжает" in card.text


def test_a_question_that_is_added_to_the_post_is_no_comment_either() -> None:
    [only] = posts.meant("отказ не проставлен", "отказ не проставлен, а что писать?", "")
    assert only.name == Action.EDIT

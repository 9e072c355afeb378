"""«РФ Админы»: who has asked says more, in a reply to the card or to his own post."""

from __future__ import annotations

import pytest

from bot.flows.duplicates import Kind, State
from bot.flows.duplicates.case import goes_on
from tests.flows.chat import Chat
from tests.flows.world import CONFIRMED, LINK, NEW, a_lead, an_order

WANTS = "клиентка хочет ещё набор бит, в скрипте нет"


def test_words_behind_a_bare_link_are_the_question(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(LINK)
    assert card.first_line.startswith("Можно ли оформить?")

    assert olya.replies(f"{WANTS}, можно добавить?")

    assert card.first_line.startswith("Можно ли добавить товар?")
    assert "➕" not in card.text
    marat.presses("Разрешить")
    assert f"Спросили: «{WANTS}, можно добавить?»" in chat.crm.comments[0]


@pytest.mark.parametrize(
    ("burns", "words", "kind"),
    [
        (True, "могу ли оформить?", Kind.DUPLICATE),
        (False, "могу ли оформить?", Kind.DUPLICATE),
        (True, "клиентка на линии, гляньте", Kind.DUPLICATE),
        (False, "клиентка на линии, гляньте", Kind.ITEM),
    ],
)
def test_in_two_messages_it_is_the_question_that_it_is_in_one(
    chat: Chat, *, burns: bool, words: str, kind: Kind
) -> None:
    if not burns:
        chat.crm.knows(a_lead(NEW))
    olya = chat.operator("Оля")
    card = olya.posts(LINK)
    assert olya.replies(words)
    asked = chat.operator("Ира")
    chat.cards.clear()
    whole = asked.posts(f"{LINK} {words}")
    assert (card.case.data.kind, card.case.data.unsure) == (kind, whole.case.data.unsure)
    assert whole.case.data.kind is kind


def test_what_an_admin_has_chosen_stays(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(LINK)
    marat.presses("Это про товар")
    assert olya.replies("могу ли оформить?")
    assert card.first_line.startswith("Можно ли добавить товар?")
    assert card.case.data.asked == "могу ли оформить?"


def test_what_an_admin_is_about_to_decide_stays_too(chat: Chat) -> None:
    chat.crm.knows(a_lead(CONFIRMED), an_order(3, CONFIRMED, "в пути"))
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(LINK)
    marat.presses("Запретить")
    assert olya.replies(WANTS)
    assert card.case.state is State.SURE
    marat.presses("Поставить «Дубль»")
    assert "Оформлять нельзя" in olya.hears[-1]


def test_more_words_stand_on_the_card_and_in_the_comment(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    card = olya.posts(f"{LINK} {WANTS}")
    ira.posts(LINK)

    assert olya.replies("чёрный набор, 32 штуки")
    assert ira.replies("и ещё фонарик")
    assert not olya.replies("чёрный набор, 32 штуки")

    assert "➕ Оля: чёрный набор, 32 штуки" in card.text
    assert "➕ Ира: и ещё фонарик" in card.text
    marat.presses("Разрешить")
    assert "набор бит, в скрипте нет / чёрный набор, 32 штуки / и ещё" in chat.crm.comments[0]
    assert not olya.replies("а если два?")


@pytest.mark.parametrize(
    "words", ["спасибо", "ок, жду", "ну что там?", "клиент ждёт!", "+", "могу ли оформить?", "??"]
)
def test_thanks_and_nudges_change_no_card(chat: Chat, words: str) -> None:
    olya = chat.operator("Оля")
    olya.posts(f"{LINK} горит дубль, можно?")
    assert not olya.replies(words)


def test_nobody_else_says_more_and_an_answer_is_an_answer(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    card = olya.posts(f"{LINK} можно ли?")
    assert not ira.replies(WANTS)
    assert not marat.replies("сейчас гляну в CRM")

    marat.presses("Спросить")
    assert olya.replies("она из Омска")
    assert card.case.state is State.ASKING
    marat.replies("сколько штук?")
    assert olya.replies("две, чёрные")

    assert "💬 Оля: две, чёрные" in card.text
    assert "➕ Оля: она из Омска" in card.text


@pytest.mark.parametrize(
    "words", ["могу ли оформить?", WANTS, "нужен другой размер", "он хочет второй", "дубль горит"]
)
def test_words_that_sound_as_if_they_went_on(words: str) -> None:
    assert goes_on(words)


@pytest.mark.parametrize(
    "words",
    ["", "девочки, кто на обед?", "спасибо", "хочу чай", "Ира, возьми трубку", "ещё 5 минут"],
)
def test_words_that_do_not(words: str) -> None:
    assert not goes_on(words)

"""Whoever joined a colleague's question hears when that one takes it back, in every chat."""

from __future__ import annotations

from typing import Any

import pytest

from bot.flows.anomalies import Anomalies
from bot.flows.base import Flow
from bot.flows.duplicates import Duplicates
from bot.flows.it import It
from bot.flows.records import Role
from bot.flows.refusals import Refusals
from bot.flows.returns import Returns
from tests.flows.chat import Chat, Somebody
from tests.flows.world import LINK, NEW, PHONE, REFUSED, a_lead

CHATS: list[tuple[Flow[Any], str, str, str]] = [
    (Duplicates(), "можно оформить?", "Отозвать", "Вопрос отозван, ответа не будет"),
    (Anomalies(), "3990/4990", "Отозвать", "Вопрос отозван, цена не согласована"),
    (Refusals(), "отказ не проставлен", "Отозвать", "Отозвано, отказ никто не закрепит"),
    (Returns(), "не включается", "Отозвать", "Отозвано, клиенту не перезвонят"),
    (It(), "CRM зависла", "Уже работает", "Заявка закрыта: уже работает"),
]


@pytest.mark.parametrize(
    ("flow", "words", "button", "told"), CHATS, ids=[flow.name for flow, *_ in CHATS]
)
def test_who_joined_hears_of_it_once_and_who_took_it_back_does_not(
    flow: Flow[Any], words: str, button: str, told: str
) -> None:
    chat = Chat(flow)
    chat.crm.knows(a_lead(NEW))
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(f"{LINK} {words}")
    for _ in range(2):
        ira.posts(f"{LINK} {words}")
    before = len(olya.hears)

    olya.presses(button, card)

    assert card.case.state == "withdrawn"
    assert [told in one for one in ira.hears].count(True) == 1
    assert "снова" in ira.hears[-1]
    assert olya.hears[before:] == []


@pytest.mark.parametrize(
    ("flow", "words"),
    [(flow, words) for flow, words, *_ in CHATS],
    ids=[flow.name for flow, *_ in CHATS],
)
@pytest.mark.parametrize("said", ["не надо уже", "клиент сбросил, не надо", "он ушёл, отмена"])
def test_a_reply_takes_it_back_and_may_say_first_what_the_client_did(
    flow: Flow[Any], words: str, said: str
) -> None:
    chat = Chat(flow)
    chat.crm.knows(a_lead(REFUSED if flow.name == "refusals" else NEW))
    olya = chat.operator("Оля")
    card = olya.posts(f"{LINK} {words}")
    assert not chat.operator("Ира").replies(said) or card.case.state != "withdrawn"

    assert olya.replies(said)

    assert card.case.state == "withdrawn"


@pytest.mark.parametrize(
    ("flow", "words", "button", "told"), CHATS, ids=[flow.name for flow, *_ in CHATS]
)
@pytest.mark.parametrize("who", ["Хозяин", "Оля"])
def test_who_took_it_back_is_named_and_not_always_who_asked(
    flow: Flow[Any], words: str, button: str, told: str, who: str
) -> None:
    chat = Chat(flow)
    chat.crm.knows(a_lead(NEW))
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(f"{LINK} {words}")
    ira.posts(f"{LINK} {words}")
    data, commented = olya.sees(button, card), len(chat.crm.comments)

    {"Хозяин": chat.owner, "Оля": olya}[who].taps(data, card)

    assert who in chat.owner.taps(data, card)
    comments = chat.crm.comments[commented:]
    assert all(who in comment for comment in comments)
    assert bool(comments) == (flow.name in {"returns", "it"})
    verb = "сказал(а)" if flow.name == "it" else "отозвал(а)"
    assert (f" · {verb} {who}" in card.text) == (who != "Оля")
    said = f"{told}, сказал(а) {who}." if flow.name == "it" else f"{told}: {who}."
    assert said in ira.hears[-1]


def test_whoever_works_on_a_ticket_hears_who_said_that_it_works_again() -> None:
    chat = Chat(It())
    olya, kostya = chat.operator("Оля"), chat.person("Костя", Role.IT)
    card = olya.posts("CRM зависла")
    kostya.presses("Беру")
    chat.owner.presses("Уже работает", card)
    assert kostya.hears[-1].endswith("Оля · сказал(а) Хозяин")


def test_whoever_works_on_a_ticket_hears_of_it_once_though_it_is_broken_for_him_too() -> None:
    chat = Chat(It())
    olya, kostya = chat.operator("Оля"), chat.person("Костя", Role.IT)
    card = olya.posts("CRM зависла")
    kostya.replies("у меня тоже", card)
    kostya.presses("Беру")
    before = len(kostya.hears)
    olya.presses("Уже работает")
    assert len(kostya.hears) == before + 1
    assert kostya.hears[-1].startswith("👍 Уже работает")


def test_who_posted_a_phone_hears_that_somebody_of_the_staff_took_it_back() -> None:
    chat = Chat(Returns())
    chat.crm.is_up = False
    olya = chat.operator("Оля")
    card = olya.posts(PHONE)
    zarina: Somebody = chat.person("Зарина", Role.RETURNS)
    zarina.presses("Отозвать", card)
    assert "Отозвано, клиенту не перезвонят" in olya.hears[-1]

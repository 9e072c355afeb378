"""«Не проставленные отказы»: whom a supervisor's words name, and whom they do not."""

from __future__ import annotations

import pytest

from bot.flows.refusals import State
from tests.flows.chat import CardView, Chat, Somebody
from tests.flows.refusals.refusing import GLEB, VERA, a_call, a_refused_lead
from tests.flows.world import LEAD, LINK

ASKED = "«Фамилия Имя, почему»"


@pytest.fixture
def card(chat: Chat, olya: Somebody, irina: Somebody) -> CardView:
    """Вера and Глеб have called, and Ирина is about to name somebody."""
    a_refused_lead(chat)
    card = olya.posts(LINK)
    irina.presses("Другой оператор")
    return card


@pytest.mark.parametrize(
    "words",
    [
        "звоню клиенту узнать",
        "Звоню клиенту узнать",
        "Звоню Вере, узнаю",
        "Пусть Глеб решит",
        "Анна Петровна, послушайте запись",
        "буду через час",
        "СРОЧНО ПОСЛУШАТЬ запись",
        "петрова анна, слышала сама",
        "Петрова анна, слышала сама",
        "Гудков, говорил первым",
        "Вера",
    ],
)
def test_words_that_name_nobody_of_the_calls_and_are_written_as_no_name_pin_nothing(
    chat: Chat, irina: Somebody, card: CardView, words: str
) -> None:
    before = len(irina.hears)

    assert irina.replies(words)

    assert card.case.state is State.CHOOSING
    assert chat.crm.pins == []
    assert [ASKED in told for told in irina.hears[before:]] == [True]


@pytest.mark.parametrize(
    "words", ["сейчас посмотрю", "спасибо, Вера", "Спасибо Вера", "да закрепляй"]
)
def test_talk_stays_talk(irina: Somebody, card: CardView, words: str) -> None:
    assert not irina.replies(words)
    assert irina.hears == []
    assert card.case.state is State.CHOOSING


@pytest.mark.parametrize(
    "words",
    [
        "гудков глеб, говорил дольше",
        "ГЛЕБ ГУДКОВ: говорил дольше",
        "Гудков глеб Иванович — говорил дольше",
        "«гудков Глеб», говорил дольше",
    ],
)
def test_who_has_called_is_named_in_any_way_of_writing_and_called_as_the_crm_does(
    chat: Chat, irina: Somebody, card: CardView, words: str
) -> None:
    assert irina.replies(words)
    assert chat.crm.pins == [(LEAD, GLEB)]
    assert "Почему: говорил дольше" in card.text


@pytest.mark.parametrize(
    ("words", "whom"),
    [
        ("Петрова Анна, слышала сама", "Петрова Анна"),
        ("Фёдорова-Ким Алёна: слышала сама", "Фёдорова-Ким Алёна"),
        ("Семёнов Пётр Ильич, слышала сама", "Семёнов Пётр Ильич"),
        ("Ёлкина Анна-Мария слышала сама", "Ёлкина Анна-Мария"),
    ],
)
def test_whoever_has_not_called_is_named_as_names_are_written(
    chat: Chat, irina: Somebody, card: CardView, words: str, whom: str
) -> None:
    assert irina.replies(words)
    assert chat.crm.pins == [(LEAD, whom)]
    assert "Почему: слышала сама" in card.text


@pytest.mark.parametrize(
    ("words", "whom"),
    [
        ("Петрова Анна Ивановна", "Петрова Анна Ивановна"),
        ("Гудков Глеб, спасибо", GLEB),
        ("гудков", GLEB),
        ("Гудков.", GLEB),
    ],
)
def test_a_patronymic_thanks_and_a_surname_alone_say_no_reason(
    chat: Chat, irina: Somebody, card: CardView, words: str, whom: str
) -> None:
    assert irina.replies(words)
    assert card.first_line.startswith(f"✏️ Почему отказ за: {whom}?")
    assert chat.crm.pins == []

    assert not irina.replies("ок, спасибо")
    assert irina.replies("говорил дольше")
    assert chat.crm.pins == [(LEAD, whom)]


@pytest.mark.parametrize(
    "words", ["сейчас посмотрю", "Минутку, клиент на линии", "потом разберусь", "уточняю"]
)
def test_whoever_will_say_later_why_has_not_said_it(
    chat: Chat, irina: Somebody, card: CardView, words: str
) -> None:
    irina.replies("гудков")

    assert not irina.replies(words)

    assert card.case.state is State.EXPLAINING
    assert chat.crm.pins == []
    assert irina.replies("Сейчас послушала запись: первым говорил он")
    assert chat.crm.pins == [(LEAD, GLEB)]


def test_of_two_who_have_the_surname_none_is_guessed(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 184), a_call("Ильина Анна", 97, day=1))
    card = olya.posts(LINK)
    irina.presses("Другой оператор")

    assert irina.replies("Ильина")

    assert ASKED in irina.hears[-1]
    assert card.case.state is State.CHOOSING
    assert irina.replies("ильина анна")
    assert card.first_line.startswith("✏️ Почему отказ за: Ильина Анна?")


def test_of_two_who_differ_by_the_patronymic_only_it_tells(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    one, other = f"{VERA} Олеговна", f"{VERA} Петровна"
    a_refused_lead(chat, a_call(one, 184), a_call(other, 97, day=1))
    card = olya.posts(LINK)
    irina.presses("Другой оператор")

    assert irina.replies(f"{VERA}, говорила дольше")
    assert card.case.state is State.CHOOSING
    assert irina.replies(f"{other}, говорила дольше")
    assert chat.crm.pins == [(LEAD, other)]

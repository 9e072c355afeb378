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


def shows(card: CardView, whom: str, why: str) -> bool:
    """What the bot has made of the words; nothing is decided by them."""
    return card.first_line == f"Закрепить отказ за: {whom}? Почему: {why}"


@pytest.mark.parametrize(
    "words",
    [
        "звоню клиенту узнать",
        "буду через час",
        "петрова анна, слышала сама",
        "Петрова анна, слышала сама",
        "Орлова",
        "Орлова, слышала сама",
        "Петрова А.В., слышала сама",
        # Two are named, or somebody in another case; or he is only spoken of.
        "Не Гудков Глеб, а Ильина Вера",
        "За Гудковым Глебом, говорил дольше",
        "Гудкову, он дольше говорил",
        "Ильина ни при чём, это Гудков",
        "Оля, это Гудков, он дольше",
        "гудков молодец",
    ],
)
def test_words_that_name_nobody_of_the_calls_and_are_written_as_no_name_are_asked_about(
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
    ("words", "whom", "why"),
    [
        # Who has called, in any way of writing, and called as the CRM does.
        ("гудков глеб, говорил дольше", GLEB, "говорил дольше"),
        ("ГЛЕБ ГУДКОВ: говорил дольше", GLEB, "говорил дольше"),
        ("Гудков глеб Иванович — говорил дольше", GLEB, "говорил дольше"),
        ("«гудков Глеб», говорил дольше", GLEB, "говорил дольше"),
        ("Гудков, говорил дольше", GLEB, "говорил дольше"),
        ("Вера, она первая", VERA, "она первая"),
        # Whoever has not, as names are written.
        ("Петрова Анна, слышала сама", "Петрова Анна", "слышала сама"),
        ("Фёдорова-Ким Алёна: слышала сама", "Фёдорова-Ким Алёна", "слышала сама"),
        ("Семёнов Пётр Ильич, слышала сама", "Семёнов Пётр Ильич", "слышала сама"),
        ("Ёлкина Анна-Мария слышала сама", "Ёлкина Анна-Мария", "слышала сама"),
        ("ПЕТРОВА АННА, слышала сама", "ПЕТРОВА АННА", "слышала сама"),
        # A namesake of somebody who has called.
        ("Ильина Анна, слышала сама", "Ильина Анна", "слышала сама"),
        ("Вера Орлова, слышала сама", "Вера Орлова", "слышала сама"),
        # What leads in.
        ("нет, Гудков Глеб, говорил дольше", GLEB, "говорил дольше"),
        ("Хорошо, Гудков Глеб, говорил дольше", GLEB, "говорил дольше"),
        ("оператор: гудков глеб, говорил дольше", GLEB, "говорил дольше"),
        ("Гудков,говорил дольше", GLEB, "говорил дольше"),
    ],
)
def test_the_card_shows_whom_the_words_name_and_why_and_a_button_decides(
    chat: Chat, irina: Somebody, card: CardView, words: str, whom: str, why: str
) -> None:
    assert irina.replies(words)
    assert shows(card, whom, why)
    assert chat.crm.pins == []

    irina.presses("Закрепить")

    assert chat.crm.pins == [(LEAD, whom)]
    assert f"Почему: {why}" in card.text


@pytest.mark.parametrize(
    ("words", "whom"),
    [
        ("Петрова Анна Ивановна", "Петрова Анна Ивановна"),
        ("Гудков Глеб, спасибо", GLEB),
        ("гудков", GLEB),
        ("Гудков.", GLEB),
        ("Глеб", GLEB),
    ],
)
def test_a_patronymic_thanks_and_a_part_of_the_name_say_no_reason(
    chat: Chat, irina: Somebody, card: CardView, words: str, whom: str
) -> None:
    assert irina.replies(words)
    assert card.first_line.startswith(f"✏️ Почему отказ за: {whom}?")

    assert not irina.replies("ок, спасибо")
    assert irina.replies("говорил дольше")
    assert shows(card, whom, "говорил дольше")
    assert chat.crm.pins == []


def test_words_of_buttons_and_assent_are_no_reason_and_the_bot_says_what_is(
    irina: Somebody, card: CardView
) -> None:
    irina.replies("гудков")
    for words in ("Назад", "отмена", "не он", "Нарушения нет", "верно"):
        assert irina.replies(words)
        assert f"Почему отказ за: {GLEB}?" in irina.hears[-1]
    irina.replies("говорил дольше")
    for words in ("Назад", "не он", "не тот", "Нарушения нет.", "верно", "всё так"):
        assert irina.replies(words)
        assert "Решает кнопка на карточке." in irina.hears[-1]
    for words in ("да", "да, закрепляй", "нет", "сейчас", "минутку, клиент на линии", "ок"):
        assert not irina.replies(words)
    assert shows(card, GLEB, "говорил дольше")


def test_whom_the_card_shows_is_mended_by_naming_another_also_one_who_has_not_called(
    irina: Somebody, card: CardView
) -> None:
    irina.replies("Орлва Анна, слышала сама")
    irina.replies("Орлова Анна, слышала сама")
    assert shows(card, "Орлова Анна", "слышала сама")
    irina.replies("Ильина, она первая")
    assert shows(card, VERA, "она первая")
    # Where the name does not stand apart it is what somebody says of her.
    irina.replies("Орлова Анна просила за неё")
    assert shows(card, VERA, "Орлова Анна просила за неё")


def test_whom_the_bot_proposes_is_corrected_in_words_too(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)

    for words in (
        "Вера молодец", "Оля Демо, подойди", "посмотрю", "Вера и Глеб вдвоём", "Ок, Вера",
        "Хорошо, Глеб.", "Вера, спасибо", "Глеб, зайди ко мне", "Вера, подожди", "да, верю",
        "Гудков, сейчас посмотрю", "Ладно, Глеб, потом разберёмся", "не верю", "Гудков Глеб, жду",
    ):  # fmt: skip
        assert not irina.replies(words)
    for words in ("нет, за Гудковым", "не он", "верно"):
        assert irina.replies(words)
        assert "За другим: нажмите «Другой оператор» и ответьте" in irina.hears[-1]
    assert irina.replies("нет, Гудков Глеб, говорил дольше")

    assert shows(card, GLEB, "говорил дольше")
    assert chat.crm.pins == []


@pytest.mark.parametrize("words", ["нет, Ильина", "не он", "сейчас посмотрю", "отмена"])
def test_whatever_is_said_instead_of_a_reason_pins_nobody_and_the_way_back_is_there(
    chat: Chat, irina: Somebody, card: CardView, words: str
) -> None:
    irina.replies("гудков")
    irina.replies(words)
    assert chat.crm.pins == []

    irina.presses("Назад")
    irina.presses("Другой оператор")
    irina.replies("Ильина, она первая")

    assert shows(card, VERA, "она первая")


def test_another_of_the_calls_may_be_named_instead_and_another_reason_given(
    chat: Chat, irina: Somebody, card: CardView
) -> None:
    irina.replies("Гудков, говорил дольше")
    old = irina.sees("Закрепить")

    irina.replies("ильина вера, она первая")
    assert shows(card, VERA, "она первая")
    irina.replies("он её и просил")
    assert shows(card, VERA, "он её и просил")
    irina.replies("Гудков Глеб")
    assert card.first_line.startswith(f"✏️ Почему отказ за: {GLEB}?")
    irina.replies("Вера просила за него")

    assert shows(card, GLEB, "Вера просила за него")
    # The button of a card that showed another reason pins nothing.
    assert irina.taps(old) == "Карточка уже изменилась, посмотрите на неё ещё раз"
    assert chat.crm.pins == []


def test_of_two_who_have_the_surname_none_is_guessed(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 184), a_call("Ильина Анна", 97, day=1))
    card = olya.posts(LINK)
    irina.presses("Другой оператор")

    for words in ("Ильина", "Ильина, она первая"):
        assert irina.replies(words)
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
    assert shows(card, other, "говорила дольше")

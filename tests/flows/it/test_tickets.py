"""«КЦ IT Вопросы»: what is a ticket, and of which category."""

from __future__ import annotations

import pytest

from bot.flows.it import Category
from bot.flows.it.words import guess, is_trouble
from tests.flows.chat import Chat
from tests.flows.it.repairing import it_man
from tests.flows.world import LINK


@pytest.mark.parametrize(
    "words",
    [
        "баланс",
        "закончился балланс на звонки",
        "звонилка не звонит",
        "сип отвалился",
        "МикроСип не регистрируется",
        "microsip пишет ошибку",
        "3cx зависла",
        "3СХ не открывается",
        "CRM",
        "срм висит",
        "сrm тупит",
        "не работает",
        "неработает ничего",
        "не рабоатет гарнитура",
        "зависло",
        "выдает ошибку 502",
        "ошибка при сохранении",
        "нет звука",
        "клиент меня не слышит",
        "смс не отправляются",
        "/it принтер дымится",
        "/it@workchats_bot",
        "не могу зайти в личный кабинет",
        "CRM заработала, но звонилка не работает",
        "баланс, заранее спасибо",
    ],
)
def test_words_of_trouble_are_a_ticket(chat: Chat, words: str) -> None:
    assert chat.operator("Оля").writes(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "спасибо",
        "ок",
        "всем привет",
        "кто на обед?",
        "я завтра не работаю",
        "с днём рождения!",
        "баланс пополнили, спасибо",
        "CRM заработала",
        "всё работает",
        "компания просит перезвонить",
        "https://example.com/404",
        "/italy",
        "кто сегодня из айти?",
    ],
)
def test_small_talk_and_good_news_open_nothing(chat: Chat, words: str) -> None:
    assert not chat.operator("Оля").writes(words)


@pytest.mark.parametrize("media", ["photo", "video", "video_note", "document", "audio"])
def test_a_picture_or_a_file_is_a_ticket_by_itself(chat: Chat, media: str) -> None:
    assert chat.operator("Оля").writes(media=media)


@pytest.mark.parametrize("media", ["voice", "animation"])
def test_a_voice_message_and_a_gif_are_talk(chat: Chat, media: str) -> None:
    assert not chat.operator("Оля").writes(media=media)


def test_a_link_is_a_ticket_whatever_is_said(chat: Chat) -> None:
    assert chat.operator("Оля").writes(f"{LINK} посмотрите")


def test_an_answer_to_a_colleague_is_no_ticket_unless_it_says_so(chat: Chat) -> None:
    olya = chat.operator("Оля")
    assert not olya.writes("у меня тоже не работает", is_reply=True)
    assert not olya.writes(media="photo", is_reply=True)
    assert olya.writes("/it у меня тоже не работает", is_reply=True)


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("нет баланса", Category.BALANCE_CALLS),
        ("кончились деньги на звонки", Category.BALANCE_CALLS),
        ("нет баланса на смс", Category.BALANCE_SMS),
        ("смс не уходит клиенту", Category.BALANCE_SMS),
        ("срм зависла", Category.CRM),
        ("карточка не открывается", Category.CRM),
        ("сип не регистрируется", Category.PHONE),
        ("не могу позвонить", Category.PHONE),
        ("в наушниках нет звука", Category.HARDWARE),
        ("комп не включается", Category.HARDWARE),
        ("клиента не слышно", Category.HARDWARE),
        ("не работает", Category.OTHER),
    ],
)
def test_the_category_is_guessed(words: str, category: Category) -> None:
    assert is_trouble(words)
    assert guess(words, has_lead=False) is category


def test_a_wrong_guess_is_corrected_with_two_taps(chat: Chat) -> None:
    kostya = it_man(chat)
    card = chat.operator("Оля").posts("не работает ничего")
    assert "🏷 Другое" in card.buttons

    kostya.presses("🏷")
    assert "• Другое" in card.buttons
    assert "Беру" in card.buttons
    assert kostya.presses("Гарнитура") == "Исправил."

    assert card.case.data.category is Category.HARDWARE
    assert card.first_line.startswith("🆕 Гарнитура/ПК")
    assert "🏷 Гарнитура/ПК" in card.buttons


def test_a_colleague_may_not_correct_it_but_the_operator_may(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts("не работает")
    assert ira.presses("🏷") == "Это делают айтишники"
    olya.presses("🏷")
    olya.presses("CRM")
    assert card.case.data.category is Category.CRM

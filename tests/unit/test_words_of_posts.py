"""What an operator said beside the link."""

from __future__ import annotations

import pytest

from bot.flows.asking import (
    Said,
    asks_for_decision,
    has_words,
    is_about,
    is_mended,
    is_withdrawal,
    sounds_decided,
    text_of,
    with_said,
    words_of,
)
from bot.flows.it.words import words_of as words_of_ticket
from bot.flows.records import Person


@pytest.mark.parametrize(
    "link",
    [
        "https://crm.example/orders/f5086aeebb",
        "HTTP://CRM.EXAMPLE/ORDERS/36973",
        "crm.example/orders/36973",
        "crm.example:8443/36973",
        "shop.example/12345",
        "127.0.0.1:8090/#/orders/36973",
        "localhost:8090/orders/36973",
        "crm/orders/36973",
        "//crm.example/orders/36973",
        "(https://crm.example/orders/36973)",
        "срм.рф/orders/36973",
    ],
)
def test_a_link_is_none_of_the_operator_s_words(link: str) -> None:
    assert words_of(f"{link} могу\n {link}\u00a0оформить?") == "могу оформить?"
    assert words_of_ticket(f"/it {link} зависло") == "зависло"
    assert not has_words(link)


@pytest.mark.parametrize(
    "words",
    [
        "просит к 24/11, успеем?",
        "с 10:00/11:00",
        "Мира 5/6 или д.5/6A",
        "оформить с/з",
        "размер S/M, цвет чёрный/белый",
        "3990/4990",
        "в скрипте 3990.50/4990.50",
        "кабель USB/HDMI",
        "и/или",
    ],
)
def test_a_slash_makes_no_link(words: str) -> None:
    assert words_of(f"https://crm.example/orders/36973 {words}") == words
    assert words_of_ticket(words) == words


@pytest.mark.parametrize(
    "words",
    [
        "отмена",
        "Отмените, пожалуйста",
        "уже не надо",
        "Всё, уже не надо, спасибо!",
        "не нужно",
        "ответ больше не нужен",
        "ненадо",
        "неактуально уже",
        "вопрос снят",
        "снимаю вопрос",
        "отмена, клиент ушёл",
        "отмена. клиентка бросила трубку",
        "не надо, он уже отключился",
        "не надо уже",
        "клиент сбросил, не надо",
        "Клиентка сама положила трубку — уже не надо, спасибо",
        "клиент не дождался, отмена",
        "всё, он сорвался, больше не надо",
        "клиент скинул звонок, так что ответ не нужен",
        "отбой, клиент не дождался",
    ],
)
def test_a_question_is_taken_back_in_the_words_that_people_use(words: str) -> None:
    assert is_withdrawal(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "спасибо",
        "уже",
        "клиент ушёл",
        "отменить заказ хочет",
        "не надо оформлять?",
        "отмена прошлого заказа",
        "не нужен второй товар",
        "клиент говорит, что не надо",
        "отмена, клиент хочет другой цвет",
        "клиент сбросил",
        "клиент сбросил, не надо оформлять?",
        "клиент говорит, не надо",
        "клиент сбросил, не надо перезванивать",
        "клиент сбросил, второй товар не нужен",
        "клиент " * 3000 + "не надо",
        "с сайта снят",
        "не надо, пусть ждёт",
        "уже " * 3000,
        "отмена" + " уже" * 3000 + "!х",
    ],
)
def test_other_words_take_nothing_back(words: str) -> None:
    assert not is_withdrawal(words)


@pytest.mark.parametrize(
    "words",
    ["да", "+", "Можно!", "да, можно оформлять", "нет, нельзя", "нельзя, дубль", "Оформляйте",
     "не оформлять", "разрешаю", "пусть оформляет", "по сайту", "цена скрипта", "согласовано"],
)  # fmt: skip
def test_a_word_that_sounds_like_a_decision(words: str) -> None:
    assert sounds_decided(words)


@pytest.mark.parametrize(
    "words",
    ["", "сейчас посмотрю", "да, а какой у неё телефон?", "спасибо", "нет связи",
     "можно подробнее?",
     "на сайте сейчас 4990", "да " * 3000 + "х"],
)  # fmt: skip
def test_a_word_that_does_not(words: str) -> None:
    assert not sounds_decided(words)


@pytest.mark.parametrize(
    "words",
    ["Могу ли оформить?", "можно оформить?", "Можно ли оформить", "Девочки, могу оформить?",
     "горит дубль, можно?", "дубль, могу ли оформить второй заказ клиенту?", "оформить можно?",
     "могу подтвердить", "клиент хочет ещё чехол, можно добавить?",
     "можно добавить товар, которого нет в скрипте?", "добавить чехол можно? клиентка хочет"],
)  # fmt: skip
def test_words_that_ask_for_a_decision(words: str) -> None:
    assert asks_for_decision(words)


@pytest.mark.parametrize(
    "words",
    ["", "можно?", "могу", "дубль", "опять дубль", "можно оформить", "уже можно оформлять",
     "можно оформить отпуск?", "могу ли оформить больничный?", "а как можно оформить заказ?",
     "кто может оформить?", "можно добавить Иру в чат?", "можно добавить сахар?", "можно на обед?",
     "не могу оформить, CRM висит", "спасибо, оформляю", "могу " * 39 + "х", "могу " * 3000],
)  # fmt: skip
def test_talk_asks_for_none(words: str) -> None:
    assert not asks_for_decision(words)


def test_a_number_that_a_supergroup_gives_anew_is_another_s_post() -> None:
    olya, timur = Person(id=1, name="Оля"), Person(id=2, name="Тимур")
    before = Said(by=olya, post=15, text="отказала Вере")
    now = Said(by=timur, post=15, text="отказала Вере")
    assert is_mended((before,), now)
    texts = with_said((before,), now)
    assert texts == (before, now)
    assert text_of(texts[:1], 15, timur) == ""


@pytest.mark.parametrize(
    "line", ["https://crm.example/orders/36 не включается", "crm.example/orders?id=36"]
)
def test_a_line_is_about_the_lead_that_its_link_names(line: str) -> None:
    assert is_about(line, "36")


@pytest.mark.parametrize(
    "line",
    ["https://crm.example/orders/36973 не включается", "https://10.36.0.1:3600/orders/a36b"],
)
def test_a_short_number_of_a_lead_is_no_part_of_another(line: str) -> None:
    assert not is_about(line, "36")

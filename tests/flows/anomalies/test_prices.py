"""Where the prices come from: out of any wording, or asked of the operator."""

from __future__ import annotations

import pytest

from bot.flows.anomalies import Action as Do
from bot.flows.anomalies import State
from bot.flows.records import Action
from tests.flows.anomalies.pricing import ASKS, OTHER_LINK, plain
from tests.flows.chat import Chat
from tests.flows.world import LINK


def test_a_colleague_names_the_prices_and_the_lead_by_its_number(chat: Chat) -> None:
    card = chat.operator("Оля").posts(LINK)
    assert card.first_line.startswith("Какие цены?")

    chat.operator("Ира").posts("https://crm.example/orders/36973 в скрипте 3990, на сайте 4990")

    assert card.case.state is State.WAITING
    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in plain(card.text)


@pytest.mark.parametrize(
    ("post", "asks", "reply"),
    [
        (LINK, "Какие цены?", "3990/4990"),
        (f"{LINK} 4990", "Какие цены?", "скрипт 3990 сайт 4990"),
        (f"{LINK} на сайте 4990", "Какая цена в скрипте?", "3990"),
        (f"{LINK} по скрипту 3 990", "Какая цена на сайте?", "сайт 4990"),
    ],
)
def test_what_is_missing_is_asked_of_the_operator(
    chat: Chat, post: str, asks: str, reply: str
) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(post)
    assert card.first_line.startswith(asks)
    assert card.buttons == ["Отозвать"]

    assert not ira.replies(reply)
    assert olya.replies(reply)

    assert card.first_line.startswith("Какая цена действует?")
    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in plain(card.text)


def test_half_an_answer_is_asked_about_again(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(LINK)

    assert not olya.replies("секунду")
    assert olya.replies("4990")
    assert olya.hears[-1].startswith("❓ Какие цены?")
    assert olya.replies("сайт 4990")
    assert olya.hears[-1].startswith("❓ Какая цена в скрипте?")
    assert olya.replies("3990")
    assert card.case.state is State.WAITING


def test_the_prices_may_also_come_with_the_link_once_more(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(LINK)

    olya.posts(ASKS)

    assert len(chat.cards) == 1
    assert card.first_line.startswith("Какая цена действует?")


def test_the_operator_corrects_himself(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(ASKS)

    assert olya.replies("ой, на сайте 5990")

    assert "на сайте 5 990 ₽" in plain(card.text)
    marat.presses("Цена сайта")
    assert "5 990" in plain(olya.hears[-1])


@pytest.mark.parametrize(
    ("words", "prices"),
    [
        ("3990/5990", "В скрипте 3 990 ₽ · на сайте 5 990 ₽"),
        ("ой, ошиблась, вот правильные цены: 3990 и 5990", "В скрипте 3 990 ₽ · на сайте 5 990 ₽"),
        ("у клиента в рекламе 2990 стоит", "В скрипте 3 990 ₽ · на сайте 2 990 ₽"),
        ("на сайте сегодня обновили, 5990", "В скрипте 3 990 ₽ · на сайте 5 990 ₽"),
    ],
)
def test_both_prices_alone_or_a_word_beside_one_are_a_correction(
    chat: Chat, words: str, prices: str
) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(ASKS)
    assert olya.replies(words)
    assert prices in plain(card.text)


@pytest.mark.parametrize(
    "words",
    [
        "а чехол 590 тоже по сайту?",
        "на сайте уже 2990?",
        "клиент взял бы 2 за 9980, доставка ещё 500",
        "клиент говорит 3500 и 4500 видел",
        "не 4990, а 5990",
    ],
)
def test_what_is_asked_or_told_of_other_sums_corrects_no_price(chat: Chat, words: str) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(ASKS)
    script = marat.sees("Цена скрипта")

    assert not olya.replies(words)

    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in plain(card.text)
    assert marat.taps(script) == "Решено, оператору скажу. Пишу в CRM."
    heard = len(olya.hears)
    assert not olya.replies(words)
    assert len(olya.hears) == heard


@pytest.mark.parametrize("post", ["4990/3990", "в скрипте 4990, на сайте 3990"])
@pytest.mark.parametrize("words", ["наоборот", "ой, извините, цены наоборот", "перепутала местами"])
def test_who_asked_says_that_the_prices_are_the_other_way_round(
    chat: Chat, post: str, words: str
) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    card = olya.posts(f"{LINK} {post}")
    script = marat.sees("Цена скрипта")
    assert not ira.replies(words)
    assert not marat.replies(words)

    assert olya.replies(words)

    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in plain(card.text)
    assert "Поменять местами" not in card.buttons
    assert marat.taps(script) == "Карточка уже изменилась, посмотрите на неё ещё раз"


@pytest.mark.parametrize("who", ["Оля", "Марат"])
def test_the_other_way_round_is_no_way_back(chat: Chat, who: str) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} 4990/3990")
    if who == "Марат":
        marat.presses("Поменять местами")
    else:
        olya.replies("наоборот")

    assert olya.replies("наоборот!")

    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in plain(card.text)
    assert "Сейчас на карточке: в скрипте 3 990 ₽, на сайте 4 990 ₽" in plain(olya.hears[-1])
    assert olya.replies("в скрипте 4990, на сайте 3990")
    assert olya.replies("наоборот")
    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in plain(card.text)


@pytest.mark.parametrize(
    "words",
    ["наоборот?", "не наоборот", "у клиента всё наоборот", "перепутала", "меняемся местами"],
)
def test_other_words_turn_no_prices_round(chat: Chat, words: str) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(ASKS)
    assert not olya.replies(words)
    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in plain(card.text)


@pytest.mark.parametrize("words", ["ой, на сайте 5990", "наоборот"])
def test_prices_that_come_too_late_are_not_passed_over_in_silence(chat: Chat, words: str) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(ASKS)
    marat.presses("Цена сайта")

    assert olya.replies(words)

    assert "новые я не учёл" in olya.hears[-1]
    assert "Действует цена сайта: 4 990 ₽" in plain(card.text)
    assert not olya.replies("на сайте 4990, спасибо")


def test_prices_that_nobody_labelled_can_be_swapped(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} 4990/3990")
    assert "Цены не подписаны" in card.text

    assert marat.presses("Поменять местами") == "Поменял местами."

    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in plain(card.text)


def test_two_taps_of_a_swap_do_not_swap_back(chat: Chat) -> None:
    marat, lena = chat.admin("Марат"), chat.admin("Лена")
    card = chat.operator("Оля").posts(f"{LINK} 4990/3990")
    swap = marat.sees("Поменять местами")

    assert marat.taps(swap) == "Поменял местами."
    for admin in (marat, lena):
        assert admin.taps(swap) == "Карточка уже изменилась, посмотрите на неё ещё раз"

    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in plain(card.text)
    assert marat.presses("Поменять местами") == "Поменял местами."
    assert "В скрипте 4 990 ₽ · на сайте 3 990 ₽" in plain(card.text)


def test_a_button_that_names_no_order_swaps_nothing(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} 4990/3990")

    assert marat.sees("Поменять местами").endswith(":swap:3990-4990")
    for arg in ("", "4990-3990", "1-2"):
        action = Action(name=Do.SWAP, arg=arg, by=marat.actor)
        assert not chat.flow.may(card.case, action, chat.now)


def test_two_prices_that_are_the_same_cannot_be_swapped(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} 3990/3990")

    assert "Поменять местами" not in card.buttons
    assert "Цены не подписаны" not in card.text


@pytest.mark.parametrize("beside", [" ", "\n"])
def test_of_two_leads_each_has_the_prices_of_its_own_line(chat: Chat, beside: str) -> None:
    chat.operator("Оля").posts(f"{LINK}{beside}3990/4990\n{OTHER_LINK}{beside}2990/3490")

    first, second = (plain(card.text) for card in chat.cards)
    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in first
    assert "В скрипте 2 990 ₽ · на сайте 3 490 ₽" in second

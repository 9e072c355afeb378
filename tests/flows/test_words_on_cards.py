"""What was asked stands on the open card: on a phone Telegram quotes no more than the link."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.anomalies import Anomalies
from bot.flows.duplicates import Kind
from tests.flows.chat import Chat
from tests.flows.returning import POST, returns_chat, with_orders
from tests.flows.world import LEAD, LINK, NEW, PHONE, a_lead

OTHER = "12ad97526e"
OTHER_LINK = f"https://crm.example/orders/{OTHER}"
CASE = "хочет еще чехол добавить можно?"


@pytest.fixture
def prices() -> Chat:
    chat = Chat(Anomalies())
    chat.crm.knows(replace(a_lead(NEW), currency="RUB"))
    return chat


# --- «РФ Админы» ----------------------------------------------------------------------------------


@pytest.mark.parametrize("post", [f"{LINK} {CASE}", f"{CASE} {LINK}"])
def test_the_card_says_right_under_the_question_which_item_it_is_about(
    chat: Chat, post: str
) -> None:
    card = chat.operator("Оля").posts(post)

    assert card.text.splitlines()[1] == f"💬 Оля: {CASE}"


def test_so_do_words_that_follow_a_bare_link(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(LINK)
    assert "💬" not in card.text

    olya.replies(CASE)

    assert card.text.splitlines()[1] == f"💬 Оля: {CASE}"


@pytest.mark.parametrize(
    "words",
    [
        "Могу ли оформить?", "можно?", "Могу ли оформить? Клиент на линии", "??", "спасибо",
        "горит дубль, можно оформить заказ?", "Добрый день, тут дубль, могу подтвердить?",
    ],
)  # fmt: skip
def test_a_bare_question_is_not_repeated_whoever_asks_it(chat: Chat, words: str) -> None:
    card = chat.operator("Оля").posts(f"{LINK} {words}")
    chat.operator("Ира").posts(f"{LINK} {words}")

    assert "💬" not in card.text
    assert "➕" not in card.text


@pytest.mark.parametrize(
    "words", ["не могу оформить", "10 шт", "дубля нет, можно?", "могу ли оформить на мужа?"]
)
def test_whatever_says_more_is(chat: Chat, words: str) -> None:
    assert f"💬 Оля: {words}" in chat.operator("Оля").posts(f"{LINK} {words}").text


def test_phones_in_them_are_masked_and_long_ones_cut(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} хочет ножи, второй номер {PHONE} {'ножи ' * 100}")

    [line] = [line for line in card.text.splitlines() if line.startswith("💬")]
    assert "второй номер …4567" in line
    assert PHONE not in line
    assert line.endswith("…")
    assert len(line) <= 310


def test_of_several_posters_each_is_named_with_his_own_words(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(LINK)
    ira.posts(LINK)

    assert ira.replies("клиентка хочет ещё набор бит, в скрипте нет")

    assert "➕ Ира: клиентка хочет ещё набор бит" in card.text
    assert "💬" not in card.text
    assert card.case.data.kind is Kind.ITEM
    olya.replies("и чехол добавить")
    assert card.text.splitlines()[1:3] == [
        "💬 Оля: и чехол добавить",
        "➕ Ира: клиентка хочет ещё набор бит, в скрипте нет",
    ]


def test_an_edited_post_stands_there_as_it_was_edited_last(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    card = olya.posts(f"{LINK} {CASE}")
    ira.posts(f"{LINK} ещё и ножи")

    assert olya.mends(f"{LINK} хочет еще два чехла добавить можно?")
    assert ira.mends(f"{LINK} ещё и вилки")
    assert not ira.mends(f"{LINK} ещё и вилки")

    assert card.text.splitlines()[1:3] == [
        "💬 Оля: хочет еще два чехла добавить можно?",
        "➕ Ира: ещё и вилки",
    ]
    marat.presses("Разрешить")
    assert "Спросили: «хочет еще два чехла добавить можно? / ещё и вилки»" in chat.crm.comments[0]


def test_an_item_that_is_edited_into_a_question_about_the_duplicate_is_one(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(f"{LINK} посмотрите набор")
    assert card.case.data.unsure

    assert olya.mends(f"{LINK} горит дубль, могу ли оформить?")

    assert card.first_line.startswith("Можно ли оформить?")
    assert "набор" not in card.text.splitlines()[1]


def test_of_two_leads_each_card_has_the_words_of_its_own_line(chat: Chat) -> None:
    chat.crm.knows(replace(a_lead(NEW), id=OTHER, number="36974"))
    chat.operator("Оля").posts(f"{LINK} хочет чехол\n{OTHER_LINK} хочет ножи\nможно добавить?")

    first, second = (card.text.splitlines()[1] for card in chat.cards)
    assert first == "💬 Оля: хочет чехол можно добавить?"
    assert second == "💬 Оля: хочет ножи можно добавить?"


def test_of_two_leads_with_their_words_below_each_card_has_its_own(chat: Chat) -> None:
    chat.crm.knows(replace(a_lead(NEW), id=OTHER, number="36974"))
    asks = "горит дубль второй раз, могу ли оформить?"
    chat.operator("Оля").posts(f"{LINK}\n{asks}\n{OTHER_LINK}\nхочет чехол, можно добавить?")

    first, second = (card.case.data for card in chat.cards)
    assert (first.asked, first.kind) == (asks, Kind.DUPLICATE)
    assert (second.asked, second.kind) == ("хочет чехол, можно добавить?", Kind.ITEM)
    assert "чехол" not in chat.cards[0].text
    assert "второй раз" not in chat.cards[1].text


@pytest.mark.parametrize(
    ("post", "first", "second"),
    [
        (f"{CASE}\n{LINK}\n{OTHER_LINK}", CASE, CASE),
        (f"{LINK}\n\n{OTHER_LINK}\n{CASE}", CASE, CASE),
        (f"1) {LINK}\nножи\n2) {OTHER_LINK}\nвилки\nложки", "1) ножи", "2) вилки ложки"),
        (f"{LINK}\nножи\n{OTHER_LINK}", "ножи", ""),
        (f"ножи\n{LINK}\nвилки\n{OTHER_LINK}", "ножи вилки", "ножи вилки"),
        (f"{LINK} 2 шт\n{OTHER_LINK} 3 шт\n{CASE}", f"2 шт {CASE}", f"3 шт {CASE}"),
    ],
)
def test_words_are_of_the_bare_links_above_them_else_of_all(
    chat: Chat, post: str, first: str, second: str
) -> None:
    chat.crm.knows(replace(a_lead(NEW), id=OTHER, number="36974"))
    chat.operator("Оля").posts(post)

    assert [card.case.data.asked for card in chat.cards] == [first, second]


def test_who_asked_in_the_same_words_and_mends_his_takes_nobody_else_s_away(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(f"{LINK} могу ли оформить?")
    ira.posts(f"{LINK} могу ли оформить?")

    assert ira.mends(f"{LINK} могу ли оформить? клиентке 17 лет")

    assert card.case.data.asked == "могу ли оформить?"
    assert "💬" not in card.text
    assert "➕ Ира: могу ли оформить? клиентке 17 лет" in card.text
    assert olya.mends(f"{LINK} могу ли оформить на мужа?")
    assert card.text.splitlines()[1:3] == [
        "💬 Оля: могу ли оформить на мужа?",
        "➕ Ира: могу ли оформить? клиентке 17 лет",
    ]


# --- «Аномальные заказы» --------------------------------------------------------------------------


def test_what_is_said_besides_the_prices_stands_under_them(prices: Chat) -> None:
    olya, ira = prices.operator("Оля"), prices.operator("Ира")
    card = olya.posts(f"{LINK} 3990/4990 это за набор с кейсом")
    ira.posts(f"{LINK} клиент видел рекламу в инстаграме")

    lines = card.text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("В скрипте"))
    said = [line for line in lines[at:] if line.startswith("💬")]
    assert said == [
        "💬 Оля: 3990/4990 это за набор с кейсом",
        "💬 Ира: клиент видел рекламу в инстаграме",
    ]
    items = next(number for number, line in enumerate(lines) if line.startswith("• "))
    assert lines.index(said[1]) < items


@pytest.mark.parametrize(
    "words",
    ["в скрипте 3990, на сайте 4990", "3990/4990, клиент на линии",
     "цена скрипт 3990р сайт 4990 какая верная?"],
)  # fmt: skip
def test_prices_alone_are_not_repeated(prices: Chat, words: str) -> None:
    assert "💬" not in prices.operator("Оля").posts(f"{LINK} {words}").text


def test_words_mended_beside_the_same_prices_change_no_price(prices: Chat) -> None:
    olya, marat = prices.operator("Оля"), prices.admin("Марат")
    card = olya.posts(f"{LINK} 4990/3990")
    marat.presses("Поменять местами")

    assert olya.mends(f"{LINK} 4990/3990 за два")

    assert "💬 Оля: 4990/3990 за два" in card.text
    assert "В скрипте 3 990 ₽ · на сайте 4 990 ₽" in card.text.replace("\u00a0", " ")
    assert olya.hears == []


def test_where_a_price_is_missing_the_words_are_there_and_nobody_is_asked_twice(
    prices: Chat,
) -> None:
    olya = prices.operator("Оля")
    card = olya.posts(f"{LINK} на сайте дороже, какую цену называть?")
    assert "💬 Оля: на сайте дороже, какую цену называть?" in card.text
    asked = list(olya.hears)

    assert olya.mends(f"{LINK} на сайте дешевле, какую цену называть?")

    assert "дешевле" in card.text
    assert "дороже" not in card.text
    assert olya.hears == asked


def test_an_open_card_of_an_older_release_shows_what_was_asked(prices: Chat) -> None:
    olya, ira = prices.operator("Оля"), prices.operator("Ира")
    card = olya.posts(f"{LINK} 3990/4990 это за набор с кейсом")
    card.case = replace(card.case, data=replace(card.case.data, texts=()))
    assert "💬 Оля: 3990/4990 это за набор с кейсом" in card.text

    ira.posts(f"{LINK} клиент видел рекламу")
    assert [line for line in card.text.splitlines() if line.startswith("💬")] == [
        "💬 Оля: 3990/4990 это за набор с кейсом",
        "💬 Ира: клиент видел рекламу",
    ]
    assert olya.mends(f"{LINK} 3990/4990 за два набора", post=card.case.post)
    assert "это за набор" not in card.text


# --- «Возврат Обмен» ------------------------------------------------------------------------------


def test_the_client_s_words_stand_right_under_the_promise() -> None:
    chat = returns_chat()
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(POST)
    assert card.text.splitlines()[1] == "💬 Клиент: шуруповёрт не включается, хочет обменять"

    ira.posts(f"{LINK} звонит снова")
    assert olya.mends(f"{LINK} шуруповёрт искрит, номер {PHONE}")

    assert card.text.splitlines()[1] == "💬 Клиент: шуруповёрт искрит, номер …4567"
    assert "💬 Ира: звонит снова" in card.text


def test_and_under_the_question_which_order_is_meant() -> None:
    chat = returns_chat()
    with_orders(chat, 2)
    card = chat.operator("Оля").posts(f"{PHONE} ножи тупые")

    assert card.text.splitlines()[1] == "💬 Клиент: …4567 ножи тупые"
    assert LEAD not in card.text

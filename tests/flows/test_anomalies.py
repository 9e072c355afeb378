"""«Аномальные заказы», read aloud: the script says one price, the site another."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.flows.anomalies import Action as Do
from bot.flows.anomalies import Anomalies, State
from bot.flows.records import Action
from tests.flows.chat import Chat
from tests.flows.world import LEAD, LINK, NEW, a_lead

ASKS = f"{LINK} в скрипте 3990, на сайте 4990"
PRICES = "(в скрипте 3 990 ₽, на сайте 4 990 ₽)"
OTHER = "12ad97526e"
OTHER_LINK = f"https://crm.example/orders/{OTHER}"


@pytest.fixture
def chat() -> Chat:
    """A working day: two leads of one project."""
    chat = Chat(Anomalies())
    lead = replace(a_lead(NEW), currency="RUB", total=Decimal(3990), items=a_lead(NEW).items[:2])
    chat.crm.knows(lead)
    chat.crm.knows(replace(lead, id=OTHER, number="36974"))
    return chat


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")


def test_the_card_sets_both_prices_and_the_lead_s_items_side_by_side(chat: Chat) -> None:
    card = chat.operator("Оля").posts(ASKS)

    lines = plain(card.text).splitlines()
    assert lines[0] == "Какая цена действует? Спрашивает Оля, 14:02"
    assert lines[1] == "В скрипте 3 990 ₽ · на сайте 4 990 ₽"
    assert "• Шуруповёрт: 3 990 ₽ ← как в скрипте" in lines
    assert "• Набор бит: 790,50 ₽ × 2" in lines
    assert "Итого в лиде: 3 990 ₽" in lines
    assert [plain(word) for word in card.buttons] == [
        "Цена скрипта 3 990 ₽", "Цена сайта 4 990 ₽", "Другая", "Отозвать",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "holds"),
    [("Цена скрипта", "цена скрипта: 3 990 ₽"), ("Цена сайта", "цена сайта: 4 990 ₽")],
)
def test_one_press_decides_and_it_is_written_and_told(chat: Chat, word: str, holds: str) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(ASKS)

    assert marat.presses(word) == "Решено, оператору скажу. Пишу в CRM."

    assert plain(olya.hears[0]).startswith(f"✅ Действует {holds} — Марат, 14:02")
    assert chat.crm.comments == [
        f"Действует {holds.replace(':', '')} {PRICES}. Решил(а): Марат, 10.03.2026 14:02"
    ]
    assert "в CRM записано ✔ 14:02" in card.text
    assert chat.crm.status(LEAD) == NEW.code


def test_another_price_is_asked_for_as_a_reply(chat: Chat) -> None:
    olya, marat, sveta = chat.operator("Оля"), chat.admin("Марат"), chat.admin("Света")
    card = olya.posts(ASKS)

    assert marat.presses("Другая") == "Ответьте на карточку ценой: одно число."
    assert "Марат пишет другую цену" in card.text
    assert not sveta.replies("4490")
    assert not marat.replies("сейчас посмотрю")
    assert not marat.replies("может, 4490?")
    assert marat.replies("4490 или 4790")
    assert "Не понял цену" in marat.hears[-1]
    assert marat.replies("пусть будет 4 490")

    assert card.case.state is State.DECIDED
    assert "Действует другая цена: 4 490 ₽ — Марат" in plain(olya.hears[-1])
    assert chat.crm.comments[0].startswith("Действует другая цена 4 490 ₽ (в скрипте 3 990 ₽")


def test_while_one_admin_writes_another_may_still_press(chat: Chat) -> None:
    marat, sveta = chat.admin("Марат"), chat.admin("Света")
    card = chat.operator("Оля").posts(ASKS)
    marat.presses("Другая")

    sveta.presses("Цена сайта")

    assert card.first_line.startswith("✅ Действует цена сайта")
    assert "Света" in card.first_line


def test_only_admins_decide_and_nobody_on_his_own_post(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    olya.posts(ASKS)
    assert olya.presses("Цена скрипта") == "Решают админы"

    marat.posts(f"{OTHER_LINK} 3990/4990")
    assert marat.presses("Цена скрипта") == "По своему вопросу решает другой админ"


def test_the_second_admin_hears_who_was_quicker_and_a_note_may_follow(chat: Chat) -> None:
    olya, marat, sveta = chat.operator("Оля"), chat.admin("Марат"), chat.admin("Света")
    card = olya.posts(ASKS)
    marat.presses("Цена сайта")

    assert sveta.presses("Цена скрипта") == "Уже решено: Марат, 14:02"
    assert not sveta.replies("я бы иначе")
    assert marat.replies("скрипт старый")
    assert "пояснение: скрипт старый" in olya.hears[-1]
    assert chat.crm.comments[-1].endswith("скрипт старый")
    assert "Пояснение: скрипт старый" in card.text


@pytest.mark.parametrize(
    "words",
    [
        "ой, по скрипту", "нет, цена скрипта", "наоборот", "ошибся, 3990", "3990", "тогда 4490",
        "пусть будет 4490 руб", "не ту кнопку нажал", "по скрипту", "скрипт 3990",
        "извините, по скрипту", "нет 3990", "всё же 3990", "все-таки по скрипту", "стоп, скрипт",
        "погоди, 3990", "отмена, по скрипту", "передумал, 3990", "скажи 3990", "назовите 3990",
        "не, по скрипту", "пусть назовёт цену скрипта", "случайно нажала", "нажал не то",
    ],
)  # fmt: skip
def test_another_price_explains_nothing_and_decides_nothing(chat: Chat, words: str) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(ASKS)
    marat.presses("Цена сайта")
    told, written = list(olya.hears), list(chat.crm.comments)

    assert marat.replies(words)

    assert "Решение словами не меняю" in marat.hears[-1]
    assert "Действует цена сайта: 4 990 ₽" in plain(card.text)
    assert "Пояснение" not in card.text
    assert (olya.hears, chat.crm.comments) == (told, written)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("нет в скрипте такой модели", "нет в скрипте такой модели"),
        ("в скрипте 3990 это старая цена", "в скрипте 3990 это старая цена"),
        ("ошибка на сайте", "ошибка на сайте"),
        ("извините, акция кончилась", "извините, акция кончилась"),
        ("не называйте старую цену", "не называйте старую цену"),
        ("не по скрипту", "не по скрипту"),
        ("да, по сайту", "да, по сайту"),
        ("скрипт на днях обновят", "скрипт на днях обновят"),
        ("4990, акция кончилась", "4990, акция кончилась"),
        ("пояснение: нет, по скрипту нельзя", "нет, по скрипту нельзя"),
    ],
)
def test_what_tells_why_is_an_explanation(chat: Chat, words: str, says: str) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    olya.posts(ASKS)
    marat.presses("Цена сайта")
    assert marat.replies(words)
    assert f"пояснение: {says}" in olya.hears[-1]
    assert chat.crm.comments[-1].endswith(f": {says}")


# --- the prices -----------------------------------------------------------------------------------


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


# --- the same again -------------------------------------------------------------------------------


def test_the_same_project_and_prices_again_are_decided_with_one_tap(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    marat, sveta = chat.admin("Марат"), chat.admin("Света")
    olya.posts(ASKS)
    marat.presses("Цена сайта")
    chat.passes(hours=3)

    again = ira.posts(f"{OTHER_LINK} скрипт 3990, сайт 4 990")
    assert plain(again.buttons[2]) == "Как в 14:02: цена сайта 4 990 ₽ (Марат)"
    sveta.presses("Как в 14:02", again)

    assert "Действует цена сайта: 4 990 ₽ — Света, 17:02" in plain(ira.hears[-1])
    assert "Решил(а): Света" in chat.crm.comments[-1]


@pytest.mark.parametrize(
    ("hours", "day"),
    # 14:02 in Moscow; after ten hours it is the next day there, and in UTC still the same.
    [(9.5, "Как в 14:02: "), (10, "Как вчера в 14:02: ")],
)
def test_the_offer_says_when_it_was_decided_yesterday_by_the_call_centre_s_clock(
    chat: Chat, hours: float, day: str
) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    olya.posts(ASKS)
    marat.presses("Цена сайта")
    chat.passes(hours=hours)

    again = olya.posts(f"{OTHER_LINK} скрипт 3990, сайт 4 990")

    assert plain(again.buttons[2]).startswith(day)


def test_a_day_later_or_for_other_prices_nothing_is_offered(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    olya.posts(ASKS)
    marat.presses("Цена сайта")
    chat.passes(hours=1)
    assert not offered(olya.posts(f"{OTHER_LINK} 3990/5990").buttons)
    chat.passes(hours=23)
    assert not offered(olya.posts(ASKS).buttons)


def test_a_card_that_is_open_gains_the_offer_and_loses_it_when_that_is_undone(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    first = olya.posts(ASKS)
    second = ira.posts(f"{OTHER_LINK} скрипт 3990, сайт 4990")
    assert not offered(second.buttons)

    marat.presses("Цена сайта", first)
    assert offered(second.buttons)

    marat.presses("Отменить решение", first)
    assert not offered(second.buttons)


def offered(buttons: list[str]) -> bool:
    return any(word.startswith("Как в ") for word in buttons)


def test_of_several_leads_that_join_each_has_the_prices_of_its_own_line(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(f"{OTHER_LINK} какая цена?")
    ira.posts(f"{ASKS}\n{OTHER_LINK} в скрипте 1990, на сайте 2490")
    assert "В скрипте 1 990 ₽ · на сайте 2 490 ₽" in plain(card.text)


def test_the_same_lead_again_while_open_joins(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    olya.posts(ASKS)
    ira.posts(f"{LINK} какая цена?")

    marat.presses("Цена скрипта")

    assert len(chat.cards) == 1
    assert olya.hears[-1] == ira.hears[-1]


# --- undoing --------------------------------------------------------------------------------------


def test_a_decision_is_taken_back_within_a_minute(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(ASKS)
    marat.presses("Цена скрипта")
    chat.passes(seconds=30)

    assert marat.presses("Отменить решение").startswith("Решение отменено")

    assert olya.hears[-1].startswith("↩️ Решение отменено, подождите новое — Марат")
    assert chat.crm.comments[-1] == (
        "Решение от 10.03.2026 14:02 отменено: Марат, 10.03.2026 14:02"
    )
    assert "Марат отменил(а) своё решение" in card.text
    marat.presses("Цена сайта")
    assert "4 990" in plain(olya.hears[-1])
    assert [write.no for write in card.case.data.writes] == [1, 2, 3]


def test_later_it_stands(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(ASKS)
    marat.presses("Цена скрипта")
    chat.passes(seconds=61)

    assert marat.presses("Отменить решение") == "Уже решено: Марат, 14:02"
    assert card.case.state is State.DECIDED


# --- waiting, and trouble -------------------------------------------------------------------------


def test_admins_are_pinged_and_no_answer_is_an_answer(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(ASKS)

    chat.passes(minutes=3)
    assert len(marat.hears) == 2
    assert "какая цена действует?" in marat.hears[0]
    chat.passes(minutes=12)
    assert card.first_line == "⌛ Без ответа, цена не согласована"
    assert "Админы не ответили, цена не согласована" in olya.hears[-1]
    assert marat.presses("Цена скрипта").startswith("Поздно")


def test_while_a_price_is_missing_the_operator_is_reminded_and_not_the_admins(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(LINK)

    chat.passes(minutes=5)
    assert len(olya.hears) == 2
    assert marat.hears == []
    olya.replies("3990/4990")
    chat.passes(minutes=1)
    assert len(marat.hears) == 1
    chat.passes(minutes=14)
    assert card.case.state is State.EXPIRED


def test_prices_that_never_come_close_the_question(chat: Chat) -> None:
    olya = chat.operator("Оля")
    olya.posts(LINK)

    chat.passes(minutes=15)

    assert "Обе цены так и не назвали, цена не согласована" in olya.hears[-1]


def test_it_is_decided_while_the_crm_is_down_and_written_later(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    chat.crm.is_up = False
    card = olya.posts(ASKS)
    assert "Решать можно и так" in card.text

    marat.presses("Цена сайта")
    assert "Действует цена сайта: 4 990 —" in plain(olya.hears[-1])
    assert "запись сделаю, как только ответит" in card.text

    chat.crm.is_up = True
    chat.deliver()
    assert len(chat.crm.comments) == 1
    assert "в CRM записано ✔" in card.text


def test_what_the_crm_refuses_is_told(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(ASKS)
    chat.crm.refuses = True

    marat.presses("Цена сайта")

    assert "CRM не приняла комментарий: напишите вручную" in card.text
    assert "CRM не приняла комментарий" in marat.hears[-1]
    assert "CRM не приняла комментарий" in chat.owner.hears[-1]


def test_a_lead_that_the_crm_does_not_know(chat: Chat) -> None:
    card = chat.operator("Оля").posts("https://crm.example/orders/0000000000 3990/4990")

    assert card.first_line.startswith("🔍 CRM не знает лид 0000000000.")


def test_the_operator_withdraws(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    olya.posts(ASKS)

    assert olya.replies("отмена")

    assert marat.presses("Цена сайта") == "Вопрос уже отозван: Оля"


def test_a_reply_with_another_link_is_a_post_of_its_own(chat: Chat) -> None:
    olya = chat.operator("Оля")
    olya.posts(ASKS)

    assert not olya.replies(f"{OTHER_LINK} 2990/3990")

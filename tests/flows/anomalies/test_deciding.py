"""One press decides, another price is asked for as a reply, an explanation follows."""

from __future__ import annotations

import pytest

from bot.flows.anomalies import State
from tests.flows.anomalies.pricing import ASKS, OTHER_LINK, PRICES, plain
from tests.flows.chat import Chat
from tests.flows.world import LEAD, NEW


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

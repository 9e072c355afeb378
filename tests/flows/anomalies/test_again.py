"""The same project and prices, or the same lead, come again."""

from __future__ import annotations

import pytest

from tests.flows.anomalies.pricing import ASKS, OTHER_LINK, plain
from tests.flows.chat import Chat
from tests.flows.world import LINK


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

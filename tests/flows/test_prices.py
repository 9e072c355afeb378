"""Which of an operator's numbers is the script's price, and which the site's."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.anomalies.prices import Prices, find_prices, one_price

BOTH = Prices(script=Decimal(3990), site=Decimal(4990))
UNSURE = Prices(script=Decimal(3990), site=Decimal(4990), unsure=True)


@pytest.mark.parametrize(
    "words",
    [
        "в скрипте 3990, на сайте 4990",
        "3990 в скрипте, 4990 на сайте",
        "3990 в скрипте 4990 на сайте",
        "на сайте 4 990 ₽, скрипт 3 990₽",
        "На сайте 4.990, по скрипту 3.990",
        "скрипт3990 сайт4990",
        "Сайт - 4990р. Скрипт - 3990р.",
        "по скрипту: 3990; по сайту: 4990",
        "цена 3990 руб. в скрипте. На сайте 4990 руб.",
        "скрипт 3990 тг на сайте 4990 тенге",
        "скрипт 3990rub/сайт 4990rub",
        "3990, а на сайте 4990",
        "клиент видит 4990, в скрипте 3990",
        "в скрипте 3990 клиент видит 4990",
        "в скрипте 3,99 тыс, на сайте 4990",
        "на сайте за 2 штуки 4990 а в скрипте 3990",
        "доставка 490, скрипт 3990 сайт 4990",
        "8 701 123 45 67 скрипт 3990 сайт 4990",
        "10.03.2026 в 14:02 скрипт 3990 сайт 4990",
        "Карточка лида f5086aeebb 2019-09-11 09:18:05 в скрипте 3 990 на сайте 4 990",
    ],
)
def test_a_word_beside_the_price_tells_which_it_is(words: str) -> None:
    assert find_prices(words) == BOTH


@pytest.mark.parametrize(
    "words",
    [
        "3990/4990",
        "3990 4990",
        "3990р 4990р",
        "3 990 - 4 990",
        "3990,4990",
        "3990₽/4990₽",
        "3.990 и 4.990",
        "3990.00 vs 4990,00",
        "скрипт/сайт 3990/4990",
        "цена на сайте отличается от скрипта: 4990 / 3990",
        "f5086aeebb 3990/4990",
        "1234567890 3990/4990",
        "лид 36973, 3990/4990",
        "№ 36973 3990/4990",
        "https://crm.example/orders/36973 3990/4990",
        "crm.example/orders/36973 3990/4990",
        "клиент +7 (701) 123-45-67: 3990/4990",
        "77011234567 3990 4990",
        "091 123456 3990/4990",
        "2 шт 3990/4990",
        "powerbank 20000 мАч, 3990/4990",
        "3990/4990, заказ 10.03, возраст 45",
    ],
)
def test_without_such_a_word_the_first_is_taken_for_the_script_s(words: str) -> None:
    assert find_prices(words) == UNSURE


@pytest.mark.parametrize(
    ("words", "prices"),
    [
        ("", Prices()),
        ("какая цена?", Prices()),
        ("сайт 4990", Prices(site=Decimal(4990))),
        ("4990 по скрипту", Prices(script=Decimal(4990))),
        ("4990", Prices(loose=Decimal(4990))),
        ("3990 4990 5990", Prices()),
        ("+7 701 123-45-67", Prices()),
        ("был в 14:02 10.03.2026, 2 шт, 45 лет", Prices()),
        ("скидка 500, доставка 490", Prices()),
        ("990 790", Prices(script=Decimal(990), site=Decimal(790), unsure=True)),
        ("скрипт 20690тг, сайт 25990тг", Prices(script=Decimal(20690), site=Decimal(25990))),
        ("12 990/14 990", Prices(script=Decimal(12990), site=Decimal(14990), unsure=True)),
        ("39900 49900", Prices(script=Decimal(39900), site=Decimal(49900), unsure=True)),
        ("скрипт 990,50 сайт 50р", Prices(script=Decimal("990.50"), site=Decimal(50))),
        ("скрипт 5 тыс, сайт 6к", Prices(script=Decimal(5000), site=Decimal(6000))),
    ],
)
def test_what_else_may_be_written(words: str, prices: Prices) -> None:
    assert find_prices(words) == prices


def test_a_lead_s_number_that_the_link_names_is_no_price() -> None:
    assert find_prices("36973 3990/4990", ["36973"]) == UNSURE


@pytest.mark.parametrize(
    ("told", "more", "then"),
    [
        (Prices(), "3990/4990", UNSURE),
        (Prices(site=Decimal(4990)), "3990", BOTH),
        (Prices(site=Decimal(4990)), "скрипт 3990", BOTH),
        (Prices(site=Decimal(4990)), "3990/4990", BOTH),
        (Prices(site=Decimal(4990)), "4990/3990", BOTH),
        (Prices(script=Decimal(3990)), "4990", BOTH),
        (UNSURE, "скрипт 3990", BOTH),
        (BOTH, "5990", BOTH),
        (Prices(), "3990", Prices()),
    ],
)
def test_what_was_missing_is_filled_in(told: Prices, more: str, then: Prices) -> None:
    assert told.filled(find_prices(more)) == then


@pytest.mark.parametrize(
    ("words", "price"),
    [
        ("4490", "4490"),
        ("50", "50"),
        ("пусть будет 4 490 ₽", "4490"),
        ("4490р", "4490"),
        ("4490.50", "4490.50"),
        ("4490 или 4990", None),
        ("как обычно", None),
        ("77011234567", None),
        ("0", None),
        ("9999999", None),
    ],
)
def test_an_admin_names_one_price(words: str, price: str | None) -> None:
    assert one_price(words) == (None if price is None else Decimal(price))


_AMOUNTS = st.integers(min_value=100, max_value=200_000)


@given(_AMOUNTS, _AMOUNTS, st.sampled_from(["{}", "{:,}", "{}₽", "{} тг", "{}.00"]))
def test_labelled_prices_are_read_however_they_are_written(
    script: int, site: int, way: str
) -> None:
    one, other = (way.format(price).replace(",", " ") for price in (script, site))

    assert find_prices(f"на сайте {other}, в скрипте {one}") == Prices(
        script=Decimal(script), site=Decimal(site)
    )


@given(st.text(max_size=300))
def test_any_words_are_read_without_a_stumble(words: str) -> None:
    found = find_prices(words)
    assert all(price is None or price > 0 for price in (found.script, found.site, one_price(words)))

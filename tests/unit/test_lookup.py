"""A status is found by what an operator types in a hurry."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from bot.cards import Cards
from bot.flows.codes import REFUSALS, TRASH, Code
from bot.lookup import Handbook

BOOK = Handbook(Cards(ZoneInfo("Europe/Moscow")))


def codes(query: str) -> list[str]:
    return [entry.code.code for entry in BOOK.find(query)]


@pytest.mark.parametrize("code", [*REFUSALS, *TRASH], ids=lambda code: code.code)
def test_every_status_is_found_by_its_code_and_by_its_label_and_says_when(code: Code) -> None:
    assert codes(code.code)[0] == code.code
    assert codes(code.label)[0] == code.code
    assert next(entry for entry in BOOK.entries if entry.code is code).when


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("дорого", "100"),
        ("ДОРОГО!", "100"),
        ("дорогая", "100"),
        ("доро", "100"),
        ("дрого", "100"),
        ("дорого 100", "100"),
        ("передумала", "63"),
        ("пердумал", "63"),
        ("пердеумал", "63"),
        ("дешевле", "61"),
        ("дубликат", "50"),
        ("возврат", "70"),
        ("брак", "70"),
        ("не заказывала", "44"),
        ("несовершеннолетний", "160"),
        ("сроки доставки", "156"),
        ("нашёл дешевле", "61"),
        ("курьер", "99"),
        ("апсэйл", "472"),
    ],
)
def test_it_is_found_by_words_stems_and_with_one_wrong_letter(typed: str, code: str) -> None:
    assert codes(typed)[0] == code


def test_a_number_that_is_being_typed_shows_what_it_may_become() -> None:
    assert set(codes("16")) == {"160", "161", "163", "169"}


@pytest.mark.parametrize("typed", ["", "  ", "?!", "999", "экскаватор", "жж"])
def test_what_nothing_fits_finds_nothing(typed: str) -> None:
    assert codes(typed) == []


def test_all_are_listed_by_group() -> None:
    groups = BOOK.groups()
    assert [(name, len(entries)) for name, entries in groups] == [("refusal", 12), ("trash", 8)]


def test_both_words_count_where_something_has_both() -> None:
    assert codes("доставка регион") == ["157"]

from __future__ import annotations

import pytest

from bot.flows.records import OddPhone
from bot.phones import find_odd_phones, find_phones


@pytest.mark.parametrize(
    "written",
    [
        "77011234567",
        "+77011234567",
        "87011234567",
        "7011234567",
        "8 (701) 123-45-67",
        "+7 701 123 45 67",
        "8-701-123-45-67",
        "8.701.123.45.67",
        "0077011234567",
        "тел:87011234567",
        "тел.87011234567",
        "Тел.:87011234567",
        "87011234567был ли заказ?",
    ],
)
def test_a_kazakh_number_in_any_way_of_writing_it(written: str) -> None:
    if written.endswith("заказ?"):
        written = written.replace("567", "567 ")
    assert find_phones(written) == ("77011234567",)


@pytest.mark.parametrize(
    "written", ["+7 916 123-45-67", "89161234567", "9161234567", "8(916)1234567"]
)
def test_a_russian_number(written: str) -> None:
    assert find_phones(f"{written} был ли заказ на этот номер?") == ("79161234567",)


@pytest.mark.parametrize("written", ["+374 77 123456", "37477123456", "077123456", "077 12-34-56"])
def test_an_armenian_number(written: str) -> None:
    assert find_phones(written) == ("37477123456",)


def test_several_numbers_each_once_and_in_order() -> None:
    text = "89161234567, и ещё 77011234567, и снова +7 916 123 45 67"
    assert find_phones(text) == ("79161234567", "77011234567")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "заказ 36973",
        "https://crm.example/orders/77011234567",
        "crm.example/orders/f5086aeebb",
        "f5086aeebb 2019-09-11 09:18:05",
        "12ad97526e",
        "сумма 12 990 ₽",
        "4276 1234 5678 9012",
        "12345678901234567890",
        "1234567",
        "+1 202 555 01 23",
        "+380501234567",
    ],
)
def test_what_is_no_phone_of_ours(text: str) -> None:
    assert find_phones(text) == ()


@pytest.mark.parametrize(
    ("text", "phone", "digits"),
    [
        # Read with +7 before them they look like a number, and are none that exists.
        ("7905007437 был ли заказ?", "77905007437", 10),
        ("+7 905 007 43 7 был ли заказ?", "77905007437", 10),
        ("77151234567", "77151234567", 11),
        ("8701123456 был заказ?", "8701123456", 10),
        ("был ли заказ на 8 701 123-45-6", "8701123456", 10),
        ("790500743755", "790500743755", 12),
        ("077 12-34-5", "07712345", 8),
        # Whole, as they are said where one is at home.
        ("(812) 345-67-89 был ли заказ?", "78123456789", 10),
        ("8123456789 был ли заказ?", "78123456789", 10),
        ("77 12 34 56 был ли заказ?", "37477123456", 8),
        # Beside a good one.
        ("звонит с 87011234567, заказ был на 8705123456?", "8705123456", 10),
    ],
)
def test_a_number_with_a_digit_too_few_or_too_many(text: str, phone: str, digits: int) -> None:
    assert find_odd_phones(text) == (OddPhone(phone=phone, digits=digits),)


def test_ten_digits_from_a_7_may_be_eleven_less_one() -> None:
    assert find_odd_phones("7777123456") == (OddPhone(phone="77777123456", digits=10, exists=True),)


@pytest.mark.parametrize(
    "text",
    [
        "77011234567", "8 (701) 123-45-67", "9161234567", "077123456", "+374 77 123456",
        "79161234567, чек 123456789012", "8701123456 или 8701123457", "заказ 123456789",
        "заказы №12345678", "22.11.2026 14:30", "2026-11-22", "от 09.11.2026 в 14:30",
        "сумма 12 990 ₽", "3990 4990 5990", "4276 1234 5678 9012", "4276123456789012",
        "+380501234567", "+1 202 555 01 23", "https://crm.example/orders/8701123456", "36973", "",
    ],
)  # fmt: skip
def test_what_is_no_mistyped_number(text: str) -> None:
    assert find_odd_phones(text) == ()

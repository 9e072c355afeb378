from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.records import OddPhone
from bot.phones import Phones, read_phones
from bot.wording import masked


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
        "номер-87011234567",
        "номер -87011234567",
        "номер — 87011234567",
        "8—701—123—45—67",
        "8–701–123-45-67",
        "+7 701 – 123 – 45 – 67",
        "1) 87011234567",
        "87011234567 2 раза звонила",
        "87011234567 22.11.2026",
        "в 14:30 87011234567",
        "Мира 5/6 87011234567",
        "36973 8701-1234567",
        "9900 8701 1234567",
        "12.03 8(701)1234567",
        "в 14.30 8 701 1234567",
        "10-12 8 (701) 1234567",
        "8701 1234567 2 раза",
    ],
)
def test_a_kazakh_number_in_any_way_of_writing_it(written: str) -> None:
    if written.endswith("заказ?"):
        written = written.replace("567", "567 ")
    assert read_phones(written).found == ("77011234567",)


@pytest.mark.parametrize(
    "written", ["+7 916 123-45-67", "89161234567", "9161234567", "8(916)1234567"]
)
def test_a_russian_number(written: str) -> None:
    assert read_phones(f"{written} был ли заказ на этот номер?").found == ("79161234567",)


@pytest.mark.parametrize("written", ["+374 77 123456", "37477123456", "077123456", "077 12-34-56"])
def test_an_armenian_number(written: str) -> None:
    assert read_phones(written).found == ("37477123456",)


def test_several_numbers_each_once_and_in_order() -> None:
    text = "89161234567, и ещё 77011234567, и снова +7 916 123 45 67"
    assert read_phones(text).found == ("79161234567", "77011234567")


@pytest.mark.parametrize(
    "text",
    [
        "87011234567/89161234567",
        "8701 123 45 67/8916 123 45 67",
        "тел.8 701 123 45 67/8 916 123 45 67 был ли заказ?",
        "+7 (701) 123-45-67/+7 (916) 123-45-67",
        "87011234567 / 89161234567",
    ],
)
def test_a_slash_parts_two_numbers(text: str) -> None:
    assert read_phones(text) == Phones(found=("77011234567", "79161234567"))


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
        "39900-49900",
        "39 900 – 49 900",
        "AB-77011234567",
        "orders/77011234567",
        "77011234567/orders",
        "3990/4990",
        "14:30 22.11.2026",
    ],
)
def test_what_is_no_phone_of_ours(text: str) -> None:
    assert read_phones(text).found == ()


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
    assert read_phones(text).odd == (OddPhone(phone=phone, digits=digits),)


def test_ten_digits_from_a_7_may_be_eleven_less_one() -> None:
    assert read_phones("7777123456").odd == (OddPhone(phone="77777123456", digits=10, exists=True),)


@pytest.mark.parametrize(
    "text",
    [
        "77011234567", "8 (701) 123-45-67", "9161234567", "077123456", "+374 77 123456",
        "79161234567, чек 123456789012", "8701123456 или 8701123457", "заказ 123456789",
        "заказы №12345678", "22.11.2026 14:30", "2026-11-22", "от 09.11.2026 в 14:30",
        "сумма 12 990 ₽", "3990 4990 5990", "4276 1234 5678 9012", "4276123456789012",
        "+380501234567", "+1 202 555 01 23", "https://crm.example/orders/8701123456", "36973", "",
        "с 09.00–18.00", "сумма 7 990 — 8 990", "артикул 87654321", "чек № 123456789012",
        "7990 8990", "8 990 1500 2300",
        "7990–8990",
    ],
)  # fmt: skip
def test_what_is_no_mistyped_number(text: str) -> None:
    assert read_phones(text).odd == ()


_NATIONAL = st.from_regex(r"(?:70[0-8]|9\d\d)\d{7}", fullmatch=True)
_BETWEEN = st.text(st.sampled_from(" ()-\u2010\u2011\u2013\u2014\u2212\u00a0"), max_size=3)
_WORDS = st.text(st.sampled_from("абв ГД,!«»—-;?\n"), max_size=20)
_ANYTHING = st.text(
    st.characters(codec="utf-8") | st.sampled_from("0123456789") | st.sampled_from(" +()-–—./:"),
    max_size=60,
)


@given(
    number=_NATIONAL,
    begins=st.sampled_from(["8", "+7", "7", "007"]),
    between=st.lists(_BETWEEN, min_size=10, max_size=10),
    ahead=_WORDS,
    behind=_WORDS,
)
def test_a_number_is_found_whatever_stands_between_its_digits_and_around_it(
    number: str, begins: str, between: list[str], ahead: str, behind: str
) -> None:
    written = begins + "".join(sign + digit for sign, digit in zip(between, number, strict=True))
    assert read_phones(f"{ahead} {written} {behind}").found == (f"7{number}",)


@given(_ANYTHING)
def test_whatever_is_found_may_be_a_number_of_ours(text: str) -> None:
    phones = read_phones(text)
    for phone in phones.found:
        number = phonenumbers.parse(f"+{phone}")
        assert number.country_code in {7, 374}
        assert phonenumbers.is_possible_number(number)
    odd = {one.phone: one for one in phones.odd}
    certain = set(phones.found) - set(odd)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(f"+{one}")) for one in certain)
    assert len(set(odd) - set(phones.found)) <= 1


@given(_ANYTHING, st.sampled_from(["", " ", "; "]))
def test_what_is_found_is_hidden_on_cards_too(text: str, around: str) -> None:
    shown = masked(f"{text}{around}")
    for phone in read_phones(text).found:
        assert phone[-8:] not in re.sub(r"[^0-9a-zа-я]", "", shown)


@pytest.mark.parametrize("ahead", ["36973", "12990", "9900", "сумма 12 990", "12.03", "1200 2400"])
@pytest.mark.parametrize("phone", ["8701-1234567", "8 701 1234567", "8(701)1234567"])
def test_figures_before_a_number_leave_no_part_of_it_to_be_seen(ahead: str, phone: str) -> None:
    assert "123456" not in masked(f"{ahead} {phone}")
    assert read_phones(f"{ahead} {phone}").found == ("77011234567",)

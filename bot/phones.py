"""Phone numbers in people's words: RU, KZ and AM, in any way of writing them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers

from bot.flows.phone_shape import BETWEEN, DASHES, TWO_PRICES, WHOLE, phone_shape
from bot.flows.records import OddPhone

#: What may be meant for a number: shorter ones are sums, and what else is counted.
_SHORTEST = 8
_DATE_OR_TIME = (
    r"(?<!\d)(?:(?:0?[1-9]|[12]\d|3[01])(?:[./](?:0?[1-9]|1[0-2])[./](?:20)?2\d"
    r"|-(?:0?[1-9]|1[0-2])-20\d\d)|20\d\d-\d\d-\d\d|\d{1,2}:\d\d"
    rf"|\d{{1,2}}\.\d\d\s?[{DASHES}]\s?\d{{1,2}}\.\d\d)(?!\d)"
)
_SHAPE = phone_shape(_SHORTEST, but=_DATE_OR_TIME)
#: Nearly all that people write has not so many digits: seen before anything is cut or matched.
_MAY_HOLD_ONE = re.compile(rf"\d(?:{BETWEEN}\d){{{_SHORTEST - 1}}}")
#: Not within a word, a link or a longer run of digits: keys and ids of leads are no phones. A dash
#: before it parts it from words («номер-8701…»), a dot ends a short one («тел.8701…»).
_BEHIND = rf"(?<![\w/])(?<![A-Za-z0-9_]-)(?<!\d[{DASHES}])(?<!(?<![а-яёА-ЯЁ])\.)"
_AHEAD = r"(?![\w/])"
#: Dates, hours and prices are matched first, so that no part of them begins a number.
_NUMBERS = re.compile(
    rf"{_BEHIND}(?:{_DATE_OR_TIME}|{TWO_PRICES}|(?P<number>\+?{WHOLE}|{_SHAPE}){_AHEAD})"
)
#: «87011234567/87051234567».
_PARTED = re.compile(rf"{_BEHIND}(?:{_SHAPE}/)+{_SHAPE}{_AHEAD}")
# From a word's beginning only: else each of its letters would be tried.
_URL = re.compile(r"(?<!\S)\S+/\S*")
_COUNTRIES = frozenset({7, 374})

#: Digits of a national number: Russia and Kazakhstan (without 8 or +7), Armenia (0 or +374).
_NATIONAL_7 = 10
_NATIONAL_374 = 8

#: Of leads, in digits; and the words before it, in letters.
_LONGEST_ID = 9
_BEFORE_ID = 30
_BEGINS = re.compile(r"\+|[0789]|374")
_OF_AN_ORDER = re.compile(r"(?:заказ\w*|лид\w*|заявк\w*|[№#])[\s№#]*$", re.IGNORECASE)
_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:артикул|чек|трек|накладн|инн|иин|бин|карт|серийн|модел|код|промокод|штрих)\w*"
    r"(?:\W{1,3}(?:номер\w*|клиент\w*|товара|отправления|посылки))?\W{0,3}$",
    re.IGNORECASE,
)
_PRICE = r"(?:\d{4,5}|[1-9]\d? \d{3})"
#: «7990 8990», «8 990 1500 2300»: so many figures a phone has too.
_PRICES = re.compile(rf"(?<!\d)(?:\d{{4,5}}\s+\d{{4,5}}|{_PRICE}(?:\s+{_PRICE}){{2,}})(?!\d)")


class Phones(NamedTuple):
    """What of a text is a phone.

    Attributes:
        found: E.164 without the plus, each once, in order; links are left out.
        odd: those of them that may be mistyped; and the one thing more meant for a number. Nobody
            can be told by such a number that he never ordered; yet prefixes come into use that
            `phonenumbers` has not heard of.
    """

    found: tuple[str, ...] = ()
    odd: tuple[OddPhone, ...] = ()


_NONE = Phones()


def read_phones(text: str) -> Phones:
    """The phones of a text, and what may be meant for one."""
    if _MAY_HOLD_ONE.search(text) is None:
        return _NONE
    numbers = [(written, before, _understood(written)) for written, before in _written_in(text)]
    found = tuple(dict.fromkeys(phone for _, _, phone in numbers if phone))
    odd: list[OddPhone] = []
    for written, _, phone in numbers:
        exists = bool(phone) and _is_in_use(phone)
        if phone and not (exists and _is_whole(written)):
            odd.append(OddPhone(phone=phone, digits=len(_digits(written)), exists=exists))
    meant = [
        written
        for written, before, phone in numbers
        if not phone and _is_meant(written, before, strictly=bool(found))
    ]
    if len(meant) == 1:
        odd.append(OddPhone(phone=_national(meant[0]), digits=len(_digits(meant[0]))))
    return Phones(found, tuple({one.phone: one for one in odd}.values()))


def _written_in(text: str) -> Iterator[tuple[str, str]]:
    """What is written like a number, and the words before it; links are left out."""
    if "/" in text:
        text = _URL.sub(" ", _PARTED.sub(_apart, text))
    for found in _NUMBERS.finditer(text):
        if found["number"]:
            at = found.start()
            yield found[0], text[max(0, at - _BEFORE_ID) : at]


def _apart(numbers: re.Match[str]) -> str:
    """With a slash as it parts whole numbers; «8701… 5/6» has another."""
    each = numbers[0].split("/")
    return "; ".join(each) if all(map(_understood, each)) else numbers[0]


def _is_meant(written: str, before: str, *, strictly: bool) -> bool:
    """Of what is none; `strictly`: beside a phone, only what begins as one does."""
    digits = _digits(written)
    if _OF_SOMETHING_ELSE.search(before) or _PRICES.search(written):
        return False
    if len(digits) <= _LONGEST_ID and _OF_AN_ORDER.search(before):
        return False
    # What is written in groups may be prices.
    is_one = (digits == written and not strictly) or _BEGINS.match(written)
    return bool(is_one) and not _is_foreign(written)


def _national(written: str) -> str:
    """A whole number without its country, if there is such a one; else the bare digits.

    An 8 before nine digits begins St Petersburg's «812» as often as it stands for +7, and eight
    digits may be anything: so the number stays one that is asked for.
    """
    digits = _digits(written)
    country = {_NATIONAL_7: "7", _NATIONAL_374: "374"}.get(len(digits), "")
    if country and not written.startswith("+") and _is_in_use(country + digits):
        return country + digits
    return digits


def _digits(written: str) -> str:
    return re.sub(r"\D", "", written)


def _is_whole(written: str) -> bool:
    """No digit can be missing: without 8 or +7 the first one tells, unless it is a 7 itself.

    «7011234567» is a mobile of Kazakhstan without its 8, or +7 901 123-45-67 less a 9.
    """
    digits = _digits(written)
    return len(digits) != _NATIONAL_7 or digits[0] != "7"


def _is_in_use(phone: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(f"+{phone}"))


def _is_foreign(written: str) -> bool:
    """A number of another country, and nothing wrong with it."""
    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException:
        return False
    return number.country_code not in _COUNTRIES and phonenumbers.is_valid_number(number)


def _understood(written: str) -> str:
    """The number, by how many digits there are and which is the first; "": none of ours."""
    digits = _digits(written).removeprefix("00")
    match len(digits):
        case 11 if digits[0] in "78":
            return f"7{digits[1:]}"
        case 11 if digits.startswith("374"):
            return digits
        # Area codes of Russia and Kazakhstan begin with these.
        case 10 if digits[0] in "3479":
            return f"7{digits}"
        case 9 if digits[0] == "0":
            return f"374{digits[1:]}"
        case _:
            return ""

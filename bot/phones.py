"""Phone numbers in people's words: RU, KZ and AM, in any way of writing them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from bot.flows.asking import PHONE_SHAPE, phone_shape
from bot.flows.records import OddPhone

# A dot may end a short word: «тел.8701…».
_APART = r"(?<![\w/-])(?<!(?<![а-яёА-ЯЁ])\.)%s(?![\w/])"
#: In people's words. Not within a word, a link or a longer run of digits: keys and ids of leads are
#: no phones.
_PHONE = re.compile(_APART % PHONE_SHAPE)
#: What may be meant for a number: shorter ones are sums, and what else is counted.
_SHORTEST = 8
_NUMBER = re.compile(_APART % phone_shape(_SHORTEST))
# From a word's beginning only: else each of its letters would be tried.
_URL = re.compile(r"(?<!\S)\S+/\S*")
_COUNTRIES = frozenset({7, 374})

#: Digits of a national number: Russia and Kazakhstan (without 8 or +7), Armenia (0 or +374).
_NATIONAL_7 = 10
_NATIONAL_374 = 8

#: Of leads, in digits; and the words before it, in letters.
_LONGEST_ID = 9
_BEFORE_ID = 20
_BEGINS = re.compile(r"\+|[0789]|374")
_DATE_OR_TIME = re.compile(
    r"(?<!\d)\d{1,2}[./-]\d{1,2}[./-](?:20)?\d{2}(?!\d)|(?<!\d)\d{1,2}:\d{2}(?!\d)"
)
_OF_AN_ORDER = re.compile(r"(?:заказ\w*|лид\w*|заявк\w*|[№#])[\s№#]*$", re.IGNORECASE)


def find_phones(text: str) -> tuple[str, ...]:
    """E.164 without the plus, each once, in order; links are left out."""
    found = (_understood(match[0]) for match in _PHONE.finditer(_URL.sub(" ", text)))
    return tuple(dict.fromkeys(phone for phone in found if phone))


def find_odd_phones(text: str) -> tuple[OddPhone, ...]:
    """Of `find_phones` those that may be mistyped; and the one thing more meant for a number.

    Nobody can be told by such a number that he never ordered; yet prefixes come into use that
    `phonenumbers` has not heard of.
    """
    text = _URL.sub(" ", text)
    phones = [(found[0], _understood(found[0])) for found in _NUMBER.finditer(text)]
    odd = [
        OddPhone(phone=phone, digits=len(_digits(written)), exists=_is_in_use(phone))
        for written, phone in phones
        if phone and not (_is_in_use(phone) and _is_whole(written))
    ]
    has_phone = any(phone for _, phone in phones)
    meant = list(_meant_for_phones(_DATE_OR_TIME.sub("; ", text), strictly=has_phone))
    if len(meant) == 1:
        written = meant[0]
        odd.append(OddPhone(phone=_national(written), digits=len(_digits(written))))
    return tuple({one.phone: one for one in odd}.values())


def _meant_for_phones(text: str, *, strictly: bool) -> Iterator[str]:
    """What is written like a number and is none; `strictly`: beside one, only what begins so."""
    for found in _NUMBER.finditer(text):
        written, digits = found[0], _digits(found[0])
        before = text[max(0, found.start() - _BEFORE_ID) : found.start()]
        is_id = len(digits) <= _LONGEST_ID and _OF_AN_ORDER.search(before)
        # What is written in groups may be prices.
        is_one = (digits == written and not strictly) or _BEGINS.match(written)
        is_none = is_id or _understood(written) or _is_foreign(written)
        if len(digits) >= _SHORTEST and is_one and not is_none:
            yield written


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
    """No digit can be missing: without 8 or +7 the first one tells, unless it is a 7 itself."""
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
    for digits in _readings(_digits(written)):
        try:
            number = phonenumbers.parse(f"+{digits}")
        except phonenumbers.NumberParseException:
            continue
        if number.country_code in _COUNTRIES and phonenumbers.is_possible_number(number):
            return digits
    return ""


def _readings(digits: str) -> list[str]:
    """What the digits may mean, the likeliest first."""
    readings = []
    digits = digits.removeprefix("00")
    if len(digits) == _NATIONAL_7 + 1 and digits[0] in "78":
        readings.append(f"7{digits[1:]}")
    if len(digits) == _NATIONAL_374 + 3 and digits.startswith("374"):
        readings.append(digits)
    if len(digits) == _NATIONAL_7 and digits[0] in "3479":
        # Area codes of Russia and Kazakhstan begin with these.
        readings.append(f"7{digits}")
    if len(digits) == _NATIONAL_374 + 1 and digits[0] == "0":
        readings.append(f"374{digits[1:]}")
    return readings

"""Phone numbers in people's words: RU, KZ and AM, in any way of writing them."""

from __future__ import annotations

import re

import phonenumbers

#: Digits with what people put between them. Where it may stand is said by who looks for it.
SHAPE = r"\+?\d(?:[\s().-]{0,3}\d){8,13}"
#: In people's words. Not within a word, a link or a longer run of digits: keys and ids of leads are
#: no phones.
PHONE = re.compile(rf"(?<![\w/.-]){SHAPE}(?![\w/])")
# From a word's beginning only: else each of its letters would be tried.
_URL = re.compile(r"(?<!\S)\S+/\S*")
_COUNTRIES = frozenset({7, 374})

#: Digits of a national number: Russia and Kazakhstan (without 8 or +7), Armenia (0 or +374).
_NATIONAL_7 = 10
_NATIONAL_374 = 8


def find_phones(text: str) -> tuple[str, ...]:
    """E.164 without the plus, each once, in order; links are left out."""
    found = (_understood(match[0]) for match in PHONE.finditer(_URL.sub(" ", text)))
    return tuple(dict.fromkeys(phone for phone in found if phone))


def _understood(written: str) -> str:
    for digits in _readings(re.sub(r"\D", "", written)):
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

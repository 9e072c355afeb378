"""What a phone looks like, and its parts: for whoever looks one up or hides one. Pure."""

from __future__ import annotations

from typing import Final

#: Of every kind; for a set of signs.
DASHES: Final = r"\u2010-\u2015\u2212-"
#: What people put between the digits.
BETWEEN: Final = rf"[\s().{DASHES}]{{0,3}}"
#: All of a number in one piece, or with a gap at its code («8701-1234567»): what other figure
#: stands before it is no part of it («36973 8701-1234567»), nor one behind it («… 2 раза»).
WHOLE: Final = rf"(?:[78]{BETWEEN}\d{{3}}{BETWEEN}\d{{7}}|374\d{{8}})(?!\d)"
#: «12990–13990», «9 990 - 12 990»: two prices, where they begin.
TWO_PRICES: Final = (
    rf"[1-9]\d?[ ]?\d{{3}}\s?[{DASHES}]\s?[1-9]\d?[ ]?\d{{3}}(?!\d|[\s.{DASHES}]{{1,3}}\d)"
)


def phone_shape(fewest: int, *, but: str = "") -> str:
    """The pattern of so many digits, to fourteen, with what people put between them.

    Where it may stand is said by who looks for it.

    Args:
        fewest: digits.
        but: a pattern of what is no part of it either: it ends before that.
    """
    no_part = rf"(?<!\d){WHOLE}" + (f"|{but}" if but else "")
    digit = rf"(?!{no_part})\d"
    return rf"\+?\d(?:{BETWEEN}{digit}){{{fewest - 1},13}}"


#: A phone has no fewer digits.
PHONE_SHAPE: Final = phone_shape(9)

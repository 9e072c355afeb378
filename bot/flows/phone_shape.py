"""The one pattern of a phone: for whoever looks it up, and for whoever hides it. Pure."""

from __future__ import annotations

from typing import Final

#: Of every kind; for a set of signs.
DASHES: Final = r"\u2010-\u2015\u2212-"
#: What people put between the digits.
BETWEEN: Final = rf"[\s().{DASHES}]{{0,3}}"
#: «12990–13990», «9 990 - 12 990»: two prices, where they begin.
TWO_PRICES: Final = (
    rf"[1-9]\d?[ ]?\d{{3}}\s?[{DASHES}]\s?[1-9]\d?[ ]?\d{{3}}(?!\d|[\s.{DASHES}]{{1,3}}\d)"
)


def phone_shape(fewest: int, *, but: str = "") -> str:
    """The pattern of so many digits, to fourteen, with what people put between them.

    Where it may stand is said by who looks for it.

    Args:
        fewest: digits.
        but: a pattern of what is no part of it: it ends before that.
    """
    digit = rf"(?!{but})\d" if but else r"\d"
    return rf"\+?\d(?:{BETWEEN}{digit}){{{fewest - 1},13}}"


#: A phone has no fewer digits.
PHONE_SHAPE: Final = phone_shape(9)

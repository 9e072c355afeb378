"""How times, sums and numbers are written in messages: the filters of the templates.

And two that pick writes: Jinja's own `selectattr` takes twenty calls for what is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from bot.flows.asking import is_link
from bot.flows.phone_shape import BETWEEN, TWO_PRICES, phone_shape
from bot.flows.writes import Write


class Times:
    """Times by the call centre's clock. `zone` is its."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    @property
    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that the templates call them."""
        return {
            "clock": self.clock,
            "day": self.day,
            "short_day": self.short_day,
            "moment": self.moment,
        }

    def clock(self, at: datetime) -> str:
        """14:02."""
        return at.astimezone(self._zone).strftime("%H:%M")

    def day(self, at: datetime) -> str:
        """22.11, with the time where it matters left to `clock`."""
        return at.astimezone(self._zone).strftime("%d.%m.%Y")

    def short_day(self, at: datetime, now: datetime) -> str:
        """22.11; with the year where the reader might think of another one."""
        local = at.astimezone(self._zone)
        recent = abs(now - at) < timedelta(days=300)
        return local.strftime("%d.%m" if recent else "%d.%m.%Y")

    def moment(self, at: datetime) -> Markup:
        """A time that people wait for, in the reader's own zone: Telegram's date_time (API 9.5).

        Within it stands what an app shows that does not know it yet, by the call centre's clock.
        """
        local = at.astimezone(self._zone)
        return Markup('<tg-time unix="{}" format="dt">{}</tg-time>').format(
            int(at.timestamp()), local.strftime("%d.%m, %H:%M")
        )

    def ago(self, at: datetime, now: datetime) -> int:
        """Whole days between two times by the call centre's calendar; 0 is today."""
        there, here = at.astimezone(self._zone).date(), now.astimezone(self._zone).date()
        return (here - there) // timedelta(days=1)


_SIGNS: Mapping[str, str] = {"RUB": "₽", "KZT": "₸", "AMD": "֏"}


#: A space that does not break: a sum stays on one line.
_FIRM = "\u00a0"


def money(amount: Decimal | None, currency: str) -> str:
    """3 990 ₽, 790,50 ₽; none of its spaces breaks."""
    if amount is None:
        return ""
    whole = amount == amount.to_integral_value()
    number = f"{amount:,.0f}" if whole else f"{amount:,.2f}"
    sign = _SIGNS.get(currency, currency)
    number = number.replace(",", " ").replace(".", ",")
    return " ".join(part for part in (number, sign) if part).replace(" ", _FIRM)


def plural(number: int, one: str, few: str, many: str) -> str:
    """The Russian form that goes with a number: 1 день, 2 дня, 5 дней, 11 дней, 21 день."""
    tens, units = number % 100, number % 10
    if units == 1 and tens != 11:  # noqa: PLR2004 -- Russian grammar
        return one
    if 2 <= units <= 4 and not 12 <= tens <= 14:  # noqa: PLR2004 -- Russian grammar
        return few
    return many


#: Wider than what is looked up: to show a phone is worse than to hide what is none.
#: A date behind a number is no part of it.
_SHAPE = phone_shape(9, but=r"(?<!\d)\d\d\.\d\d\.20\d\d")
_PHONE = rf"(?<!\d){_SHAPE}(?!\d)"
#: Digits that stay: addresses, keys of leads, numbers of parcels, dates, two prices with a dash.
_NO_PHONE = rf"""
    (?<!\S)[^\s/]+/\S*
    | (?<!\w)(?:(?=\d*[a-f])[0-9a-f]{{10}}|[A-Z]{{2}}\d{{9}}[A-Z]{{2}})(?!\w)
    | (?<!\d)(?:(?:0?[1-9]|[12]\d|3[01])(?P<mark>[./-])(?:0?[1-9]|1[0-2])(?P=mark)
      (?:20\d{{2}}(?!\d)|\d{{2}}(?![.-]?\d))
      |20\d{{2}}-\d{{2}}-\d{{2}}(?!\d))
    | (?<!\d)(?<!\d[\s().-]){TWO_PRICES}
"""
_KEPT_OR_PHONE = re.compile(rf"(?P<kept>{_NO_PHONE})|{_PHONE}", re.VERBOSE)
#: So many digits are a number only to him who asks about it.
_SHORT_PHONE = 8


def masked(words: str, phone: str = "") -> str:
    """People's words with phones cut to their last four digits: …4567.

    For chats. What goes into a lead keeps them: they are its own client's.

    Args:
        words: theirs.
        phone: what the case is about: hidden also where it is short enough for an order's number.
    """
    words = _KEPT_OR_PHONE.sub(_kept_or_cut, words)
    if len(phone) >= _SHORT_PHONE:
        short = BETWEEN.join(phone[-_SHORT_PHONE:])
        words = re.sub(rf"(?<![\d/]){short}(?!\d)", _cut, words)
    return words


def _kept_or_cut(found: re.Match[str]) -> str:
    kept = found["kept"]
    if kept is None:
        return _cut(found)
    # A slash alone makes no link: «87011234567/87051234567».
    return kept if "/" not in kept or is_link(kept) else re.sub(_PHONE, _cut, kept)


def _cut(found: re.Match[str]) -> str:
    return f"…{re.sub(r'[^0-9]', '', found[0])[-4:]}"


def lasted(seconds: int) -> str:
    """3:15."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def spent(time: timedelta) -> str:
    """45 мин, 1 ч, 1 ч 05 мин; to the minute."""
    hours, minutes = divmod(max(0, round(time / timedelta(minutes=1))), 60)
    if not hours:
        return f"{minutes} мин"
    return f"{hours} ч {minutes:02d} мин" if minutes else f"{hours} ч"


def joined(parts: Iterable[str]) -> Markup:
    """What there is of them, with dots between."""
    return Markup(" · ").join([part for part in parts if part])


def in_state(writes: Iterable[Write], state: str) -> list[Write]:
    """Those that have come so far (`WriteState`)."""
    return [write for write in writes if write.state == state]


def of_kind(writes: Iterable[Write], what: str) -> list[Write]:
    """Those of that `Write.what`."""
    return [write for write in writes if write.what == what]


#: By the names that the templates call them.
WORDING: Mapping[str, Callable[..., Any]] = {
    "money": money,
    "plural": plural,
    "lasted": lasted,
    "spent": spent,
    "masked": masked,
    "in_state": in_state,
    "of_kind": of_kind,
}

"""Pure: a case becomes a Card. The words are in `bot/templates/`, one file per flow.

A flow's template has the macros `title()`, `help()`, `label(action, case, arg)`, `card(case, now)`,
`brief(case, now, place, post_link, own_card)`, `answer(key, case)`, `late(case)`,
`notice(what, case, now, link)` and `comment(what, case, now)`; `board(what, shown, now)` where the
flow has `boards`. For reports it may have `state(name)` and `deed(action)`, a short word each; what
these do not know `records.j2` is asked. Jinja escapes whatever people or CRMs wrote.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from jinja2 import (
    BytecodeCache,
    Environment,
    PackageLoader,
    StrictUndefined,
    TemplateNotFound,
    UndefinedError,
)
from jinja2.bccache import Bucket
from jinja2.runtime import Macro
from markupsafe import Markup

from bot.flows.base import Flow
from bot.flows.codes import Code
from bot.flows.records import Case

#: The press that asks for a card of its own, out of a digest. No flow has such an action.
OWN_CARD = "own_card"

#: Telegram's limit of a press's data.
DATA_BYTES = 64


_PRESS = re.compile(r"([0-9]{1,18}):([0-9]{1,6}):([a-z_]{1,32})(?::([A-Za-z0-9_-]{1,20}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A button as it is shown. `data` is `<case>:<round>:<action>`, or with `:<arg>` behind it."""

    text: str
    data: str
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A message: HTML as Telegram reads it, and rows of buttons."""

    text: str
    buttons: tuple[tuple[Key, ...], ...] = ()

    @property
    def fingerprint(self) -> str:
        """Cards that look the same have the same one: an edit that changes nothing is not sent."""
        look = repr((self.text, self.buttons)).encode()
        return hashlib.blake2s(look, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a button's data says."""

    case: int
    round: int
    action: str
    arg: str = ""

    @classmethod
    def read(cls, data: str) -> Press | None:
        """The press, or None for data that is not ours."""
        found = _PRESS.fullmatch(data)
        if found is None:
            return None
        return cls(case=int(found[1]), round=int(found[2]), action=found[3], arg=found[4] or "")

    def __str__(self) -> str:
        """As it stands on the button."""
        data = f"{self.case}:{self.round}:{self.action}"
        return f"{data}:{self.arg}" if self.arg else data


class _Compiled(BytecodeCache):
    """The templates' code, compiled once in a process: that takes a third of a second."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


class Cards:
    """Renders what people read. `zone` is the call centre's."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._environment = Environment(
            loader=PackageLoader("bot"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            # They do not change while the bot runs: no look at the disk for each card.
            auto_reload=False,
            bytecode_cache=_COMPILED,
        )
        self._environment.filters.update(
            clock=self.clock,
            day=self.day,
            short_day=self.short_day,
            moment=self.moment,
            money=money,
            plural=plural,
            lasted=lasted,
            spent=spent,
            masked=masked,
        )
        self._environment.globals["ago"] = self.ago
        # The words of states and actions: the same for thousands of rows of a report.
        self._words: dict[tuple[str, str, str], str] = {}
        self._macros: dict[tuple[str, str], Macro] = {}

    # --- what is rendered ----------------------------------------------------------------------

    def card(self, flow: Flow[Any], case: Case[Any], now: datetime) -> Card:
        """The card of a case as it is now."""
        return Card(text=self._html(flow.name, "card", case, now), buttons=self.keys(flow, case))

    def keys(self, flow: Flow[Any], case: Case[Any]) -> tuple[tuple[Key, ...], ...]:
        """The rows of buttons of a case as it is now."""
        return tuple(
            tuple(
                Key(
                    text=self._plain(flow.name, "label", button.action.value, case, button.arg),
                    data=str(
                        Press(
                            case=case.id,
                            round=case.round,
                            action=button.action.value,
                            arg=button.arg,
                        )
                    ),
                    style=button.style,
                )
                for button in row
            )
            for row in flow.buttons(case)
        )

    def brief(
        self,
        flow: Flow[Any],
        case: Case[Any],
        now: datetime,
        place: int,
        post_link: str,
        own_card: bool,  # noqa: FBT001 -- a macro's argument
    ) -> str:
        """A case in a digest: HTML of two lines or three."""
        return self._html(flow.name, "brief", case, now, place, post_link, own_card)

    def notice(
        self, flow: Flow[Any], case: Case[Any], what: str, now: datetime, link: str = ""
    ) -> Card:
        """A message to a person about a case; `link` leads to its card."""
        return Card(text=self._html(flow.name, "notice", what, case, now, link))

    def comment(self, flow: Flow[Any], case: Case[Any], what: str, now: datetime) -> str:
        """A comment for the lead record: plain text, without its tag."""
        return self._plain(flow.name, "comment", what, case, now)

    def answer(self, flow: Flow[Any], case: Case[Any], key: str) -> str:
        """What the person who pressed reads at once: plain text."""
        return self._plain(flow.name, "answer", key, case)

    def late(self, flow: Flow[Any], case: Case[Any]) -> str:
        """What a press reads that comes too late: plain text."""
        return self._plain(flow.name, "late", case)

    def board(
        self, flow: Flow[Any], what: str, cases: tuple[Case[Any], ...], now: datetime
    ) -> Card:
        """How the chat stands: the answer to one of its commands (`Flow.boards`)."""
        shown = flow.board(what, cases, now)
        return Card(text=self._html(flow.name, "board", what, shown, now))

    def title(self, flow: str) -> str:
        """What people call the working chat of that flow: plain text."""
        return self._plain(flow, "title")

    def state_word(self, flow: str, state: str) -> str:
        """What people call a state, for reports: plain text."""
        return self._word(flow, "state", state)

    def deed_word(self, flow: str, action: str) -> str:
        """What people call an action or a fact, for reports: plain text."""
        return self._word(flow, "deed", action)

    def common(self, what: str, **words: Any) -> Card:
        """A message that belongs to no case; `<template>.<what>` is another template's `say`."""
        return Card(text=self._html(*_place_of(what), words))

    def asking(
        self, what: str, words: dict[str, Any], keys: Sequence[Sequence[tuple[str, Any, str]]]
    ) -> Card:
        """The same with rows of buttons: (what each says, its words, its data)."""
        buttons = tuple(
            tuple(
                Key(text=self.common_plain(label, **given), data=data) for label, given, data in row
            )
            for row in keys
        )
        return Card(text=self.common(what, **words).text, buttons=buttons)

    def lines(self, template: str, macro: str, *arguments: Any) -> list[str]:
        """The lines of a macro, as plain text: the headings of a table."""
        return self._plain(template, macro, *arguments).splitlines()

    def common_plain(self, what: str, **words: Any) -> str:
        """The same as plain text, for the answer to a press."""
        return self._plain(*_place_of(what), words)

    def when(self, code: Code) -> tuple[str, str]:
        """When a sub-status is used, and what else people call it: plain text."""
        return (
            self._plain("codes", "when", code.when_key),
            self._plain("codes", "also", code.when_key),
        )

    # --- how ------------------------------------------------------------------------------------

    def _macro(self, template: str, macro: str) -> Macro:
        found = self._macros.get((template, macro))
        if found is None:
            try:
                module = self._environment.get_template(f"{template}.j2").module
            except TemplateNotFound as error:
                raise LookupError(f"bot/templates/{template}.j2 is missing") from error
            found = self._macros[template, macro] = getattr(module, macro)
        return found

    def _word(self, flow: str, kind: str, name: str) -> str:
        """The flow's own word, else the word that all flows share, else the name itself."""
        key = (flow, kind, name)
        if key not in self._words:
            self._words[key] = (
                self._optional(flow, kind, name) or self._optional("records", kind, name) or name
            )
        return self._words[key]

    def _optional(self, template: str, macro: str, name: str) -> str:
        """What a macro says of that name; "" where there is no such macro, or it does not know."""
        try:
            return self._plain(template, macro, name)
        except (LookupError, AttributeError, UndefinedError):
            return ""

    def _html(self, template: str, macro: str, *arguments: Any) -> str:
        return _tidy(str(self._macro(template, macro)(*arguments)))

    def _plain(self, template: str, macro: str, *arguments: Any) -> str:
        """Plain text: what was escaped on the way in is itself again."""
        return html.unescape(self._html(template, macro, *arguments))

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


def _place_of(what: str) -> tuple[str, str, str]:
    """The template, its macro and the word for a message that belongs to no case."""
    template, _, word = what.rpartition(".")
    return template or "common", "say", word


def _tidy(text: str) -> str:
    """Templates are laid out for their reader; a line of its own with ¶ is an empty line."""
    lines = [line.strip() for line in text.splitlines()]
    kept = "\n".join("" if line == "¶" else line for line in lines if line)
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


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


# Whatever looks like a phone in people's words; not within a link or a key.
_PHONE = re.compile(r"(?<![\w/.-])\+?\d(?:[\s().-]{0,3}\d){8,13}(?![\w/])")


def masked(words: str) -> str:
    """People's words with phones cut to their last four digits: …4567."""
    return _PHONE.sub(lambda found: f"…{re.sub(r'[^0-9]', '', found[0])[-4:]}", words)


def lasted(seconds: int) -> str:
    """3:15."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def spent(time: timedelta) -> str:
    """45 мин, 1 ч, 1 ч 05 мин; to the minute."""
    hours, minutes = divmod(max(0, round(time / timedelta(minutes=1))), 60)
    if not hours:
        return f"{minutes} мин"
    return f"{hours} ч {minutes:02d} мин" if minutes else f"{hours} ч"

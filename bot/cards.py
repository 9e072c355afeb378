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
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
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
from jinja2.runtime import Context, Macro

from bot.flows.base import Flow
from bot.flows.codes import Code
from bot.flows.records import Case
from bot.wording import WORDING, Times, joined

#: The press that asks for a card of its own, out of a digest. No flow has such an action.
OWN_CARD = "own_card"

#: Telegram's limit of a press's data.
DATA_BYTES = 64


_PRESS = re.compile(r"([0-9]{1,18}):([0-9]{1,6}):([a-z_]{1,32})(?::([A-Za-z0-9_-]{1,20}))?")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Key:
    """A button as it is shown. `data` is `<case>:<round>:<action>`, or with `:<arg>` behind it."""

    text: str
    data: str
    style: str = ""

    def __repr__(self) -> str:
        """As a dataclass has it, without its guard: seven are asked a round, for fingerprints."""
        return f"Key(text={self.text!r}, data={self.data!r}, style={self.style!r})"


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


class _Context(Context):
    """Macros are called as they are: Jinja first asks each, twice, what it wants to be given."""

    def call(self, macro: Any, /, *given: Any, **named: Any) -> Any:
        """Call a macro, or whatever else a template calls."""
        if macro.__class__ is not Macro:
            return super().call(macro, *given, **named)
        # The compiler's, for callables that want the context: no macro of ours is one.
        named.pop("_loop_vars", None)
        named.pop("_block_vars", None)
        return macro(*given, **named)


class _Environment(Environment):
    context_class = _Context


class Cards:
    """Renders what people read. `zone` is the call centre's."""

    def __init__(self, zone: tzinfo) -> None:
        self._environment = _Environment(
            loader=PackageLoader("bot"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            # They do not change while the bot runs: no look at the disk for each card.
            auto_reload=False,
            bytecode_cache=_COMPILED,
        )
        self.times = Times(zone)
        self._environment.filters.update(WORDING, **self.times.filters)
        self._environment.globals |= {"ago": self.times.ago, "joined": joined}
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

    def chosen(self, flow: Flow[Any], case: Case[Any], action: str, arg: str) -> str:
        """Which of several things a button of the case names, for reports: plain text.

        It is what the button says besides the action's own word; "" where it names none.
        """
        if not arg or action in flow.unsaid:
            return ""
        said = self._plain(flow.name, "label", action, case, arg)
        return _without_icon(said).removeprefix(self.deed_word(flow.name, action)).strip(" :")

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

    def report_words(self, macro: str, *arguments: Any) -> str:
        """What a macro of `records.j2` says, for reports: plain text."""
        return self._plain("records", macro, *arguments)

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


def _place_of(what: str) -> tuple[str, str, str]:
    """The template, its macro and the word for a message that belongs to no case."""
    template, _, word = what.rpartition(".")
    return template or "common", "say", word


def _without_icon(label: str) -> str:
    """What a button says, from its first letter or digit on."""
    return re.sub(r"^[^\w№]+", "", label)


def _tidy(text: str) -> str:
    """Templates are laid out for their reader; a line of its own with ¶ is an empty line."""
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) == 1:
        return "" if lines[0] == "¶" else lines[0]
    kept = "\n".join("" if line == "¶" else line for line in lines if line)
    return re.sub(r"\n{3,}", "\n\n", kept).strip()

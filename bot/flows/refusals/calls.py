"""Whose refusal it is: the calls of a lead, and the first who talked more than 60 seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zlib import crc32

from bot.flows.names import same_person
from bot.flows.orders import short
from crm_api.port import Call

#: Seconds; exactly so many are not enough (handbook section 2).
LONG_TALK = 60
#: Lines that a card has room for, and operators that it has buttons for.
_MOST_SHOWN = 6
_MOST_OPERATORS = 6
_LONGEST_URL = 300
_WEB = re.compile(r"https?://\S+")


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A call as the card shows it. `talked` is in seconds; `own`: it is the poster's."""

    operator: str
    at: datetime | None
    talked: int
    answered: bool
    own: bool
    recording: str

    @property
    def counts(self) -> bool:
        """Whether a refusal may belong to this call."""
        return bool(self.operator) and self.answered and not self.own and self.talked > LONG_TALK


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Somebody who has called the client. `counts`: one of his calls does."""

    name: str
    counts: bool


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The calls of a lead.

    Attributes:
        shown: those that the card has room for, oldest first; the rule's one is among them.
        hidden: how many more there are.
        first: the call by which the refusal belongs to its operator; None: there is none.
        operators: everybody else than the poster who called, those whose talks count first.
        own: whether some are the poster's.
    """

    shown: tuple[Talk, ...]
    hidden: int
    first: Talk | None
    operators: tuple[Operator, ...]
    own: bool = False


def mark_of(name: str) -> str:
    """A name in eight letters and digits: its place in a list is another's after a new reading."""
    return f"{crc32(name.encode()):08x}"


def calls_of(calls: Sequence[Call], poster: str) -> Calls:
    """The calls as the rule sees them; `poster` is the name of him whose calls do not count."""
    talks = sorted((_talk(call, poster) for call in calls), key=_start)
    long = [talk for talk in talks if talk.counts]
    first = long[0] if long else None
    # What says nothing is left out first: calls that nobody took, the latest of them.
    by_weight = sorted(talks, key=lambda talk: (talk != first, not talk.counts, not talk.talked))
    shown = sorted(by_weight[:_MOST_SHOWN], key=_start)
    counting = dict.fromkeys(talk.operator for talk in long)
    others = dict.fromkeys(
        talk.operator
        for talk in talks
        if talk.operator and not talk.own and talk.operator not in counting
    )
    operators = [Operator(name=name, counts=name in counting) for name in (*counting, *others)]
    return Calls(
        shown=tuple(shown),
        hidden=len(talks) - len(shown),
        first=first,
        operators=tuple(operators[:_MOST_OPERATORS]),
        own=any(talk.own for talk in talks),
    )


def _start(talk: Talk) -> datetime:
    """For sorting: a call without a time proves no first place, so it stands last."""
    return talk.at or datetime.max.replace(tzinfo=UTC)


def _talk(call: Call, poster: str) -> Talk:
    link = _WEB.fullmatch(call.recording[:_LONGEST_URL])
    return Talk(
        operator=short(call.operator),
        at=call.started_at,
        talked=call.talked,
        answered=call.answered,
        own=same_person(call.operator, poster),
        recording=link[0] if link and len(call.recording) <= _LONGEST_URL else "",
    )

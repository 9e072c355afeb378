"""Shifts and places: what somebody has spent of his shift, and who may leave now. Pure.

A shift is not a calendar day: it goes on over midnight. It is a row of pauses without a long gap
(`Times.shift_gap`) between them, after the last «смену закончила».
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.flows.pauses.case import (
    TAKES_PLACE,
    Kind,
    Part,
    Spent,
    State,
    Thing,
    Times,
    Wish,
)
from bot.flows.records import Person

_NONE = timedelta()


class Verdict(StrEnum):
    """What becomes of somebody who wants to leave."""

    GO = "go"
    #: As many as may are away.
    QUEUE = "queue"
    #: The shift's allowance does not last.
    ASK = "ask"


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Somebody's shift. `over_at`: None: it goes on."""

    person: Person
    spent: tuple[Spent, ...]
    over_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Board:
    """How the chat stands: who is off the line, who waits, what was spent of the shifts."""

    places: int
    away: tuple[Thing, ...]
    waiting: tuple[Thing, ...]
    shifts: tuple[Shift, ...]


def parts_of_shift(
    cases: Iterable[Thing], person: int, now: datetime, gap: timedelta
) -> tuple[Part, ...]:
    """The person's pauses in the shift that he is on now, the oldest first."""
    own = [case for case in cases if case.poster.id == person]
    over = max((one.data.over_at for one in own if one.data.over_at is not None), default=None)
    parts = sorted((part for case in own for part in case.data.parts), key=lambda one: one.since)
    found: list[Part] = []
    later = now
    for part in reversed(parts):
        if later - (part.ended or now) >= gap or (over is not None and part.since < over):
            break
        found.insert(0, part)
        later = part.since
    return tuple(found)


def spent(parts: Sequence[Part], now: datetime) -> tuple[Spent, ...]:
    """What went into each kind that there was; what goes on counts up to now.

    Nobody is away twice at once: minutes that two pauses share (two groups became one, or a post
    was found late) are of the one that began last, and of one that goes on before all others.
    """
    found: dict[Kind, timedelta] = {}
    order = sorted(parts, key=lambda part: (part.ended is None, part.since))
    for number, part in enumerate(order):
        own = _lasted(order[number:], now) - _lasted(order[number + 1 :], now)
        found[part.kind] = found.get(part.kind, _NONE) + own
    return tuple(Spent(kind=kind, time=found[kind]) for kind in Kind if kind in found)


def _lasted(parts: Iterable[Part], now: datetime) -> timedelta:
    """How long somebody was away, for whatever reason."""
    time, known = _NONE, datetime.min.replace(tzinfo=now.tzinfo)
    for part in sorted(parts, key=lambda one: one.since):
        until = part.ended or now
        time += max(_NONE, until - max(part.since, known))
        known = max(known, until)
    return time


def taken(cases: Iterable[Thing]) -> int:
    """How many places are taken."""
    return sum(case.state in TAKES_PLACE for case in cases)


def queue(cases: Iterable[Thing]) -> list[Thing]:
    """Who waits for a place, the first in the queue first."""
    return sorted((case for case in cases if case.state == State.QUEUED), key=_turn)


def _turn(case: Thing) -> tuple[datetime, int]:
    return case.data.since or case.posted_at, case.id


def _ahead(cases: Iterable[Thing], own: tuple[Thing, ...]) -> int:
    """How many wait before him."""
    for case in own:
        if case.state == State.CALLED:
            return 0
        if case.state == State.QUEUED:
            return sum(_turn(other) < _turn(case) for other in queue(cases))
    return len(queue(cases))


def lasts(
    wish: Wish, cases: Iterable[Thing], person: int, now: datetime, times: Times
) -> tuple[bool, timedelta]:
    """Whether the shift's allowance lasts for it, and what is spent of it by now.

    The pause that he is on does not count: the wish stands for it.
    """
    parts = parts_of_shift(cases, person, now, times.shift_gap)
    on = tuple(part for part in parts if part.ended is None)
    spent_ = _of(wish.kind, spent(parts, now)) - _of(wish.kind, spent(on, now))
    allowed = times.allowed(wish.kind)
    return allowed is None or spent_ + wish.length <= allowed, spent_


def _of(kind: Kind, shares: Iterable[Spent]) -> timedelta:
    return sum((one.time for one in shares if one.kind is kind), _NONE)


def judge(
    wish: Wish, cases: Sequence[Thing], own: tuple[Thing, ...], person: int, now: datetime,
    times: Times,
) -> Verdict:  # fmt: skip
    """Whether he may leave without a supervisor's word.

    Args:
        wish: the pause.
        cases: the chat's.
        own: the case that stands for him now, which is not among them.
        person: his id.
        now: the time.
        times: the settings.
    """
    if times.allowed(wish.kind) is None:
        return Verdict.GO
    if not lasts(wish, (*cases, *own), person, now, times)[0]:
        return Verdict.ASK
    # Whoever waits already goes first.
    return Verdict.GO if taken(cases) + _ahead(cases, own) < times.places else Verdict.QUEUE


def called(cases: Iterable[Thing], places: int) -> tuple[int, ...]:
    """Ids of the cases whose turn it is."""
    there = tuple(cases)
    free = max(0, places - taken(there))
    return tuple(case.id for case in queue(there)[:free])


def board(cases: Sequence[Thing], now: datetime, times: Times) -> Board:
    """How the chat stands."""
    off = [case for case in cases if case.state in TAKES_PLACE]
    asked = [case for case in cases if case.state == State.ASKED]
    people = {case.poster.id: case.poster for case in cases}
    return Board(
        places=times.places,
        away=tuple(sorted(off, key=lambda case: case.data.now.until if case.data.now else now)),
        waiting=(*queue(cases), *asked),
        shifts=tuple(
            shift
            for person in sorted(people.values(), key=lambda one: one.name)
            if (shift := _shift(cases, person, now, times)).spent
        ),
    )


def _shift(cases: Sequence[Thing], person: Person, now: datetime, times: Times) -> Shift:
    """The shift that he is on, else the one that he has finished."""
    parts = parts_of_shift(cases, person.id, now, times.shift_gap)
    if parts:
        return Shift(person=person, spent=spent(parts, now))
    ends = [case for case in cases if case.poster.id == person.id and case.data.over_at is not None]
    if not ends:
        return Shift(person=person, spent=())
    return Shift(person=person, spent=ends[-1].data.spent, over_at=ends[-1].data.over_at)

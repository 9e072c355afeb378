"""Walks through a flow's table until nothing new is seen; shared by all that judge every case."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from itertools import combinations
from typing import Any

from bot.flows.base import Flow, IllegalAction, NotAllowed, Step
from bot.flows.records import Action, Case
from tests.flows.arounds import arounds
from tests.flows.life import Life, deeds, openings
from tests.flows.world import NOW, World

#: Decisions fall half a minute after the post.
LATER = NOW + timedelta(seconds=30)


@dataclass(frozen=True)
class Move:
    """One legal step."""

    before: Life
    action: Action
    step: Step[Any]
    after: Life


@dataclass(frozen=True)
class Explored:
    """What can be met in a flow.

    Attributes:
        opened: as posts open them, of new leads and of leads that were closed before.
        lives: they differ from each other in at least two traits.
        moves: all legal steps from those lives.
    """

    opened: tuple[Life, ...]
    lives: tuple[Life, ...]
    moves: tuple[Move, ...]

    @cached_property
    def cases(self) -> tuple[Case[Any], ...]:
        """Every case that was met, once, also those that were not gone on with."""
        met = (*(life.case for life in self.lives), *(move.after.case for move in self.moves))
        return tuple(dict.fromkeys(met))


def explore(flow: Flow[Any], world: World, now: datetime = LATER) -> Explored:
    """Breadth first. A life is gone on with if two of its traits were never seen together."""
    seen: set[Any] = set()
    lives: list[Life] = []
    moves: list[Move] = []
    opened = list(openings(flow, world, None, NOW))
    queue = deque(opened)
    while queue:
        life = queue.popleft()
        traits = set(combinations(_traits(life), 2))
        if traits <= seen:
            continue
        seen |= traits
        lives.append(life)
        for action, step in _legal(flow, world, life, now):
            after = life.after(flow, action, step)
            moves.append(Move(before=life, action=action, step=step, after=after))
            queue.append(after)
        if not flow.is_open(life.case):
            later = now + timedelta(minutes=1)
            again = [
                replace(one, case=replace(one.case, id=life.case.id + 1))
                for one in openings(flow, world, life.case, later)
            ]
            opened += again
            queue.extend(again)
    return Explored(opened=tuple(opened), lives=tuple(lives), moves=tuple(moves))


def _legal(
    flow: Flow[Any], world: World, life: Life, now: datetime
) -> Iterator[tuple[Action, Step[Any]]]:
    """What is legal, and what comes of it; once, where it is the same whatever is around."""
    for one in (*deeds(flow, world, life.case), *life.facts(flow, world)):
        steps: list[Step[Any]] = []
        for around in arounds(flow):
            action = replace(one, around=around)
            try:
                step = flow.decide(life.case, action, now)
            except (IllegalAction, NotAllowed):
                continue
            if step not in steps:
                steps.append(step)
                yield action, step


def tried(flow: Flow[Any], world: World, life: Life) -> Iterator[Action]:
    """All that may be tried or happen, in each chat that may be around the case."""
    for action in (*deeds(flow, world, life.case), *life.facts(flow, world)):
        for around in arounds(flow):
            yield replace(action, around=around)


def _traits(life: Life) -> list[tuple[str, Any]]:
    data = life.case.data
    return [
        ("state", life.case.state),
        # What somebody decides on his own post may differ.
        ("poster", life.case.poster.id),
        ("crm", frozenset(one.kind for one in life.crm)),
        *((one.name, _shape(getattr(data, one.name))) for one in dataclasses.fields(data)),
    ]


def _shape(value: Any) -> Any:
    """What may matter to a rule or a text: not the words, but whether there are any."""
    if value is None or isinstance(value, bool | Enum):
        return value
    if isinstance(value, tuple):
        return (min(len(value), 2), _shape(value[-1]) if value else None)
    if dataclasses.is_dataclass(value):
        return tuple(_shape(getattr(value, one.name)) for one in dataclasses.fields(value))
    if isinstance(value, int):
        return min(value, 2)
    return bool(value)

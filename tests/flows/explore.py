"""Walks through a flow's table until nothing new is seen; shared by all that judge every case."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import cache, cached_property
from itertools import combinations
from typing import Any

from bot.flows.base import Flow, IllegalAction, NotAllowed, Step
from bot.flows.copies import replace as copied
from bot.flows.records import Action, Actor, Around, Case, Person, Post, Role
from tests.flows.arounds import arounds
from tests.flows.life import Life, deeds_by_name, openings
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
        moves: the legal steps from those lives, each unlike the others.
    """

    opened: tuple[Life, ...]
    lives: tuple[Life, ...]
    moves: tuple[Move, ...]

    @cached_property
    def some(self) -> Explored:
        """For what takes long with each, as to show it: all lives, each kind of move, and of moves
        of one kind every fourth.
        """
        kinds = {_outward(move): move for move in reversed(self.moves)}
        first = {id(move) for move in kinds.values()}
        kept = [
            move for number, move in enumerate(self.moves) if number % 4 == 0 or id(move) in first
        ]
        return Explored(opened=self.opened, lives=self.lives, moves=tuple(kept))

    @cached_property
    def cases(self) -> tuple[Case[Any], ...]:
        """Every case that was met, once, also those that were not gone on with."""
        begun = (life.case for life in (*self.opened, *self.lives))
        met = (*begun, *(move.after.case for move in self.moves))
        return tuple(dict.fromkeys(met))


def explore(flow: Flow[Any], world: World, now: datetime = LATER) -> Explored:
    """Breadth first. A life is gone on with if two of its traits were never seen together; of moves
    that are alike in all that may matter one is kept.
    """
    posts = _openers(flow, world)
    traits = _Traits()
    known: set[tuple[int, ...]] = set()
    seen: set[tuple[int, int]] = set()
    made: set[Any] = set()
    lives: list[Life] = []
    moves: list[Move] = []
    opened = list(openings(flow, world.posts, None, NOW))
    queue = deque((life, traits.of(life)) for life in opened)
    while queue:
        life, its = queue.popleft()
        if its in known:
            continue
        known.add(its)
        pairs = set(combinations(its, 2))
        if pairs <= seen:
            continue
        seen |= pairs
        lives.append(life)
        for action, step in _legal(flow, world, life, now):
            after = life.after(flow, action, step)
            move = Move(before=life, action=action, step=step, after=after)
            become = traits.of(after)
            alike = (*_outward(move), become)
            if alike not in made:
                made.add(alike)
                moves.append(move)
                queue.append((after, become))
        if not flow.is_open(life.case):
            later = now + timedelta(minutes=1)
            again = [
                replace(one, case=replace(one.case, id=life.case.id + 1))
                for one in openings(flow, posts, life.case, later)
            ]
            opened += again
            queue.extend((life, traits.of(life)) for life in again)
    return Explored(opened=tuple(opened), lives=tuple(lives), moves=tuple(moves))


def _openers(flow: Flow[Any], world: World) -> tuple[Post, ...]:
    """The posts that mean something here, each something else."""
    kept: list[Post] = []
    traits = _Traits()
    known: set[tuple[int, ...]] = set()
    for post in world.posts:
        these = {traits.of(life) for life in openings(flow, (post,), None, NOW)}
        if not these <= known:
            kept.append(post)
            known |= these
    return tuple(kept)


def _outward(move: Move) -> tuple[Any, ...]:
    """What tells a move from others, besides what the case has become."""
    by, effects = move.action.by, move.step.effects
    return (
        id(move.step.rule),
        move.action.name,
        move.action.what.deadline,
        None if by is None else (by.roles, by.person == move.before.case.poster),
        tuple((one.kind, getattr(one, "what", ""), getattr(one, "name", "")) for one in effects),
    )


def _legal(
    flow: Flow[Any], world: World, life: Life, now: datetime
) -> Iterator[tuple[Action, Step[Any]]]:
    """What is legal, and what comes of it: once for each who does it, where it is the same
    whatever is said, read or around.
    """
    came: defaultdict[Any, list[Step[Any]]] = defaultdict(list)
    for one in _not_hopeless(flow, world, life):
        # To hash a person and his roles takes longer than all the rest.
        steps = came[
            one.name, one.by and one.by.person.id, one.by and one.by.roles, one.what.deadline
        ]
        for action, step in _seeing(flow, life.case, one, now):
            if step not in steps:
                steps.append(step)
                yield action, step


def _not_hopeless(flow: Flow[Any], world: World, life: Life) -> Iterator[Action]:
    """What is tried or brought by somebody who may do that at all. He is asked about once for each
    name: most of the millions of tries differ in their words only.
    """
    case = life.case
    who = replace(world, actors=_unlike(flow, world, case))
    for name, tries in deeds_by_name(flow, who, case).items():
        may = {one.person.id for one in who.actors if _may_ever(flow, case, name, one)}
        if may:
            yield from [one for one in tries if one.by and one.by.person.id in may]
    for fact in life.facts(flow, world):
        if _may_ever(flow, case, fact.name, fact.by):
            yield fact


def _may_ever(flow: Flow[Any], case: Case[Any], name: str, by: Actor | None) -> bool:
    """Whether he may do that at all, whatever he says and whatever is around."""
    for rule in flow.table.get((case.state, name), ()):
        if rule.who.refusal(case, by) is None:
            return True
    return False


class _Watched(Around):
    """An empty chat that knows whether anybody has looked around in it."""

    def __getattribute__(self, name: str) -> Any:
        if name in _AROUND:
            object.__setattr__(self, "looked", True)
        return super().__getattribute__(name)


_AROUND = {one.name for one in dataclasses.fields(Around)}


def _seeing(
    flow: Flow[Any], case: Case[Any], action: Action, now: datetime
) -> Iterator[tuple[Action, Step[Any]]]:
    """What comes of an action with everything that may be around. A decision that has not looked
    is the same whatever there is.
    """
    empty, *more = arounds(flow)
    assert action.around == empty
    watched = _Watched()
    first = copied(action, around=watched) if more else action
    with contextlib.suppress(IllegalAction, NotAllowed):
        yield action, flow.decide(case, first, now)
    for around in more if hasattr(watched, "looked") else ():
        seeing = copied(action, around=around)
        with contextlib.suppress(IllegalAction, NotAllowed):
            yield seeing, flow.decide(case, seeing, now)


def _unlike(flow: Flow[Any], world: World, case: Case[Any]) -> tuple[Actor, ...]:
    """One of those whom nothing tells apart: neither the case nor what is around it names them,
    and they have the same of the roles that the flow's table asks for.
    """
    met = _people(case) | _around(flow)
    roles = _roles(flow)
    kinds = {
        (one.person.id if one.person.id in met else 0, one.roles & roles, one.crm_name): one
        for one in reversed(world.actors)
    }
    return tuple(reversed(kinds.values()))


@cache
def _roles(flow: Flow[Any]) -> frozenset[Role]:
    return flow.deciders.union({Role.OWNER}, *(rule.who.roles for rule in flow.rules))


@cache
def _around(flow: Flow[Any]) -> frozenset[int]:
    """Whom the examples of what may be around name."""
    return frozenset(_people(arounds(flow)))


def _people(value: Any) -> set[int]:
    """Ids of whoever is named anywhere in it."""
    if isinstance(value, Person):
        return {value.id}
    if isinstance(value, tuple):
        return set().union(*map(_people, value))
    if dataclasses.is_dataclass(value):
        return set().union(*(_people(part) for _, part in _parts(value)))
    return set()


class _Traits:
    """What may matter of a life, each trait a number: they are compared by the million.

    Most of a case is what it was before a step, so what was looked into once is not again.
    """

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        #: Field → id of its value → its number, and the value: as long as it lives the id is its.
        self._looked_into: defaultdict[str, dict[int, tuple[int, Any]]] = defaultdict(dict)

    def of(self, life: Life) -> tuple[int, ...]:
        """Its traits, in the same order for all lives of a flow."""
        case, crm = life.case, life.crm
        data: Any = case.data
        known = self._looked_into
        parts = []
        # By hand: a million times.
        for name in _names(data.__class__):
            value, its = getattr(data, name), known[name]
            found = its.get(id(value))
            if found is None:
                found = its[id(value)] = (self._number(name, _shape(value)), value)
            parts.append(found[0])
        return (
            self._number("state", case.state),
            # What somebody decides on his own post may differ.
            self._number("poster", case.poster.id),
            self._number("crm", frozenset(one.kind for one in crm)),
            # One of them may be what was undone: a rule of its own hears of that.
            self._number("statuses", min(2, sum(one.kind == "set_disposition" for one in crm))),
            *parts,
        )

    def _number(self, name: str, shape: Any) -> int:
        return self._numbers.setdefault((name, shape), len(self._numbers))


def _shape(value: Any) -> Any:
    """What may matter to a rule or a text: not the words, but whether there are any."""
    if value is None or isinstance(value, bool | Enum):
        return value
    if isinstance(value, tuple):
        return (min(len(value), 2), _shape(value[-1]) if value else None)
    if isinstance(value, int):
        return min(value, 2)
    if isinstance(value, str) or not dataclasses.is_dataclass(value):
        return bool(value)
    return tuple([_shape(getattr(value, name)) for name in _names(value.__class__)])


def _parts(data: Any) -> list[tuple[str, Any]]:
    """The fields of a dataclass."""
    kind: Any = type(data)
    return [(name, getattr(data, name)) for name in _names(kind)]


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in dataclasses.fields(kind))

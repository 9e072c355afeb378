"""A case and what is under way for it: which facts the engine may bring it next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from bot.flows.base import Flow, Step
from bot.flows.effects import (
    CRM_WRITES,
    DropDeadline,
    Effect,
    FindOrders,
    PinRefusal,
    ReadLead,
    SetDeadline,
    SetDisposition,
    SetManager,
    WriteComment,
)
from bot.flows.records import Action, Actor, Case, Fact, Happened, Need, Post, Request
from tests.flows.arounds import arounds
from tests.flows.world import CALLER, CASE, OTHER_CASE, World

#: What is done in the CRM, which answers it with a fact.
_CRM_EFFECTS = (ReadLead, FindOrders, *CRM_WRITES)


@dataclass(frozen=True)
class Life:
    """A case with the deadlines that are set and the CRM's work that is not done."""

    case: Case[Any]
    deadlines: frozenset[str] = frozenset()
    crm: tuple[Effect, ...] = ()

    @classmethod
    def of(cls, flow: Flow[Any], opened: Step[Any]) -> Life:
        """A case that was just opened."""
        return cls(case=replace(opened.case, id=CASE))._with(opened)

    def after(self, flow: Flow[Any], action: Action, step: Step[Any]) -> Life:
        """What is under way when this was decided; a case that opens again has a new round."""
        deadlines, crm = self.deadlines, self.crm
        if action.name == Fact.TIME_UP:
            deadlines -= {action.what.deadline}
        if not flow.is_open(step.case) and step.case.state != self.case.state:
            deadlines = frozenset()
        if action.name in _ENDS:
            crm = _without_first(crm, action)
        reopened = flow.is_open(step.case) and not flow.is_open(self.case)
        case = replace(step.case, round=self.case.round + 1) if reopened else step.case
        return Life(case=case, deadlines=deadlines, crm=crm)._with(step)

    def _with(self, step: Step[Any]) -> Life:
        deadlines = set(self.deadlines)
        for effect in step.effects:
            if isinstance(effect, SetDeadline):
                deadlines.add(effect.name)
            elif isinstance(effect, DropDeadline):
                deadlines.discard(effect.name)
        crm = (*self.crm, *(one for one in step.effects if isinstance(one, _CRM_EFFECTS)))
        return Life(case=self.case, deadlines=frozenset(deadlines), crm=crm)

    def facts(self, flow: Flow[Any], world: World) -> Iterator[Action]:
        """What the world may bring now."""
        for name in sorted(self.deadlines):
            yield Action(name=Fact.TIME_UP, what=Happened(deadline=name))
        for effect in self.crm:
            yield from _answers_to(effect, world)
        takes_posts = flow.is_open(self.case) or (self.case.state, Fact.JOINED) in flow.table
        if takes_posts and (self.case.lead or self.case.about):
            what = Happened(post=12, case=OTHER_CASE)
            for text in ("", *world.also_said):
                yield Action(name=Fact.JOINED, by=world.joiner, text=text, what=what)
            for post in world.posts if self.case.about else ():
                by = Actor(person=self.case.poster)
                # What joins because it is of the same album.
                said = replace(post, album=self.case.about.partition(":")[2])
                what = Happened(post=post.message_id + 1, said=said)
                yield Action(name=Fact.JOINED, by=by, text=post.text, what=what)
        # Reading may show it; or a group becomes a supergroup that has a case of the same already.
        is_read = any(isinstance(one, ReadLead) for one in self.crm)
        if flow.is_open(self.case) and (is_read or self.case.lead or self.case.about):
            yield Action(name=Fact.SAME_LEAD, what=Happened(case=OTHER_CASE))
        if is_read and Need.CRM_NAME in flow.needs:
            yield from _read_of_somebody_known(world)
        if (self.case.state, Fact.POSTER_KNOWN) in flow.table:
            yield Action(name=Fact.POSTER_KNOWN)
        if (self.case.state, Fact.ACTED) in flow.table:
            yield Action(name=Fact.ACTED, by=world.joiner, what=Happened(case=OTHER_CASE))


#: Facts after which the CRM's work is done. Down: it is tried again; refused: an owner may retry.
_ENDS = {
    Fact.LEAD_READ, Fact.LEAD_MISSING, Fact.SAME_LEAD, Fact.ORDERS_FOUND, Fact.CRM_SAVED,
    Fact.CRM_CONFLICT,
}  # fmt: skip


def _without_first(crm: tuple[Effect, ...], action: Action) -> tuple[Effect, ...]:
    """What is under way behind that answer: who decides anew while the CRM is silent has asked it
    twice, and is answered twice.
    """
    for place, effect in enumerate(crm):
        if _answers(action, effect):
            return (*crm[:place], *crm[place + 1 :])
    return crm


def _answers(action: Action, effect: Effect) -> bool:
    match effect:
        case ReadLead():
            return action.name in {Fact.LEAD_READ, Fact.LEAD_MISSING, Fact.SAME_LEAD}
        case FindOrders():
            return action.name == Fact.ORDERS_FOUND
        case WriteComment(no=no) | SetDisposition(no=no) | PinRefusal(no=no) | SetManager(no=no):
            return action.name in {Fact.CRM_SAVED, Fact.CRM_CONFLICT} and action.what.no == no
        case _:
            return False


@cache
def _answers_to(effect: Effect, world: World) -> tuple[Action, ...]:
    return tuple(_answering(effect, world))


def _read_of_somebody_known(world: World) -> Iterator[Action]:
    """The poster has called the client himself, as the CRM tells."""
    for lead, earlier in world.leads:
        what = Happened(lead=lead, earlier=earlier, poster=CALLER)
        yield Action(name=Fact.LEAD_READ, what=what)


def _answering(effect: Effect, world: World) -> Iterator[Action]:
    no = effect.no if isinstance(effect, CRM_WRITES) else 0
    yield Action(name=Fact.CRM_DOWN, what=Happened(no=no, say="no answer"))
    yield Action(name=Fact.CRM_REFUSED, what=Happened(no=no, say="not allowed"))
    match effect:
        case ReadLead():
            yield Action(name=Fact.LEAD_MISSING)
            for lead, earlier in world.leads:
                yield Action(name=Fact.LEAD_READ, what=Happened(lead=lead, earlier=earlier))
        case FindOrders():
            for found in world.found:
                yield Action(name=Fact.ORDERS_FOUND, what=Happened(earlier=found))
        case WriteComment() | PinRefusal():
            yield Action(name=Fact.CRM_SAVED, what=Happened(no=no))
        case SetDisposition() | SetManager():
            yield from _compared_first(effect, world)


def _compared_first(effect: SetDisposition | SetManager, world: World) -> Iterator[Action]:
    """What is not overwritten where somebody else has changed it meanwhile."""
    no = effect.no
    if isinstance(effect, SetManager):
        for lead in (lead for lead, _ in world.leads if lead.manager):
            yield Action(name=Fact.CRM_SAVED, what=Happened(no=no, lead=lead))
            yield Action(name=Fact.CRM_CONFLICT, what=Happened(no=no, lead=lead))
        return
    yield Action(name=Fact.CRM_SAVED, what=Happened(no=no))
    yield Action(name=Fact.CRM_SAVED, what=Happened(no=no, found=True))
    for changed in world.changed_to:
        yield Action(name=Fact.CRM_CONFLICT, what=Happened(no=no, disposition=changed))


def deeds(flow: Flow[Any], world: World, case: Case[Any]) -> tuple[Action, ...]:
    """Everything that anybody may try, legal or not, with the args of the buttons shown."""
    return tuple(one for tries in deeds_by_name(flow, world, case).values() for one in tries)


def deeds_by_name(
    flow: Flow[Any], world: World, case: Case[Any]
) -> Mapping[StrEnum, tuple[Action, ...]]:
    """The same, in the same order, for whoever needs few of the names."""
    shown = tuple((button.action, button.arg) for row in flow.buttons(case) for button in row)
    there = world.said_there.get(flow.name, ())
    return _tries(flow, world.actors, (world.said, *world.also_said, *there), shown)


@cache
def _tries(
    flow: Flow[Any],
    actors: tuple[Actor, ...],
    said: tuple[str, ...],
    shown: tuple[tuple[StrEnum, str], ...],
) -> Mapping[StrEnum, tuple[Action, ...]]:
    """Cards show the same buttons again and again: what may be tried on them is made once."""
    args: defaultdict[str, list[str]] = defaultdict(lambda: [""])
    for name, arg in shown:
        if arg:
            args[name].append(arg)
    pressed = {name for name, _ in shown}
    return {
        name: tuple(
            Action(name=name, by=actor, arg=arg, text=text)
            for arg in args[name]
            # A press has no words.
            for text in (said[:1] if name in pressed else said)
            for actor in actors
        )
        for name in flow.actions
    }


def openings(
    flow: Flow[Any], posts: Iterable[Post], last: Case[Any] | None, now: datetime
) -> Iterator[Life]:
    """The cases that these posts open."""
    for post in posts:
        for request in _requests(flow, post):
            if request.joins:
                continue
            known = last if last is not None and request.lead and last.lead else None
            for around in arounds(flow):
                yield Life.of(flow, flow.open(request, post, known, around, now))


@cache
def _requests(flow: Flow[Any], post: Post) -> tuple[Request, ...]:
    """The same posts are met again and again, and to read a long one takes its time."""
    return flow.requests(post)

"""Several people's tickets of a kind within a quarter of an hour are one incident (a chat's rule).

An incident has no case of its own: the ticket on which «Объединить» was pressed becomes its head
and knows its members; the others go to `State.MERGED` and point to it. Everything happens in the
decision's own transaction (`effects.Act`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.flows.copies import replace
from bot.flows.effects import Act as ActOn
from bot.flows.effects import Audience, DropDeadline, Effect, SetDeadline, Tell
from bot.flows.it.case import (
    AT_WORK,
    HIS_OWN,
    Action,
    Category,
    Data,
    Deadline,
    Member,
    State,
    Ticket,
    Times,
)
from bot.flows.records import Action as Act
from bot.flows.records import Around, Change, Person

#: So many people with tickets of a kind are an incident.
FEWEST = 3
_NOBODY = Person(id=0, name="")


def proposed(
    case: Ticket, category: Category, around: Around, times: Times
) -> tuple[tuple[Member, ...], int]:
    """Tickets that look like the same trouble, and an incident that this one could join.

    One person in trouble is none, however often he posts; nor are people whose own things break.
    """
    if category in HIS_OWN:
        return (), 0
    heads = [one.id for one in around.cases if _is_head(one) and one.data.category is category]
    if heads:
        return (), heads[-1]
    found = alike(case, category, around, times)
    people = {case.poster.id, *(one.poster.id for one in found)}
    return (_members(found) if len(people) >= FEWEST else ()), 0


def alike(case: Ticket, category: Category, around: Around, times: Times) -> list[Ticket]:
    """The chat's tickets of that kind that came about the same time.

    One that waits for its obligatory link is none yet: it goes on being asked for it.
    """
    return [
        one
        for one in around.cases
        if one.state in AT_WORK
        and one.data.category is category
        and not one.data.members
        and abs(one.posted_at - case.posted_at) <= times.incident
    ]


def _members(found: Iterable[Ticket]) -> tuple[Member, ...]:
    return tuple(Member(case=one.id, who=one.poster) for one in found)


def _is_head(one: Ticket) -> bool:
    return one.state in AT_WORK and bool(one.data.members)


# --- on the head ----------------------------------------------------------------------------------


def is_proposed(case: Ticket, _action: Act, _now: datetime) -> bool:
    """The bot has proposed an incident on this card."""
    return bool(case.data.similar)


def is_proposed_still(case: Ticket, action: Act, now: datetime, *, times: Times) -> bool:
    """And there is still something to put together."""
    return is_proposed(case, action, now) and bool(
        alike(case, case.data.category, action.around, times)
    )


def merge(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """This ticket becomes the head; all that are like it by now go into it."""
    found = alike(case, case.data.category, action.around, times)
    data = replace(case.data, members=_members(found), similar=(), choosing=False)
    acts = tuple(ActOn(case=one.id, action=Action.GO_INTO) for one in found)
    return Change(data=data, effects=(_closes(now, times), *acts))


def nothing_to_merge(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    """The others were solved or taken back meanwhile."""
    return Change(data=replace(case.data, similar=()))


def add_member(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """One more ticket of the incident."""
    number = action.what.case
    known = {one.id: one.poster for one in action.around.cases}
    member = Member(case=number, who=known.get(number, _NOBODY))
    others = tuple(one for one in case.data.members if one.case != number)
    return Change(data=replace(case.data, members=(*others, member), similar=(), offered=0))


def drop_member(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """One that was no part of it after all, or that nobody waits for any more."""
    left = tuple(one for one in case.data.members if one.case != action.what.case)
    return Change(data=replace(case.data, members=left))


# --- on the others --------------------------------------------------------------------------------


def is_offered(case: Ticket, action: Act, _now: datetime) -> bool:
    """The card offers that incident."""
    return bool(case.data.offered) and action.arg == str(case.data.offered)


def is_offered_still(case: Ticket, action: Act, now: datetime) -> bool:
    """And it goes on."""
    return is_offered(case, action, now) and any(
        one.id == case.data.offered and _is_head(one) for one in action.around.cases
    )


def join_incident(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """A later ticket of the kind goes into the incident that is there."""
    change = _gone_into(case, action, case.data.offered, now, times)
    there = ActOn(case=case.data.offered, action=Action.ADD_MEMBER)
    return replace(change, effects=(*change.effects, there))


def offer_is_over(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    """The incident was solved meanwhile."""
    return Change(data=replace(case.data, offered=0))


def go_into(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """The head has taken this ticket in."""
    return _gone_into(case, action, action.what.case, now, times)


def _gone_into(case: Ticket, action: Act, head: int, now: datetime, times: Times) -> Change[Data]:
    effects: list[Effect] = [
        *(DropDeadline(name=name) for name in (Deadline.REACTION, Deadline.SOLUTION)),
        _closes(now, times),
        Tell(to=Audience.ASKERS, what="merged"),
    ]
    taker = case.data.taker
    if taker is not None and (action.by is None or action.by.person.id != taker.id):
        effects.append(Tell(to=Audience.PERSON, what="merged", person=taker.id))
    data = replace(case.data, head=head, similar=(), offered=0, choosing=False, late=False)
    return Change(data=data, effects=tuple(effects))


def split(case: Ticket, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """It was another trouble: back into the queue, by itself."""
    head = case.data.head
    data = replace(case.data, head=None, taker=None, taken_at=None, since=now)
    clocks: tuple[Effect, ...] = (
        SetDeadline(name=Deadline.REACTION, at=now + times.reaction),
        SetDeadline(name=Deadline.SOLUTION, at=now + times.solution),
    )
    there = () if head is None else (ActOn(case=head, action=Action.DROP_MEMBER),)
    told = Tell(to=Audience.ASKERS, what="split")
    return Change(data=data, effects=(*clocks, told, *there))


def of_this_head(case: Ticket, action: Act, _now: datetime) -> bool:
    """Only its own head decides a ticket."""
    return case.data.head is not None and case.data.head == action.what.case


def is_part(case: Ticket, action: Act, _now: datetime) -> bool:
    """It was solved with an incident, whose head says so."""
    return any(
        one.id == case.data.head
        and one.state is State.SOLVED
        and case.id in {member.case for member in one.data.members}
        for one in action.around.cases
    )


def _closes(now: datetime, times: Times) -> Effect:
    return SetDeadline(name=Deadline.CLOSE, at=now + times.close)

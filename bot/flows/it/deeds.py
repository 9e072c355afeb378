"""What the rules of «КЦ IT Вопросы» do: a ticket and an action become data and effects. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.flows.asking import LONGEST, Decision
from bot.flows.copies import replace
from bot.flows.deeds import his_decision
from bot.flows.effects import Act as ActOn
from bot.flows.effects import (
    Audience,
    Effect,
    SetDeadline,
    Tell,
)
from bot.flows.it.case import (
    BALANCES,
    Action,
    Category,
    Data,
    Deadline,
    State,
    Ticket,
    Times,
)
from bot.flows.it.incidents import is_part, proposed
from bot.flows.it.parts import ask_for_lead, clocks, comment, noted, queued
from bot.flows.pieces import asks, drop, tell_askers, tell_others, with_
from bot.flows.records import Action as Act
from bot.flows.records import Change, Person, Role
from bot.flows.undo import may


def take(case: Ticket, action: Act, now: datetime) -> Change[Data]:
    return with_(
        case, tell_askers("taken"), *drop(Deadline.REACTION), taker=action.doer, taken_at=now,
        late=False,
    )  # fmt: skip


def give_back(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    effects: list[Effect] = [SetDeadline(name=Deadline.REACTION, at=now + times.reaction)]
    taker = case.data.taker
    if taker is not None and taker.id != action.doer.id:
        effects.append(Tell(to=Audience.PERSON, what="given_back", person=taker.id))
    return with_(case, *effects, taker=None, taken_at=None)


def may_choose(case: Ticket, _action: Act, _now: datetime) -> bool:
    return not case.data.members and not case.data.choosing


def categories(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    return with_(case, choosing=True)


def is_category(case: Ticket, action: Act, _now: datetime) -> bool:
    return not case.data.members and action.arg in set(Category)


def needs_lead(case: Ticket, action: Act, now: datetime) -> bool:
    return is_category(case, action, now) and action.arg in BALANCES and not case.lead


def stays_as_it_is(case: Ticket, action: Act, now: datetime) -> bool:
    """It goes on to wait for the link, or to be worked on."""
    waits = case.state is State.NEEDS_LEAD
    return is_category(case, action, now) and (not waits or action.arg in BALANCES)


def correct(case: Ticket, action: Act, _now: datetime, *, times: Times) -> Change[Data]:
    category = Category(action.arg)
    similar, offered = proposed(case, category, action.around, times)
    if case.state is State.NEEDS_LEAD:
        # First its link.
        similar, offered = (), 0
    return with_(
        case, category=category, guessed=False, choosing=False, similar=similar, offered=offered
    )


def correct_and_ask(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    data = replace(case.data, category=Category(action.arg), guessed=False, choosing=False)
    data, effects = ask_for_lead(data, now, times)
    return Change(data=data, effects=(*effects, tell_askers("need_lead")))


def correct_and_queue(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    data = replace(
        case.data, category=Category(action.arg), guessed=False, choosing=False, trouble=""
    )
    return queued(data, case, action, now, times)


def solved(case: Ticket, by: Person, now: datetime, times: Times, *, undo: bool) -> Change[Data]:
    """Solved; for an incident's other tickets «Отменить» stands on its head."""
    data = replace(
        case.data,
        decision=Decision(allowed=True, by=by, at=now),
        choosing=False,
        similar=(),
        offered=0,
        undoable=undo,
        reopenable=True,
    )
    data, written = comment(data, case.lead, "solved")
    clock = SetDeadline(name=Deadline.REOPEN, at=now + times.reopen)
    return Change(data=data, effects=(*written, clock, tell_askers("solved", settled=True)))


def solve(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    change = solved(case, action.doer, now, times, undo=True)
    others = tuple(
        ActOn(case=member.case, action=Action.SOLVE_WITH) for member in case.data.members
    )
    return replace(change, effects=(*change.effects, *others))


def his_undo(case: Ticket, action: Act, now: datetime, *, times: Times) -> bool:
    """By him who decided, and soon enough: no edit is spent on taking the button away."""
    data, decision = case.data, case.data.decision
    return (
        data.undoable
        and decision is not None
        and may(decision.by, decision.at, action, now, times.undo)
    )


def not_solved_yet(case: Ticket) -> Data:
    """As before the decision, which is kept to be told."""
    return replace(
        case.data, before=case.data.decision, decision=None, undoable=False, reopenable=False
    )


def undo(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """He is back at work on it, and so are an incident's other tickets."""
    data = replace(not_solved_yet(case), taker=action.doer, taken_at=now, late=False)
    data, written = comment(data, case.lead, "undone")
    others = tuple(ActOn(case=one.case, action=Action.UNDO_WITH) for one in data.members)
    clock = (*drop(Deadline.REOPEN), *_to_solution(data, now, times))
    return Change(data=data, effects=(*written, *clock, tell_askers("undone"), *others))


def _to_solution(data: Data, now: datetime, times: Times) -> Iterator[Effect]:
    """The clocks of what must be solved after all."""
    yield SetDeadline(name=Deadline.CLOSE, at=now + times.close)
    if not data.escalated:
        yield SetDeadline(name=Deadline.SOLUTION, at=max(data.since + times.solution, now))


def solve_with(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    return solved(case, action.doer, now, times, undo=False)


def undo_with(case: Ticket, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    data, written = comment(not_solved_yet(case), case.lead, "undone")
    clock = SetDeadline(name=Deadline.CLOSE, at=now + times.close)
    return Change(
        data=data, effects=(*written, *drop(Deadline.REOPEN), clock, tell_askers("undone"))
    )


def helped(case: Ticket, action: Act, now: datetime) -> Change[Data]:
    """An incident's other tickets are told as well."""
    change = helped_with(case, action, now)
    others = tuple(
        ActOn(case=member.case, action=Action.HELPED_WITH, text=action.text)
        for member in case.data.members
    )
    return replace(change, effects=(*change.effects, *others))


def his_part(case: Ticket, action: Act, now: datetime) -> bool:
    """He has solved the incident that it is part of."""
    return his_decision(case, action, now) and is_part(case, action, now)


def helped_all(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """Said under one of an incident's tickets, it is said of the incident."""
    there = () if case.data.head is None else (
        ActOn(case=case.data.head, action=Action.HELPED, text=action.text),
    )  # fmt: skip
    return Change(data=case.data, effects=there)


def helped_with(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    decision = case.data.decision
    if decision is None:
        return Change(data=case.data)
    data = replace(case.data, decision=replace(decision, reason=action.text[:LONGEST]))
    data, written = comment(data, case.lead, "helped")
    return Change(data=data, effects=(*written, tell_askers("helped")))


def may_reopen(case: Ticket, _action: Act, _now: datetime) -> bool:
    return case.data.reopenable


def asker_may_reopen(case: Ticket, action: Act, _now: datetime) -> bool:
    return (
        case.data.reopenable and action.by is not None and asks(action.by.person, case.data.askers)
    )


def reopen(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """A new round, alone: it goes back into the queue, and the IT people on duty hear of it."""
    data = replace(
        not_solved_yet(case), taker=None, taken_at=None, since=now, late=False, escalated=False,
        head=None, members=(),
    )  # fmt: skip
    data = noted(data, action.doer, action.text, action.what.said)
    data, written = comment(data, case.lead, "reopened")
    again = Tell(to=Audience.ROLE, what="reopened", role=Role.IT)
    clock = (*drop(Deadline.REOPEN), *clocks(now, now, times))
    return Change(data=data, effects=(*written, *clock, again))


def dismiss(case: Ticket, action: Act, now: datetime) -> Change[Data]:
    data = replace(
        case.data, decision=Decision(allowed=False, by=action.doer, at=now), choosing=False,
        similar=(), offered=0, undoable=True,
    )  # fmt: skip
    written: tuple[Effect, ...] = ()
    if data.writes:
        # The lead tells of this ticket: it must tell how it ended. Else nothing was reported.
        data, written = comment(data, case.lead, "dismissed")
    return Change(data=data, effects=(*written, tell_askers("dismissed")))


def _waits_for_link(case: Ticket) -> bool:
    return case.data.category in BALANCES and not case.lead


def undo_to_link(case: Ticket, action: Act, now: datetime, *, times: Times) -> bool:
    """It waited for its link, and does again."""
    return _waits_for_link(case) and his_undo(case, action, now, times=times)


def undo_to_taken(case: Ticket, action: Act, now: datetime, *, times: Times) -> bool:
    """Somebody worked on it, and does again."""
    return case.data.taker is not None and his_undo(case, action, now, times=times)


def take_up(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """It is a ticket after all, and stands where it stood."""
    data = replace(case.data, decision=None, undoable=False)
    written: tuple[Effect, ...] = ()
    if data.writes and data.writes[-1].what == "dismissed":
        data, written = comment(data, case.lead, "taken_up")
    if _waits_for_link(case):
        link = SetDeadline(name=Deadline.LEAD, at=now + times.lead)
        return Change(data=data, effects=(link, tell_askers("undone")))
    similar, offered = proposed(case, data.category, action.around, times)
    data = replace(data, similar=similar, offered=offered)
    reaction = (
        ()
        if data.late or data.taker is not None
        else (SetDeadline(name=Deadline.REACTION, at=max(data.since + times.reaction, now)),)
    )
    clock = (*reaction, *_to_solution(data, now, times))
    return Change(data=data, effects=(*written, *clock, tell_askers("undone")))


def withdraw(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """It works again, or he needs nobody any more: all whom that concerns hear, also the lead."""
    data = replace(case.data, choosing=False, similar=(), offered=0, withdrawn_by=action.doer)
    data, written = comment(data, case.lead, "withdrawn")
    taker = 0 if data.taker is None or data.taker.id == case.poster.id else data.taker.id
    told = [one for one in tell_others(data.askers, action.doer, "closed") if one.person != taker]
    if taker:
        told.append(Tell(to=Audience.PERSON, what="withdrawn", person=taker))
    incident = () if data.head is None else (ActOn(case=data.head, action=Action.DROP_MEMBER),)
    return Change(data=data, effects=(*written, *told, *incident))


def is_deadline(name: Deadline, action: Act) -> bool:
    return action.what.deadline == name


def is_late(_case: Ticket, action: Act, _now: datetime) -> bool:
    return is_deadline(Deadline.REACTION, action)


def is_too_long(_case: Ticket, action: Act, _now: datetime) -> bool:
    return is_deadline(Deadline.SOLUTION, action)


def is_end(_case: Ticket, action: Act, _now: datetime) -> bool:
    return is_deadline(Deadline.CLOSE, action) or is_deadline(Deadline.LEAD, action)


def late(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    return with_(case, Tell(to=Audience.ROLE, what="late", role=Role.IT), late=True)


def escalate(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    there = Tell(to=Audience.ROLE, what="escalated", role=Role.SUPERVISOR)
    return with_(case, there, escalated=True)


def expire(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    if case.state is State.NEEDS_LEAD:
        return with_(case, tell_askers("no_lead"), choosing=False)
    there = Tell(to=Audience.ROLE, what="expired", role=Role.SUPERVISOR)
    data = replace(case.data, choosing=False, similar=(), offered=0)
    data, written = comment(data, case.lead, "expired")
    return Change(data=data, effects=(*written, tell_askers("expired"), there))


def time_for_second_thoughts_is_over(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    return with_(case, undoable=False, reopenable=False)

"""What «РФ Админы» does when an admin takes his decision back. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.flows import undo
from bot.flows.asking import Decision
from bot.flows.duplicates.case import Data, Deadline, Kind, Thing, Times
from bot.flows.duplicates.deeds import join
from bot.flows.effects import Act as ActOn
from bot.flows.effects import DropDeadline, FindOrders, ReadLead
from bot.flows.pieces import tell_askers, with_
from bot.flows.records import Action as Act
from bot.flows.records import Change, Fact
from bot.flows.undo import Undone
from bot.flows.waiting import clocks


def in_time(case: Thing, action: Act, now: datetime, *, times: Times) -> bool:
    """By him who decided, and soon enough."""
    decision = case.data.decision
    return decision is not None and undo.may(decision.by, decision.at, action, now, times.undo)


def take_back(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """The lead is asked about again: read anew, since a status may go back in between."""
    if case.data.decision is None:
        return Change(data=case.data)
    outcome = undo.take_back(case.data.writes, _undone(case.data.decision, now))
    data = replace(
        case.data,
        decision=None,
        undone=outcome.undone,
        writes=outcome.writes,
        echoes=(),
        now_in_crm="",
        trouble="down" if case.data.trouble == "down" else "",
        pings=0,
    )
    return Change(
        data=data,
        effects=(
            *outcome.effects,
            ReadLead(ref=case.lead),
            tell_askers("undone"),
            DropDeadline(name=Deadline.LEAVE),
            *clocks(now, now, times),
            *(ActOn(case=echo, action=Fact.ACTED) for echo in case.data.echoes),
        ),
    )


def look_again(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """An admin's word about a phone: nothing is in the CRM, which is asked once more."""
    if case.data.decision is None:
        return Change(data=case.data)
    return with_(
        case,
        FindOrders(phone=case.data.phone),
        tell_askers("undone"),
        *clocks(now, now, times),
        decision=None,
        undone=_undone(case.data.decision, now),
        found=None,
        found_by_hand="",
        pings=0,
    )


def _undone(decision: Decision, now: datetime) -> Undone:
    what = "allowed" if decision.allowed else "denied"
    return Undone(what=what, by=decision.by, decided_at=decision.at, at=now)


def is_about_phone(case: Thing, _action: Act, _now: datetime) -> bool:
    """There is no lead to write to."""
    return case.data.kind is Kind.PHONE


def hear_echo(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """Another case tells this decision: who asked there must hear if it is undone."""
    data = join(case, action, now).data
    if action.what.case and action.what.case not in data.echoes:
        data = replace(data, echoes=(*data.echoes, action.what.case))
    return Change(data=data)


def untold(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    """The decision that this card tells was undone: the other card has the question."""
    return with_(case, before=None)

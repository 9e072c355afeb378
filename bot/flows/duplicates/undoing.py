"""What «РФ Админы» does when an admin takes his decision back. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.flows import deeds
from bot.flows.asking import Decision
from bot.flows.copies import replace
from bot.flows.duplicates.case import Data, Deadline, Thing, Times
from bot.flows.duplicates.deeds import join
from bot.flows.effects import Act as ActOn
from bot.flows.effects import DropDeadline, FindOrders
from bot.flows.pieces import tell_askers, with_
from bot.flows.records import Action as Act
from bot.flows.records import Change, Fact
from bot.flows.undo import Undone
from bot.flows.waiting import clocks


def take_back(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """Who was told it in another case hears of that too."""
    decision = case.data.decision
    if decision is None:
        return Change(data=case.data)
    change = deeds.take_back(case, now, what=_what(decision), times=times, echoes=(), now_in_crm="")
    echoes = (ActOn(case=echo, action=Fact.ACTED) for echo in case.data.echoes)
    drop = DropDeadline(name=Deadline.LEAVE)
    return replace(change, effects=(*change.effects, drop, *echoes))


def look_again(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """An admin's word about a phone: nothing is in the CRM, which is asked once more."""
    decision = case.data.decision
    if decision is None:
        return Change(data=case.data)
    undone = Undone(what=_what(decision), by=decision.by, decided_at=decision.at, at=now)
    return with_(
        case,
        FindOrders(phone=case.data.phone),
        tell_askers("undone"),
        *clocks(now, now, times),
        decision=None,
        undone=undone,
        found=None,
        found_by_hand="",
        pings=0,
    )


def _what(decision: Decision) -> str:
    return "allowed" if decision.allowed else "denied"


def hear_echo(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """Another case tells this decision: who asked there must hear if it is undone."""
    data = join(case, action, now).data
    if action.what.case and action.what.case not in data.echoes:
        data = replace(data, echoes=(*data.echoes, action.what.case))
    return Change(data=data)


def untold(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    """The decision that this card tells was undone: the other card has the question."""
    return with_(case, before=None)

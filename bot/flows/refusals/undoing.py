"""What «Не проставленные отказы» does when a supervisor takes his decision back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.flows import undo
from bot.flows.copies import replace
from bot.flows.effects import Audience, DropDeadline, Effect, Tell
from bot.flows.names import same_person
from bot.flows.pieces import tell_askers
from bot.flows.records import Action as Act
from bot.flows.records import Change
from bot.flows.refusals.case import Data, Deadline, Ruling, Thing, Times
from bot.flows.refusals.deeds import anew
from bot.flows.undo import Undone
from bot.flows.writes import PIN, WriteState


def in_time(case: Thing, action: Act, now: datetime, *, times: Times) -> bool:
    """By him who decided, and soon enough."""
    ruling = case.data.ruling
    return ruling is not None and undo.may(ruling.by, ruling.at, action, now, times.undo)


def take_back(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """The lead is read anew when what this decision has set has gone back."""
    ruling = case.data.ruling
    if ruling is None:
        return Change(data=case.data)
    what = "pinned" if ruling.operator else "rejected"
    undone = Undone(what=what, by=ruling.by, decided_at=ruling.at, at=now)
    outcome = undo.take_back(case.data.writes, undone, case.data.own_writes)
    data = replace(
        case.data,
        ruling=None,
        undone=outcome.undone,
        writes=outcome.writes,
        now_in_crm="",
        crm_chose="",
        left=(),
    )
    told = (
        tell_askers("undone"),
        DropDeadline(name=Deadline.LEAVE),
        *_concerned(case.data, ruling),
    )
    change = anew(data, case, now, times, *told)
    return replace(change, effects=(*outcome.effects, *change.effects))


def _concerned(data: Data, ruling: Ruling) -> Iterator[Effect]:
    """Who was told that the refusal is his, or is his no more, hears of it too."""
    if any(one.what == PIN and one.state is WriteState.SAVED for one in data.own_writes):
        yield Tell(to=Audience.CRM_USER, what="undone", name=ruling.operator)
    if data.appeal is not None and not same_person(data.appeal.operator, ruling.operator):
        yield Tell(to=Audience.CRM_USER, what="undone", name=data.appeal.operator)

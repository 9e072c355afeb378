"""«Somebody asks, somebody decides»: the deeds of such chats that do not differ. Pure.

The data of a flow that uses these have `askers`, `decision` (something with `by` and `at`, or
None), `pings`, `trouble` (see `answers`), `undone` and `writes` (see `undo`), `withdrawn_by`; with
`same_lead`, `asked` as well.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from bot.flows import answers, undo
from bot.flows.effects import Audience, ReadLead, Tell
from bot.flows.pieces import into, is_by, tell_askers, tell_others, tell_person, with_
from bot.flows.records import Action, Case, Change
from bot.flows.undo import Undone
from bot.flows.waiting import Clock, Waits, clocks
from bot.flows.writes import last_conflict

D = TypeVar("D")


class Times(Waits, Protocol):
    """A flow's waiting times."""

    @property
    def undo(self) -> timedelta:
        """So long its maker may take a decision back."""


def withdraw(case: Case[D], action: Action, _now: datetime) -> Change[D]:
    """Whoever has asked the same hears that nobody answers any more."""
    data: Any = case.data
    told = tell_others(data.askers, action.doer, "withdrawn")
    return with_(case, *told, withdrawn_by=action.doer)


# --- the decision ---------------------------------------------------------------------------------


def his_decision(case: Case[D], action: Action, _now: datetime) -> bool:
    """Whether it is he who decided."""
    data: Any = case.data
    return data.decision is not None and is_by(data.decision.by, action)


def in_time(case: Case[D], action: Action, now: datetime, *, times: Times) -> bool:
    """By him who decided, and soon enough."""
    data: Any = case.data
    made = data.decision
    return made is not None and undo.may(made.by, made.at, action, now, times.undo)


def take_back(
    case: Case[D], now: datetime, *, what: str, times: Times, **changes: object
) -> Change[D]:
    """Everybody is asked again, and the lead is read anew: a status may go back in between.

    Args:
        case: there is a decision.
        now: the time.
        what: `Undone.what`.
        times: of the clocks that run again.
        changes: of what else the data know of the decision.
    """
    data: Any = case.data
    made = data.decision
    undone = Undone(what=what, by=made.by, decided_at=made.at, at=now)
    outcome = undo.take_back(data.writes, undone)
    return with_(
        case,
        *outcome.effects,
        ReadLead(ref=case.lead),
        tell_askers("undone"),
        *clocks(now, now, times),
        decision=None,
        undone=outcome.undone,
        writes=outcome.writes,
        trouble="down" if data.trouble == "down" else "",
        pings=0,
        **changes,
    )


# --- the CRM --------------------------------------------------------------------------------------


def is_conflict_shown(case: Case[D], action: Action, _now: datetime) -> bool:
    """Whether the button is about the conflict that the card shows, and no earlier one."""
    data: Any = case.data
    return action.arg == last_conflict(data.writes)


def refused(case: Case[D], action: Action, _now: datetime) -> Change[D]:
    """It refused for good: the owners hear of it, and of a write he who decided.

    «crm_refused» tells the owners how to look into it, «not_written» others what is theirs to do.
    """
    data: Any = case.data
    owners = Tell(to=Audience.OWNERS, what="crm_refused")
    if action.what.no == 0:
        return with_(case, owners, trouble="refused")
    told = tell_person(None if data.decision is None else data.decision.by, "not_written")
    return Change(data=answers.refused(case, action), effects=(told, owners))


def same_lead(case: Case[D], action: Action, _now: datetime) -> Change[D]:
    """Another open case is about that lead: all who asked here, and what, go there."""
    data: Any = case.data
    return with_(case, *into(action.what.case, data.askers, data.asked))


# --- the clock ------------------------------------------------------------------------------------


def is_close(_case: Case[D], action: Action, _now: datetime) -> bool:
    """Whether nobody waits any more."""
    return action.what.deadline == Clock.CLOSE


def ping(case: Case[D], _action: Action, _now: datetime) -> Change[D]:
    """Those who decide are reminded."""
    data: Any = case.data
    pings: int = data.pings
    return with_(case, Tell(to=Audience.DECIDERS, what="ping", calls=True), pings=pings + 1)


def expire(case: Case[D], _action: Action, _now: datetime) -> Change[D]:
    """No answer is an answer too."""
    return with_(case, tell_askers("expired"))

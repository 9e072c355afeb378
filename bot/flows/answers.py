"""What every working chat does when the CRM answers: the deeds that do not differ. Pure.

The data of a flow that uses these have `writes`, `undone` (`missing` alone asks for it), and
`trouble`: of reading, "down" while the CRM does not answer, "refused" where it never will,
"missing" where it does not know the lead.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from bot.flows import writes
from bot.flows.copies import replace
from bot.flows.orders import short
from bot.flows.pieces import tell_askers, with_
from bot.flows.records import Action, Case, Change, Happened
from bot.flows.writes import WriteState

D = TypeVar("D")


def marked(case: Case[D], what: Happened, state: WriteState, **more: Any) -> D:
    """The data when that write has come so far; `more`: as in `writes.marked`."""
    data: Any = case.data
    after: D = replace(data, writes=writes.marked(data.writes, what.no, state, **more))
    return after


def saved(case: Case[D], action: Action, now: datetime) -> Change[D]:
    """A write is in the CRM, read back."""
    what = action.what
    return Change(data=marked(case, what, WriteState.SAVED, at=now, found=what.found, was=what.was))


def saved_and_well(case: Case[D], action: Action, now: datetime) -> Change[D]:
    """The same, where that also tells that the CRM answers again."""
    data: Any = saved(case, action, now).data
    return Change(data=replace(data, trouble=""))


def down(case: Case[D], action: Action, _now: datetime) -> Change[D]:
    """It does not answer, and is asked again."""
    if action.what.no == 0:
        return with_(case, trouble="down")
    return Change(data=marked(case, action.what, WriteState.DELAYED))


def refused(case: Case[D], action: Action) -> D:
    """It refused a write for good."""
    return marked(case, action.what, WriteState.REFUSED, say=action.what.say)


def conflict(case: Case[D], what: Happened) -> tuple[D, str]:
    """A write met another status than people saw: the data, and the code that the lead has."""
    there = what.disposition
    label, code = ("", "") if there is None else (short(there.label), there.code)
    return marked(case, what, WriteState.CONFLICT, say=label), code


def missing(case: Case[D], _action: Action, _now: datetime) -> Change[D]:
    """It does not know the lead, which ends the case."""
    # A fresh card says so itself; one that has stood there for a while is edited without a sound.
    data: Any = case.data
    stood = data.trouble or data.undone
    return with_(case, *((tell_askers("not_found"),) if stood else ()), trouble="")


def no_such_lead(case: Case[D], _action: Action, _now: datetime) -> Change[D]:
    """It does not know the lead, and the case goes on."""
    return with_(case, trouble="missing")

"""What «Возврат Обмен» does when somebody takes his decision back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.flows import undo
from bot.flows.copies import replace
from bot.flows.effects import Effect, SetDeadline
from bot.flows.pieces import tell_askers, with_
from bot.flows.records import Action as Act
from bot.flows.records import Change
from bot.flows.returns.answers import clocks
from bot.flows.returns.case import Data, Deadline, Outcome, Thing, Times
from bot.flows.returns.pieces import question
from bot.flows.undo import Undone
from bot.flows.writes import STATUS, Writes, WriteState

#: `Write.what` of the comments that tell an outcome.
_OF_OUTCOME = frozenset({"ended", "note"})


def decisions(data: Data) -> str:
    """Which ones stand, as a button carries it: a second tap does not take back the other one."""
    if data.ending is None:
        return "" if data.answer is None else "answer"
    return "ending" if data.answer is None else "both"


def outcome_in_time(case: Thing, action: Act, now: datetime, *, times: Times) -> bool:
    """By him who said what came of it, and soon enough; he has decided nothing later."""
    ending, answer = case.data.ending, case.data.answer
    if ending is None or action.arg != decisions(case.data):
        return False
    if not undo.may(ending.by, ending.at, action, now, times.undo):
        return False
    return not (answer_in_time(case, action, now, times=times) and answer and answer.at > ending.at)


def unreached_in_time(case: Thing, action: Act, now: datetime, *, times: Times) -> bool:
    """The same, where nobody was reached."""
    ending = case.data.ending
    return (
        ending is not None
        and ending.what is Outcome.UNREACHED
        and outcome_in_time(case, action, now, times=times)
    )


def answer_in_time(case: Thing, action: Act, now: datetime, *, times: Times) -> bool:
    """By him who answered about the lead's status, and soon enough."""
    answer = case.data.answer
    return (
        answer is not None
        and action.arg == decisions(case.data)
        and undo.may(answer.by, answer.at, action, now, times.undo)
    )


def none_fits_in_time(case: Thing, action: Act, now: datetime, *, times: Times) -> bool:
    """By him who said that none of the orders is meant, and soon enough."""
    said = case.data.none_fits
    return said is not None and undo.may(said.by, said.at, action, now, times.undo)


def take_outcome_back(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """It is in the same hands again. The status of the lead is no part of the outcome."""
    data, ending = case.data, case.data.ending
    if ending is None:
        return Change(data=data)
    of = tuple(one for one in undo.standing(data.writes) if one.what in _OF_OUTCOME)
    undone = Undone(what=ending.what, by=ending.by, decided_at=ending.at, at=now)
    data, effects = _taken_back(data, undone, of)
    told = (tell_askers("undone"), *_clocks_again(case, now, times))
    return Change(data=replace(data, ending=None), effects=(*effects, *told))


def take_answer_back(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """It is asked again, and the lead has the status that it had."""
    data, answer = case.data, case.data.answer
    if answer is None:
        return Change(data=data)
    # An earlier one met a conflict, or nobody would have been asked; that is told on.
    of = tuple(
        one
        for one in undo.standing(data.writes)
        if one.what == STATUS and one.state is not WriteState.CONFLICT
    )
    undone = Undone(what="answer", by=answer.by, decided_at=answer.at, at=now)
    data, effects = _taken_back(data, undone, of)
    data = replace(data, answer=None, mark=answer.mark)
    return Change(data=data, effects=(*effects, *question(data, now, times)))


def look_again(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """One of the orders may be meant after all: nothing is in the CRM."""
    said = case.data.none_fits
    if said is None:
        return Change(data=case.data)
    undone = Undone(what="none_fits", by=said.by, decided_at=said.at, at=now)
    told = (tell_askers("undone"), *_clocks_again(case, now, times))
    return with_(case, *told, none_fits=None, undone=undone)


def _taken_back(data: Data, undone: Undone, of: Writes) -> tuple[Data, tuple[Effect, ...]]:
    outcome = undo.take_back(data.writes, undone, of)
    return replace(data, undone=outcome.undone, writes=outcome.writes), outcome.effects


def _clocks_again(case: Thing, now: datetime, times: Times) -> Iterator[Effect]:
    """Whatever was waited for before it was closed."""
    data = case.data
    if data.promised is not None and data.promised <= now:
        # That the promise is over was told already.
        yield SetDeadline(name=Deadline.REMIND, at=now + times.remind)
    else:
        yield from clocks(case.posted_at, now, times)
    if data.calls.again is not None:
        yield SetDeadline(name=Deadline.TRY, at=max(data.calls.again, now))
    yield from question(data, now, times)

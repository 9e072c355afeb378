"""What the clock and the CRM bring to «Возврат Обмен»: data and effects. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.flows import answers
from bot.flows.copies import replace
from bot.flows.effects import Audience, Effect, SetDeadline, Tell
from bot.flows.orders import earlier_order, facts
from bot.flows.pieces import comment, into, tell_askers, tell_person, tell_role, with_
from bot.flows.records import Action as Act
from bot.flows.records import Change, Role
from bot.flows.returns.case import (
    OFFERED,
    Candidate,
    Data,
    Deadline,
    Mark,
    Thing,
    Times,
    mark_for,
    may_be_sale,
)
from bot.flows.returns.pieces import question, status, tell_hands

# --- the clock ------------------------------------------------------------------------------------


def clocks(since: datetime, now: datetime, times: Times) -> Iterator[Effect]:
    """The deadlines of a request. One that is found late skips the warnings that are overtaken."""
    first, second = since + times.first_warning, since + times.second_warning
    callback = since + times.callback
    if second > now:
        yield SetDeadline(name=Deadline.FIRST_WARNING, at=first)
    if callback > now:
        yield SetDeadline(name=Deadline.SECOND_WARNING, at=second)
    yield SetDeadline(name=Deadline.CALLBACK, at=callback)


def warn(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return _nudge(case, action, "warning")


def try_again(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    data = replace(case.data, calls=replace(case.data.calls, again=None))
    return _nudge(replace(case, data=data), action, "try")


def _nudge(case: Thing, action: Act, what: str) -> Change[Data]:
    """Tell whoever has it in hand; the others, and on the card, while he is on a pause."""
    taken = case.data.taken
    if taken is None:
        return with_(case, tell_role(Role.RETURNS, what))
    away = taken.by.id in action.around.away
    told = tell_role(Role.RETURNS, what) if away else tell_hands(case.data, what)
    return with_(case, told, taken=replace(taken, away=away))


def overdue(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    again = SetDeadline(name=Deadline.REMIND, at=now + times.remind)
    return with_(case, again, tell_role(Role.SUPERVISOR, "overdue"), late=True)


def kept(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """The client was called in time: only the outcome is wanted yet."""
    return with_(case, SetDeadline(name=Deadline.REMIND, at=now + times.remind))


def remind(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    again = SetDeadline(name=Deadline.REMIND, at=now + times.remind)
    return with_(case, again, tell_role(Role.SUPERVISOR, "reminder"))


def ask_again(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """The poster alone at first; then the supervisors too, day by day until somebody answers."""
    if case.data.mark is not Mark.ASKED:
        return Change(data=case.data)
    is_first = case.data.asked == 0
    again = SetDeadline(
        name=Deadline.QUESTION, at=now + (times.unanswered if is_first else times.remind)
    )
    chiefs = () if is_first else (tell_role(Role.SUPERVISOR, "unanswered"),)
    poster = tell_person(case.poster, "question")
    return with_(case, poster, *chiefs, again, asked=case.data.asked + 1)


# --- what the CRM answers -------------------------------------------------------------------------


def any_order(_case: Thing, action: Act, _now: datetime) -> bool:
    return bool(action.what.earlier)


def found(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    orders = tuple(
        Candidate(ref=order.id, order=earlier_order(order))
        for order in action.what.earlier[:OFFERED]
    )
    # A fresh card says so itself; one that has stood there for a while is edited without a sound.
    effects = (tell_askers("found"),) if case.data.trouble else ()
    return Change(data=replace(case.data, found=orders, trouble=""), effects=effects)


def read(case: Thing, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """The lead is read: the comment at once, and the status where that is no question."""
    lead = action.what.lead
    if lead is None or case.data.known is not None:
        return Change(data=case.data)
    known = facts(lead, action.what.earlier)
    mark = mark_for(lead.disposition, by_phone=bool(case.data.phone))
    data = replace(case.data, known=known, seen=known.code, mark=mark, trouble="")
    effects: list[Effect] = []
    if mark is Mark.WANTED:
        data, marked = status(data)
        effects.append(marked)
    data, written = comment(data, "opened")
    effects.append(written)
    effects += question(data, now, times)
    return Change(data=data, effects=tuple(effects), lead=lead.id)


def same_lead(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(case, *into(action.what.case, case.data.askers, case.data.said))


def refused(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    owners = Tell(to=Audience.OWNERS, what="crm_refused")
    if action.what.no == 0:
        return with_(case, owners, trouble="refused")
    data = answers.refused(case, action)
    chiefs = replace(tell_role(Role.SUPERVISOR, "not_written"), owners_know=True)
    owners = replace(owners, role=Role.SUPERVISOR.value)
    taker = () if data.taken is None else (tell_hands(data, "not_written"),)
    return Change(data=data, effects=(*taker, chiefs, owners))


def conflict(case: Thing, action: Act, now: datetime, *, patience: timedelta) -> Change[Data]:
    """The status is not any more what was seen. Nothing is overwritten: people are asked."""
    there = action.what.disposition
    data, code = answers.conflict(case, action.what)
    if there is not None and may_be_sale(there):
        # It was confirmed meanwhile: the poster knows whether that is the sale itself.
        data = replace(data, seen=code, mark=Mark.ASKED)
        asked = tell_person(case.poster, "question")
        again = SetDeadline(name=Deadline.QUESTION, at=now + patience)
        return Change(data=data, effects=(asked, again))
    data = replace(data, seen=code, mark=Mark.CONFLICT)
    return Change(data=data, effects=(tell_hands(data, "conflict"),))


def conflict_left(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """The post was taken back: the status that somebody set stays."""
    data, _ = answers.conflict(case, action.what)
    return Change(data=replace(data, mark=Mark.LEFT))

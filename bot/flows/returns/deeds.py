"""What the rules of «Возврат Обмен» do: a case and an action become data and effects. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.flows import writes
from bot.flows.asking import LONGEST, Asker, has_words, words_of
from bot.flows.base import Action as Act
from bot.flows.base import Change, Person, Role
from bot.flows.effects import (
    Audience,
    DropDeadline,
    Effect,
    Join,
    ReadLead,
    SetDeadline,
    Tell,
)
from bot.flows.orders import earlier_order, facts, short
from bot.flows.returns.case import (
    OFFERED,
    TRIES,
    Calls,
    Candidate,
    Data,
    Deadline,
    Ending,
    Mark,
    Outcome,
    Taking,
    Thing,
    Times,
    Words,
    mark_for,
    may_be_sale,
)
from bot.flows.writes import WriteState
from crm_api.port import RETURN_OR_EXCHANGE


def _with(case: Thing, *effects: Effect, **changes: object) -> Change[Data]:
    return Change(data=replace(case.data, **changes), effects=effects)  # type: ignore[arg-type]


def _person(action: Act) -> Person:
    if action.by is None:
        raise ValueError(f"{action.name} is done by a person")
    return action.by.person


def _is(person: Person | None, action: Act) -> bool:
    return person is not None and action.by is not None and action.by.person.id == person.id


def _askers(what: str) -> Tell:
    return Tell(to=Audience.ASKERS, what=what)


def _role(role: Role, what: str) -> Tell:
    return Tell(to=Audience.ROLE, what=what, role=role.value)


def _hands(data: Data, what: str) -> Tell:
    """Whoever has it in hand; as long as nobody has, all of the returns staff."""
    if data.taken is None:
        return _role(Role.RETURNS, what)
    return Tell(to=Audience.DECIDER, what=what, person=data.taken.by.id)


def _comment(data: Data, what: str) -> tuple[Data, Effect]:
    made, effect = writes.comment(data.writes, what)
    return replace(data, writes=made), effect


def _status(data: Data) -> tuple[Data, Effect]:
    made, effect = writes.status(data.writes, RETURN_OR_EXCHANGE, seen=data.seen)
    return replace(data, writes=made, mark=Mark.WANTED), effect


def clocks(since: datetime, now: datetime, times: Times) -> Iterator[Effect]:
    """The deadlines of a request. One that is found late skips the warnings that are overtaken."""
    first, second = since + times.first_warning, since + times.second_warning
    callback = since + times.callback
    if second > now:
        yield SetDeadline(name=Deadline.FIRST_WARNING, at=first)
    if callback > now:
        yield SetDeadline(name=Deadline.SECOND_WARNING, at=second)
    yield SetDeadline(name=Deadline.CALLBACK, at=callback)


# --- the operator ---------------------------------------------------------------------------------


def offered(case: Thing, action: Act, _now: datetime) -> bool:
    return _picked(case, action) is not None


def _picked(case: Thing, action: Act) -> Candidate | None:
    return next(
        (
            one
            for number, one in enumerate(case.data.found or (), start=1)
            if action.arg == str(number)
        ),
        None,
    )


def pick(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    picked = _picked(case, action)
    if picked is None:
        return Change(data=case.data)
    return _with(case, ReadLead(ref=picked.ref))


def withdraw(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    if case.data.known is None:
        return Change(data=case.data)
    data, comment = _comment(case.data, "withdrawn")
    return Change(data=data, effects=(comment,))


def silent(case: Thing, _action: Act, _now: datetime) -> bool:
    return not case.data.said


def say(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    data = replace(case.data, said=action.text[:LONGEST])
    if data.known is None:
        # The first comment will tell it.
        return Change(data=data)
    data, comment = _comment(data, "said")
    return Change(data=data, effects=(comment,))


def is_asked(case: Thing, _action: Act, _now: datetime) -> bool:
    return case.data.mark is Mark.ASKED


def this_call(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    data, status = _status(case.data)
    return Change(data=data, effects=(status, DropDeadline(name=Deadline.QUESTION)))


def the_order(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return _with(case, DropDeadline(name=Deadline.QUESTION), mark=Mark.COMMENT_ONLY)


def join(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """Another post about the same: whoever sent it is told too, and what he wrote is kept."""
    by = _person(action)
    asker = Asker(person=by, post=action.what.post)
    askers = case.data.askers if asker in case.data.askers else (*case.data.askers, asker)
    words = words_of(action.text)[:LONGEST]
    if not has_words(words):
        return _with(case, askers=askers)
    if case.data.known is None:
        # Nothing is in the lead yet: the first comment will tell it all.
        said = " / ".join(part for part in (case.data.said, words) if part)[:LONGEST]
        return _with(case, askers=askers, said=said)
    more = (*case.data.more, Words(by=by, text=words))
    data, comment = _comment(replace(case.data, askers=askers, more=more), "more")
    told = () if data.taken is None else (_hands(data, "more"),)
    return Change(data=data, effects=(comment, *told))


# --- the returns staff ----------------------------------------------------------------------------


def is_taker(case: Thing, action: Act, _now: datetime) -> bool:
    return case.data.taken is not None and _is(case.data.taken.by, action)


def is_left_alone(case: Thing, action: Act, now: datetime) -> bool:
    """Whoever took it is on a pause, so that somebody else may."""
    taken = case.data.taken
    return taken is not None and taken.away and not is_taker(case, action, now)


def take(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return _with(case, taken=Taking(by=_person(action), at=now))


def hand_back(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return _with(case, _role(Role.RETURNS, "handed_back"), taken=None)


def reach(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    calls = replace(case.data.calls, again=None)
    return _with(case, DropDeadline(name=Deadline.TRY), calls=calls)


def back(case: Thing, _action: Act, now: datetime) -> Change[Data]:
    promised = case.data.promised
    return _with(case, late=promised is not None and promised <= now)


def may_try(case: Thing, _action: Act, _now: datetime) -> bool:
    """Calls an hour apart count; the next one does when its time has come."""
    return case.data.calls.again is None


def no_answer(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    tries, again = (*case.data.calls.tries, now), now + times.retry
    calls = Calls(tries=tries, again=again, enough=len(tries) >= TRIES)
    return _with(case, SetDeadline(name=Deadline.TRY, at=again), calls=calls)


def is_enough(case: Thing, _action: Act, _now: datetime) -> bool:
    return case.data.calls.enough


def is_outcome(_case: Thing, action: Act, _now: datetime) -> bool:
    return action.arg in set(Outcome) - {Outcome.UNREACHED}


def end(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return _ended(case, Outcome(action.arg), _person(action), now)


def give_up(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return _ended(case, Outcome.UNREACHED, _person(action), now)


def _ended(case: Thing, what: Outcome, by: Person, now: datetime) -> Change[Data]:
    data = replace(case.data, ending=Ending(what=what, by=by, at=now))
    data, comment = _comment(data, "ended")
    told = Tell(to=Audience.ASKERS, what="ended", settled=True)
    return Change(data=data, effects=(comment, told))


def is_his_ending(case: Thing, action: Act, _now: datetime) -> bool:
    return case.data.ending is not None and _is(case.data.ending.by, action)


def note(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    if case.data.ending is None:
        return Change(data=case.data)
    data = replace(case.data, ending=replace(case.data.ending, note=action.text[:LONGEST]))
    data, comment = _comment(data, "note")
    return Change(data=data, effects=(comment,))


def is_conflict(case: Thing, _action: Act, _now: datetime) -> bool:
    return case.data.mark is Mark.CONFLICT


def set_anyway(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    data, status = _status(case.data)
    return Change(data=data, effects=(status,))


def leave(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return _with(case, mark=Mark.LEFT)


# --- the clock ------------------------------------------------------------------------------------


def warn(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return _nudge(case, action, "warning")


def try_again(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    data = replace(case.data, calls=replace(case.data.calls, again=None))
    return _nudge(replace(case, data=data), action, "try")


def _nudge(case: Thing, action: Act, what: str) -> Change[Data]:
    """Tell whoever has it in hand; the others, and on the card, while he is on a pause."""
    taken = case.data.taken
    if taken is None:
        return _with(case, _role(Role.RETURNS, what))
    away = taken.by.id in action.around.away
    told = _role(Role.RETURNS, what) if away else _hands(case.data, what)
    return _with(case, told, taken=replace(taken, away=away))


def overdue(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    again = SetDeadline(name=Deadline.REMIND, at=now + times.remind)
    return _with(case, again, _role(Role.SUPERVISOR, "overdue"), late=True)


def kept(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """The client was called in time: only the outcome is wanted yet."""
    return _with(case, SetDeadline(name=Deadline.REMIND, at=now + times.remind))


def remind(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    again = SetDeadline(name=Deadline.REMIND, at=now + times.remind)
    return _with(case, again, _role(Role.SUPERVISOR, "reminder"))


def ask_again(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return _with(case, Tell(to=Audience.DECIDER, what="question", person=case.poster.id))


# --- what the CRM answers -------------------------------------------------------------------------


def any_order(_case: Thing, action: Act, _now: datetime) -> bool:
    return bool(action.what.earlier)


def found(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    orders = tuple(
        Candidate(ref=order.id, order=earlier_order(order))
        for order in action.what.earlier[:OFFERED]
    )
    # A fresh card says so itself; one that has stood there for a while is edited without a sound.
    effects = (_askers("found"),) if case.data.trouble else ()
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
        data, status = _status(data)
        effects.append(status)
    data, comment = _comment(data, "opened")
    effects.append(comment)
    if mark is Mark.ASKED and data.ending is None:
        effects.append(SetDeadline(name=Deadline.QUESTION, at=now + times.question))
    return Change(data=data, effects=tuple(effects), lead=lead.id)


def missing(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    effects = (_askers("not_found"),) if case.data.trouble else ()
    return Change(data=replace(case.data, trouble=""), effects=effects)


def no_such_lead(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return _with(case, trouble="missing")


def same_lead(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return _with(
        case,
        *(
            Join(
                case=action.what.case,
                by=asker.person.id,
                name=asker.person.name,
                post=asker.post,
                # All their words are in one piece: told once, as the first one's.
                text="" if number else case.data.said,
            )
            for number, asker in enumerate(case.data.askers)
        ),
    )


def _marked(
    data: Data, no: int, state: WriteState, *, at: datetime | None = None, say: str = ""
) -> Data:
    return replace(data, writes=writes.marked(data.writes, no, state, at=at, say=say))


def saved(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return Change(data=_marked(case.data, action.what.no, WriteState.SAVED, at=now))


def down(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    if action.what.no == 0:
        return _with(case, trouble="down")
    return Change(data=_marked(case.data, action.what.no, WriteState.DELAYED))


def refused(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    if action.what.no == 0:
        return _with(case, Tell(to=Audience.OWNERS, what="crm_refused"), trouble="refused")
    data = _marked(case.data, action.what.no, WriteState.REFUSED, say=action.what.say)
    chiefs = _role(Role.SUPERVISOR, "crm_refused")
    taker = () if data.taken is None else (_hands(data, "crm_refused"),)
    return Change(data=data, effects=(*taker, chiefs))


def conflict(case: Thing, action: Act, now: datetime, *, patience: timedelta) -> Change[Data]:
    """The status is not any more what was seen. Nothing is overwritten: people are asked."""
    there = action.what.disposition
    label, code = ("", "") if there is None else (short(there.label), there.code)
    data = _marked(case.data, action.what.no, WriteState.CONFLICT, say=label)
    if there is not None and may_be_sale(there):
        # It was confirmed meanwhile: the poster knows whether that is the sale itself.
        data = replace(data, seen=code, mark=Mark.ASKED)
        asked = Tell(to=Audience.DECIDER, what="question", person=case.poster.id)
        again = SetDeadline(name=Deadline.QUESTION, at=now + patience)
        return Change(data=data, effects=(asked,) if data.ending else (asked, again))
    data = replace(data, seen=code, mark=Mark.CONFLICT)
    return Change(data=data, effects=(_hands(data, "conflict"),))


def conflict_left(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """The post was taken back: the status that somebody set stays."""
    there = action.what.disposition
    label = "" if there is None else short(there.label)
    data = _marked(case.data, action.what.no, WriteState.CONFLICT, say=label)
    return Change(data=replace(data, mark=Mark.LEFT))

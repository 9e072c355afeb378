"""What people do in «Возврат Обмен»: a case and an action become data and effects. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.flows import deeds
from bot.flows.asking import (
    LONGEST,
    Decision,
    Said,
    Words,
    is_known,
    said_by,
    text_of,
    with_said,
)
from bot.flows.copies import replace
from bot.flows.effects import DropDeadline, ReadLead, SetDeadline
from bot.flows.pieces import comment, is_by, tell_askers, tell_others, tell_role, with_, with_asker
from bot.flows.records import Action as Act
from bot.flows.records import Change, Person, Role
from bot.flows.returns.case import (
    Answer,
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
)
from bot.flows.returns.pieces import mended_in, question, status, tell_hands, words_from

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
    return with_(case, ReadLead(ref=picked.ref))


def withdraw(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    told = tell_others(case.data.askers, action.doer, "withdrawn")
    data = replace(case.data, withdrawn_by=action.doer)
    if data.known is None:
        return Change(data=data, effects=told)
    data, written = comment(data, "withdrawn")
    return Change(data=data, effects=(written, *told))


def silent(case: Thing, _action: Act, _now: datetime) -> bool:
    return not case.data.said


def say(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    data = replace(case.data, said=action.text[:LONGEST])
    if data.known is None:
        # The first comment will tell it.
        return Change(data=data)
    data, written = comment(data, "said")
    return Change(data=data, effects=(written,))


def is_asked(case: Thing, _action: Act, _now: datetime) -> bool:
    return case.data.mark is Mark.ASKED


def is_asked_of_this(case: Thing, action: Act, now: datetime) -> bool:
    """A word answers the last question; a button that of its card."""
    said = bool(action.text) and not action.arg
    return is_asked(case, action, now) and (said or deeds.is_conflict_shown(case, action, now))


def none_fits(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return with_(case, none_fits=Decision(allowed=False, by=action.doer, at=now))


def this_call(case: Thing, action: Act, now: datetime) -> Change[Data]:
    data, marked = status(_answered(case, action, now))
    return Change(data=data, effects=(marked, DropDeadline(name=Deadline.QUESTION)))


def the_order(case: Thing, action: Act, now: datetime) -> Change[Data]:
    data = replace(_answered(case, action, now), mark=Mark.COMMENT_ONLY)
    return Change(data=data, effects=(DropDeadline(name=Deadline.QUESTION),))


def _answered(case: Thing, action: Act, now: datetime) -> Data:
    """Who has said it, and how it stood before."""
    answer = Answer(by=action.doer, at=now, mark=case.data.mark)
    return replace(case.data, answer=answer, asked=0)


def join(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """Another post about the same: whoever sent it is told too, and what he wrote is kept."""
    said = said_by(action)
    texts = with_said(case.data.texts, said)
    data = replace(case.data, askers=with_asker(case.data.askers, action), texts=texts)
    return _more(data, said) if said.text else Change(data=data)


def is_in_lead(data: Data, said: Said) -> bool:
    """Whether the lead has it: what posts say was noted by no release before this."""
    told = (data.said, *(words.text for words in data.more))
    return not is_known(data.texts, said) and any(said.text in text for text in told)


def edit(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """A post says something else by now: it stands in the place of what it said."""
    data, post = case.data, action.what.said
    number, at = (0, None) if post is None else (post.message_id, post.edited_at)
    said = Said(by=action.doer, post=number, text=action.text[:LONGEST], edited_at=at)
    was = text_of(data.texts, number, action.doer)
    data = replace(data, texts=with_said(data.texts, said))
    if was and was in data.said:
        data = replace(data, said=data.said.replace(was, said.text, 1)[:LONGEST])
    elif data.said or was or not is_by(case.poster, action):
        # The card has other words, or others', as what the client said.
        return _more(data, said)
    else:
        data = replace(data, said=said.text)
    if data.known is None:
        # The first comment will tell it.
        return Change(data=data)
    mended = mended_in(number)
    data, written = comment(data, mended if was else "said")
    told = () if data.taken is None else (tell_hands(data, mended),)
    return Change(data=data, effects=(written, *told))


def _more(data: Data, said: Said) -> Change[Data]:
    """Words besides those that the lead has."""
    if data.known is None:
        # Nothing is in the lead yet: the first comment will tell it all.
        told = " / ".join(part for part in (data.said, said.text) if part)
        return Change(data=replace(data, said=told[:LONGEST]))
    more = (*data.more, Words(by=said.by, text=said.text))
    data, written = comment(replace(data, more=more), "more")
    last = words_from(len(more) - 1, len(more))
    hands = () if data.taken is None else (tell_hands(data, last),)
    return Change(data=data, effects=(written, *hands))


# --- the returns staff ----------------------------------------------------------------------------


def is_taker(case: Thing, action: Act, _now: datetime) -> bool:
    return case.data.taken is not None and is_by(case.data.taken.by, action)


def is_left_alone(case: Thing, _action: Act, _now: datetime) -> bool:
    """Whoever took it is on a pause, so that somebody else may; or he himself, when he is back."""
    return case.data.taken is not None and case.data.taken.away


def take(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """What others wrote while nobody had it in hand: the card has room for the last of it."""
    data = replace(case.data, taken=Taking(by=action.doer, at=now))
    more = len(data.more)
    missed = more > 1 and not is_taker(case, action, now)
    return Change(data=data, effects=(tell_hands(data, words_from(0, more)),) if missed else ())


def hand_back(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return with_(case, tell_role(Role.RETURNS, "handed_back"), taken=None)


def reach(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    calls, drop = replace(case.data.calls, again=None), DropDeadline(name=Deadline.TRY)
    return with_(case, drop, calls=calls, taken=_at_his_desk(case, action))


def back(case: Thing, _action: Act, now: datetime) -> Change[Data]:
    promised = case.data.promised
    return with_(case, late=promised is not None and promised <= now)


def may_try(case: Thing, _action: Act, _now: datetime) -> bool:
    """Calls an hour apart count; the next one does when its time has come."""
    return case.data.calls.again is None


def _at_his_desk(case: Thing, action: Act) -> Taking | None:
    """Whoever works on it is on no pause, whatever was true when the clock came."""
    taken = case.data.taken
    return replace(taken, away=False) if taken and is_by(taken.by, action) else taken


def no_answer(case: Thing, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    tries, again = (*case.data.calls.tries, now), now + times.retry
    calls = Calls(tries=tries, again=again, enough=len(tries) >= times.tries)
    planned = SetDeadline(name=Deadline.TRY, at=again)
    return with_(case, planned, calls=calls, taken=_at_his_desk(case, action))


def is_enough(case: Thing, _action: Act, _now: datetime) -> bool:
    return case.data.calls.enough


def is_outcome(_case: Thing, action: Act, _now: datetime) -> bool:
    return action.arg in set(Outcome) - {Outcome.UNREACHED}


def end(case: Thing, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    return _ended(case, Outcome(action.arg), action.doer, now, times)


def give_up(case: Thing, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    return _ended(case, Outcome.UNREACHED, action.doer, now, times)


def _ended(case: Thing, what: Outcome, by: Person, now: datetime, times: Times) -> Change[Data]:
    data = replace(case.data, ending=Ending(what=what, by=by, at=now))
    data, written = comment(data, "ended")
    told = tell_askers("ended", settled=True)
    return Change(data=data, effects=(written, told, *question(data, now, times)))


def is_his_ending(case: Thing, action: Act, _now: datetime) -> bool:
    return case.data.ending is not None and is_by(case.data.ending.by, action)


def note(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    if case.data.ending is None:
        return Change(data=case.data)
    data = replace(case.data, ending=replace(case.data.ending, note=action.text[:LONGEST]))
    data, written = comment(data, "note")
    return Change(data=data, effects=(written,))


def is_conflict(case: Thing, _action: Act, _now: datetime) -> bool:
    return case.data.mark is Mark.CONFLICT


def is_this_conflict(case: Thing, action: Act, now: datetime) -> bool:
    return is_conflict(case, action, now) and deeds.is_conflict_shown(case, action, now)


def set_anyway(case: Thing, action: Act, now: datetime) -> Change[Data]:
    data, marked = status(_answered(case, action, now))
    return Change(data=data, effects=(marked,))


def leave(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return Change(data=replace(_answered(case, action, now), mark=Mark.LEFT))

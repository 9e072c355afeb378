"""What the rules of «РФ Админы» do: a case and an action become data and effects. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.flows import answers, writes
from bot.flows.asking import (
    LONGEST,
    Decision,
    Question,
    Said,
    Words,
    has_words,
    is_question,
    said_by,
    text_of,
    with_said,
    words_of,
)
from bot.flows.copies import replace
from bot.flows.duplicates.case import (
    Data,
    Deadline,
    Kind,
    Thing,
    Times,
    guess_kind,
    other,
)
from bot.flows.effects import Audience, Effect, ReadLead, SetDeadline, Tell
from bot.flows.orders import Facts, earlier_order, facts
from bot.flows.pieces import comment, is_by, tell_askers, tell_person, with_, with_asker
from bot.flows.records import Action as Act
from bot.flows.records import Change, Person
from bot.flows.waiting import clocks
from crm_api.port import DUPLICATE, DispositionGroup


def _status(data: Data, seen: str, label: str) -> tuple[Data, Effect]:
    made, effect = writes.status(data.writes, DUPLICATE, seen=seen, label=label)
    return replace(data, writes=made), effect


def _may_trash(known: Facts | None) -> bool:
    """50 is only ever set where the CRM really knows duplicates, and never on a confirmed lead."""
    return known is not None and known.burns and not known.confirmed


def _decide(case: Thing, action: Act, now: datetime, *, allowed: bool, trash: bool) -> Change[Data]:
    data = replace(
        case.data,
        decision=Decision(allowed=allowed, by=action.doer, at=now),
        question=None
        if case.data.question is None or not case.data.question.text
        else case.data.question,
    )
    effects: list[Effect] = []
    data, written = comment(data, "allowed" if allowed else "denied")
    if trash and data.known is not None:
        data, status = _status(data, data.known.code, data.known.label)
        effects.append(status)
    effects += [written, tell_askers("allowed" if allowed else "denied", settled=True)]
    return Change(data=data, effects=tuple(effects))


def allow(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return _decide(case, action, now, allowed=True, trash=False)


def deny(case: Thing, action: Act, now: datetime) -> Change[Data]:
    trash = case.data.kind is Kind.DUPLICATE and _may_trash(case.data.known)
    return _decide(case, action, now, allowed=False, trash=trash)


def deny_with_comment(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return _decide(case, action, now, allowed=False, trash=False)


def deny_and_trash(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return _decide(case, action, now, allowed=False, trash=True)


def trash_again(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    known = "" if case.data.known is None else case.data.known.label
    label = writes.met(case.data.writes) or known
    data, status = _status(case.data, case.data.now_in_crm, label)
    return Change(data=data, effects=(status,))


def on_confirmed(case: Thing, _action: Act, _now: datetime) -> bool:
    known = case.data.known
    return (
        case.data.kind is Kind.DUPLICATE and known is not None and known.burns and known.confirmed
    )


def ask(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(case, question=Question(by=action.doer))


def question(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(
        case,
        tell_askers("question"),
        question=Question(by=action.doer, text=action.text[:LONGEST]),
    )


def his_question(case: Thing, action: Act, _now: datetime) -> bool:
    question = case.data.question
    return question is not None and is_by(question.by, action)


def asks_something(_case: Thing, action: Act, _now: datetime) -> bool:
    """Typed without a press, it is the question all the same."""
    return is_question(action.text)


def answer(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    question = case.data.question
    if question is None:
        return Change(data=case.data)
    return with_(
        case,
        Tell(to=Audience.PERSON, what="answered", person=question.by.id),
        question=replace(question, answer=action.text[:LONGEST], answered_by=action.doer.name),
    )


def switch(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(case, kind=Kind(action.arg), chosen=True)


def reason(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    decision = case.data.decision
    if decision is None:
        return Change(data=case.data)
    data = replace(case.data, decision=replace(decision, reason=action.text[:LONGEST]))
    data, written = comment(data, "reason")
    return Change(data=data, effects=(written, tell_askers("reason")))


def join(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """Another post about the lead: whoever sent it is told too, and what he asks is shown."""
    said, data = said_by(action), case.data
    askers, texts = with_asker(data.askers, action), with_said(data.texts, said)
    if not said.text or said.text in {data.asked, *(one.text for one in data.more)}:
        return with_(case, askers=askers, texts=texts)
    more = (*data.more, Words(by=action.doer, text=said.text))
    return with_(case, askers=askers, texts=texts, more=more)


def add(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """Who asked says more; behind a bare link that is the question, as if it stood in the post."""
    change, data = add_words(case, action, now), case.data
    is_question_now = change.data.asked != data.asked or not has_words(data.asked)
    if not is_question_now or not data.unsure or data.chosen:
        return change
    kind, unsure = guess_kind(action.text)
    if unsure and data.known is not None and not data.known.burns:
        kind = Kind.ITEM
    return Change(data=replace(change.data, kind=kind, unsure=unsure))


def add_words(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """What is asked stays what it is: an admin is deciding it just now."""
    data, words = case.data, words_of(action.text)[:LONGEST]
    if action.what.said is not None:
        said = said_by(action)
        was = text_of(data.texts, said.post, said.by)
        data = replace(data, texts=with_said(data.texts, said))
        if was:
            return Change(data=_instead(data, was, said, is_first=is_by(case.poster, action)))
    if not has_words(data.asked) and is_by(case.poster, action):
        return Change(data=replace(data, asked=words))
    more = (*data.more, Words(by=action.doer, text=words))
    return Change(data=replace(data, more=more))


def _instead(data: Data, was: str, said: Said, *, is_first: bool) -> Data:
    """A post says something else by now: it stands in the place of what it said.

    `is_first`: it is by whoever asked first. Another may have asked in the same words.
    """
    if is_first and was == data.asked:
        return replace(data, asked=said.text)
    old, new = (Words(by=said.by, text=text) for text in (was, said.text))
    if old not in data.more:
        return replace(data, more=(*data.more, new))
    return replace(data, more=tuple(new if one == old else one for one in data.more))


def is_other_kind(case: Thing, action: Act, _now: datetime) -> bool:
    """A button names the kind that it makes of it: a second tap does not switch back."""
    return case.data.unsure and action.arg == other(case.data.kind)


def left(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return with_(case, Tell(to=Audience.OWNERS, what="conflict_left"))


# --- what the world answers -----------------------------------------------------------------------


def read(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    lead = action.what.lead
    if lead is None:
        return Change(data=case.data)
    known = facts(lead, action.what.earlier)
    kind = case.data.kind
    is_first = case.data.known is None
    is_guess = case.data.unsure and not case.data.chosen
    if is_first and is_guess and not known.burns and has_words(case.data.asked):
        # Nothing burns, and he wrote something: it is likelier about an item.
        kind = Kind.ITEM
    return Change(data=replace(case.data, known=known, kind=kind, trouble=""), lead=lead.id)


def read_after_denial(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """The CRM was down when it was refused: now that the lead is read, the status follows."""
    change = read(case, action, now)
    if change.data.kind is Kind.DUPLICATE and _may_trash(change.data.known) and change.data.known:
        data, status = _status(change.data, change.data.known.code, change.data.known.label)
        return replace(change, data=data, effects=(status,))
    return change


def unseen(case: Thing, _action: Act, _now: datetime) -> bool:
    return case.data.known is None


def unseen_and_confirmed(case: Thing, action: Act, _now: datetime) -> bool:
    lead = action.what.lead
    return (
        case.data.known is None
        and case.data.kind is Kind.DUPLICATE
        and lead is not None
        and bool(action.what.earlier)
        and lead.disposition.group is DispositionGroup.CONFIRMED
    )


def _decider(data: Data) -> Person | None:
    return None if data.decision is None else data.decision.by


def _in_conflict(data: Data, code: str, until: datetime, lead: str | None = None) -> Change[Data]:
    return Change(
        data=replace(data, now_in_crm=code),
        lead=lead,
        effects=(
            tell_person(_decider(data), "conflict"),
            SetDeadline(name=Deadline.LEAVE, at=until),
        ),
    )


def confirmed_unseen(
    case: Thing, action: Act, now: datetime, *, patience: timedelta
) -> Change[Data]:
    """Refused while the CRM was down, and the lead turns out to be a confirmed order."""
    change = read(case, action, now)
    code = "" if change.data.known is None else change.data.known.code
    return _in_conflict(change.data, code, now + patience, change.lead)


def conflict(case: Thing, action: Act, now: datetime, *, patience: timedelta) -> Change[Data]:
    data, code = answers.conflict(case, action.what)
    return _in_conflict(data, code, now + patience)


def found(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    orders = tuple(earlier_order(order) for order in action.what.earlier)
    effects = (tell_askers("orders"),) if case.data.trouble else ()
    return Change(data=replace(case.data, found=orders, trouble=""), effects=effects)


def not_ours(case: Thing, action: Act, now: datetime) -> Change[Data]:
    decision = Decision(allowed=False, by=action.doer, at=now)
    return with_(case, tell_askers("orders"), decision=decision, found=())


def tell_orders(case: Thing, action: Act, now: datetime) -> Change[Data]:
    decision = Decision(allowed=True, by=action.doer, at=now)
    return with_(
        case, tell_askers("orders"), decision=decision, found_by_hand=action.text[:LONGEST]
    )


def ask_anew(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    # What was known is old by now: a decision must not rest on it.
    return Change(
        data=replace(case.data, known=None),
        effects=(ReadLead(ref=case.lead), *clocks(now, now, times)),
    )

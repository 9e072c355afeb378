"""«РФ Админы»: may this duplicate be ordered, may this item be sold, was there an order on this phone.

Rules: handbook section 2 (the chat), section 3 (codes). A duplicate is a repeated request from the
same phone number; while it burns the operator may not confirm, and he asks with the client on the
line: the answer is worth something only within a minute or two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from bot.flows.base import (
    Action as Act,
)
from bot.flows.base import (
    Actor,
    Button,
    Case,
    Change,
    Fact,
    Flow,
    Person,
    Post,
    Request,
    Role,
    Rule,
    Step,
    Who,
)
from bot.flows.effects import (
    Audience,
    Effect,
    FindOrders,
    Join,
    ReadLead,
    SetDeadline,
    SetDisposition,
    Tell,
    WriteComment,
)
from bot.flows.orders import EarlierOrder, Facts, earlier_order, facts
from crm_api.port import DUPLICATE, DispositionGroup


class State(StrEnum):
    """Where a request stands."""

    READING = "reading"
    WAITING = "waiting"
    ASKING = "asking"
    ASKED = "asked"
    SURE = "sure"
    BEFORE = "before"
    ALLOWED = "allowed"
    DENIED = "denied"
    CONFLICT = "conflict"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NOT_FOUND = "not_found"
    JOINED = "joined"
    LOOKING = "looking"
    BY_HAND = "by_hand"
    ANSWERED = "answered"


class Action(StrEnum):
    """What people do."""

    ALLOW = "allow"
    DENY = "deny"
    ASK = "ask"
    QUESTION = "question"
    ANSWER = "answer"
    WITHDRAW = "withdraw"
    SWITCH = "switch"
    TRASH_ANYWAY = "trash_anyway"
    COMMENT_ONLY = "comment_only"
    BACK = "back"
    LEAVE = "leave"
    ASK_ANEW = "ask_anew"
    REASON = "reason"
    NOT_OURS = "not_ours"
    TELL_ORDERS = "tell_orders"


class Kind(StrEnum):
    """The three kinds of request of this chat."""

    DUPLICATE = "duplicate"
    ITEM = "item"
    PHONE = "phone"


class Deadline(StrEnum):
    """What the clock may bring."""

    FIRST_PING = "first_ping"
    SECOND_PING = "second_ping"
    CLOSE = "close"
    LEAVE = "leave"


class WriteState(StrEnum):
    """How far a write into the CRM has come."""

    SAVING = "saving"
    DELAYED = "delayed"
    SAVED = "saved"
    REFUSED = "refused"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long people are waited for. Settings: DUPLICATES_<NAME>, in seconds.

    Attributes:
        first_ping, second_ping: after this the admins are pinged privately.
        close: after this nobody waits any more: «без ответа, оформлять нельзя».
        conflict: after this a conflict is left as it is in the CRM.
    """

    first_ping: timedelta = timedelta(seconds=60)
    second_ping: timedelta = timedelta(seconds=180)
    close: timedelta = timedelta(minutes=15)
    conflict: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Somebody who asked, and the post that he asked with."""

    person: Person
    post: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an admin wants to know before he decides."""

    by: Person
    text: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided what, when. `allowed` is all that matters to the operator."""

    allowed: bool
    by: Person
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write into the CRM: `what` is a template's key, or "status"."""

    no: int
    what: str
    state: WriteState = WriteState.SAVING
    at: datetime | None = None
    say: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """All that this chat knows of a request.

    Attributes:
        unsure: the kind was guessed; an admin may switch it.
        known: None until the CRM has been read.
        found: orders of the phone; None until the CRM was asked.
        trouble: "down" while the CRM does not answer, "refused" where it never will.
    """

    kind: Kind
    asked: str
    askers: tuple[Asker, ...]
    unsure: bool = False
    phone: str = ""
    known: Facts | None = None
    found: tuple[EarlierOrder, ...] | None = None
    found_by_hand: str = ""
    question: Question | None = None
    decision: Decision | None = None
    before: Decision | None = None
    writes: tuple[Write, ...] = ()
    now_in_crm: str = ""
    trouble: str = ""
    pings: int = 0


Thing = Case[Data]
Then = Callable[[Thing, Act, datetime], Change[Data]]

# What operators write (handbook section 2). Stems, since they write in a hurry.
_ABOUT_DUPLICATE = re.compile(r"оформ|дубл|подтвер|можно ли|повтор", re.IGNORECASE)
_ABOUT_ITEM = re.compile(
    r"товар|добав|нет в скрипт|скрипт|размер|цвет|модел|налич|хочет|продать|комплект|ещё|еще",
    re.IGNORECASE,
)
_WITHDRAWN = re.compile(
    r"^\W*(отмена|отменить|отбой|не надо|неактуально|не актуально)\W*$", re.IGNORECASE
)
_ABOUT_PHONE = re.compile(r"был\w*\s+ли|на этот номер|на номер|заказ\w* на", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_URL = re.compile(r"\S*/\S*")

#: More of an operator's words would only push the facts off the card.
_LONGEST = 600

_ADMINS = Who(roles=frozenset({Role.ADMIN}), other_than_poster=True, otherwise="admins_decide")
_POSTER = Who(poster=True, otherwise="poster_only")

#: Somebody waits for an admin's word on a lead.
_UNDECIDED = (State.READING, State.WAITING, State.ASKING, State.ASKED)
_CLOSED = frozenset(
    {
        State.ALLOWED,
        State.DENIED,
        State.WITHDRAWN,
        State.EXPIRED,
        State.NOT_FOUND,
        State.JOINED,
        State.ANSWERED,
        State.BEFORE,
    }
)


def guess_kind(text: str) -> tuple[Kind, bool]:
    """Whether a link with these words is about a duplicate or an item, and whether we are unsure."""
    words = _URL.sub(" ", text)
    about_item = bool(_ABOUT_ITEM.search(words))
    about_duplicate = bool(_ABOUT_DUPLICATE.search(words))
    if about_item != about_duplicate:
        return (Kind.ITEM if about_item else Kind.DUPLICATE), False
    return (Kind.ITEM if about_item else Kind.DUPLICATE), True


# --- what the rules do ---------------------------------------------------------------------------


def _with(case: Thing, *effects: Effect, **changes: object) -> Change[Data]:
    return Change(data=replace(case.data, **changes), effects=effects)  # type: ignore[arg-type]


def _person(action: Act) -> Person:
    if action.by is None:
        raise ValueError(f"{action.name} is done by a person")
    return action.by.person


def _tell(what: str, *, settled: bool = False) -> Tell:
    return Tell(to=Audience.ASKERS, what=what, settled=settled)


def _comment(data: Data, what: str) -> tuple[Data, WriteComment]:
    no = len(data.writes) + 1
    return (
        replace(data, writes=(*data.writes, Write(no=no, what=what))),
        WriteComment(no=no, what=what),
    )


def _status(data: Data, seen: str) -> tuple[Data, SetDisposition]:
    no = len(data.writes) + 1
    return (
        replace(data, writes=(*data.writes, Write(no=no, what="status"))),
        SetDisposition(no=no, code=DUPLICATE, seen=seen),
    )


def _may_trash(known: Facts | None) -> bool:
    """50 is only ever set where the CRM really knows duplicates, and never on a confirmed lead."""
    return known is not None and known.burns and not known.confirmed


def _decide(case: Thing, action: Act, now: datetime, *, allowed: bool, trash: bool) -> Change[Data]:
    data = replace(
        case.data,
        decision=Decision(allowed=allowed, by=_person(action), at=now),
        question=None
        if case.data.question is None or not case.data.question.text
        else case.data.question,
    )
    effects: list[Effect] = []
    data, comment = _comment(data, "allowed" if allowed else "denied")
    if trash and data.known is not None:
        data, status = _status(data, data.known.code)
        effects.append(status)
    effects += [comment, _tell("allowed" if allowed else "denied", settled=True)]
    return Change(data=data, effects=tuple(effects))


def _allow(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return _decide(case, action, now, allowed=True, trash=False)


def _deny(case: Thing, action: Act, now: datetime) -> Change[Data]:
    trash = case.data.kind is Kind.DUPLICATE and _may_trash(case.data.known)
    return _decide(case, action, now, allowed=False, trash=trash)


def _deny_with_comment(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return _decide(case, action, now, allowed=False, trash=False)


def _deny_and_trash(case: Thing, action: Act, now: datetime) -> Change[Data]:
    return _decide(case, action, now, allowed=False, trash=True)


def _trash_again(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    data, status = _status(case.data, case.data.now_in_crm)
    return Change(data=data, effects=(status,))


def _needs_second_look(case: Thing, _action: Act) -> bool:
    known = case.data.known
    return (
        case.data.kind is Kind.DUPLICATE and known is not None and known.burns and known.confirmed
    )


def _ask(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return _with(case, question=Question(by=_person(action)))


def _question(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return _with(
        case,
        _tell("question"),
        question=Question(by=_person(action), text=action.text[:_LONGEST]),
    )


def _asks(case: Thing, action: Act) -> bool:
    question = case.data.question
    return question is not None and action.by is not None and action.by.person == question.by


def _answer(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    question = case.data.question
    if question is None:
        return Change(data=case.data)
    return _with(
        case,
        Tell(to=Audience.DECIDER, what="answered", person=question.by.id),
        question=replace(question, answer=action.text[:_LONGEST]),
    )


def _switch(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    other = Kind.DUPLICATE if case.data.kind is Kind.ITEM else Kind.ITEM
    return _with(case, kind=other)


def _reason(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    decision = case.data.decision
    if decision is None:
        return Change(data=case.data)
    data = replace(case.data, decision=replace(decision, reason=action.text[:_LONGEST]))
    data, comment = _comment(data, "reason")
    return Change(data=data, effects=(comment, _tell("reason")))


def _decided_by_him(case: Thing, action: Act) -> bool:
    decision = case.data.decision
    return decision is not None and action.by is not None and action.by.person.id == decision.by.id


def _join(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    asker = Asker(person=_person(action), post=action.what.post)
    if asker in case.data.askers:
        return Change(data=case.data)
    return _with(case, askers=(*case.data.askers, asker))


def _unsure(case: Thing, _action: Act) -> bool:
    return case.data.unsure


def _left(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return _with(case, Tell(to=Audience.OWNERS, what="conflict_left"))


# --- what the world answers -----------------------------------------------------------------------


def _read(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    lead = action.what.lead
    if lead is None:
        return Change(data=case.data)
    known = facts(lead, action.what.earlier)
    kind = case.data.kind
    if case.data.unsure and not known.burns and _LETTERS.search(_URL.sub(" ", case.data.asked)):
        # Nothing burns, and he wrote something: it is likelier about an item.
        kind = Kind.ITEM
    return Change(data=replace(case.data, known=known, kind=kind, trouble=""), lead=lead.id)


def _read_after_denial(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """The CRM was down when it was refused: now that the lead is read, the status follows."""
    change = _read(case, action, now)
    if change.data.kind is Kind.DUPLICATE and _may_trash(change.data.known) and change.data.known:
        data, status = _status(change.data, change.data.known.code)
        return replace(change, data=data, effects=(status,))
    return change


def _unseen(case: Thing, _action: Act) -> bool:
    return case.data.known is None


def _unseen_and_confirmed(case: Thing, action: Act) -> bool:
    lead = action.what.lead
    return (
        case.data.known is None
        and case.data.kind is Kind.DUPLICATE
        and lead is not None
        and bool(action.what.earlier)
        and lead.disposition.group is DispositionGroup.CONFIRMED
    )


def _in_conflict(data: Data, code: str, until: datetime, lead: str | None = None) -> Change[Data]:
    decider = 0 if data.decision is None else data.decision.by.id
    return Change(
        data=replace(data, now_in_crm=code),
        lead=lead,
        effects=(
            Tell(to=Audience.DECIDER, what="conflict", person=decider),
            SetDeadline(name=Deadline.LEAVE, at=until),
        ),
    )


def _confirmed_unseen(
    case: Thing, action: Act, now: datetime, *, patience: timedelta
) -> Change[Data]:
    """Refused while the CRM was down, and the lead turns out to be a confirmed order."""
    change = _read(case, action, now)
    code = "" if change.data.known is None else change.data.known.code
    return _in_conflict(change.data, code, now + patience, change.lead)


def _mark(data: Data, no: int, **changes: object) -> Data:
    return replace(
        data,
        writes=tuple(
            replace(write, **changes) if write.no == no else write  # type: ignore[arg-type]
            for write in data.writes
        ),
    )


def _saved(case: Thing, action: Act, now: datetime) -> Change[Data]:
    data = _mark(case.data, action.what.no, state=WriteState.SAVED, at=now, say="")
    return Change(data=replace(data, trouble=""))


def _write_down(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    if action.what.no == 0:
        return _with(case, trouble="down")
    return Change(data=_mark(case.data, action.what.no, state=WriteState.DELAYED))


def _write_refused(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    if action.what.no == 0:
        return _with(case, Tell(to=Audience.OWNERS, what="crm_refused"), trouble="refused")
    data = _mark(case.data, action.what.no, state=WriteState.REFUSED, say=action.what.say)
    decider = 0 if data.decision is None else data.decision.by.id
    return Change(
        data=data,
        effects=(
            Tell(to=Audience.DECIDER, what="crm_refused", person=decider),
            Tell(to=Audience.OWNERS, what="crm_refused"),
        ),
    )


def _conflict(case: Thing, action: Act, now: datetime, *, patience: timedelta) -> Change[Data]:
    found = action.what.disposition
    label, code = ("", "") if found is None else (found.label, found.code)
    data = _mark(case.data, action.what.no, state=WriteState.CONFLICT, say=label)
    return _in_conflict(data, code, now + patience)


def _missing(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return _with(case, _tell("not_found"), trouble="")


def _no_such_lead(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return _with(case, trouble="missing")


def _found(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    orders = tuple(earlier_order(order) for order in action.what.earlier)
    effects = (_tell("orders"),) if case.data.trouble else ()
    return Change(data=replace(case.data, found=orders, trouble=""), effects=effects)


def _not_ours(case: Thing, action: Act, now: datetime) -> Change[Data]:
    decision = Decision(allowed=False, by=_person(action), at=now)
    return _with(case, _tell("orders"), decision=decision, found=())


def _tell_orders(case: Thing, action: Act, now: datetime) -> Change[Data]:
    decision = Decision(allowed=True, by=_person(action), at=now)
    return _with(case, _tell("orders"), decision=decision, found_by_hand=action.text[:_LONGEST])


def _is_close(_case: Thing, action: Act) -> bool:
    return action.what.deadline == Deadline.CLOSE


def _ping(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return _with(case, Tell(to=Audience.DECIDERS, what="ping"), pings=case.data.pings + 1)


def _expire(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return _with(case, _tell("expired"))


def _ask_anew(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    return Change(
        data=replace(case.data, decision=None),
        effects=(ReadLead(ref=case.lead), *_clocks(now, now, times)),
    )


def _same_lead(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return _with(
        case,
        *(
            Join(case=action.what.case, by=asker.person.id, name=asker.person.name, post=asker.post)
            for asker in case.data.askers
        ),
    )


def _clocks(since: datetime, now: datetime, times: Times) -> Iterator[Effect]:
    """The deadlines of a request. A post that is found late is judged by its own time: no pings
    for a call that is over.
    """
    for name, after in (
        (Deadline.FIRST_PING, times.first_ping),
        (Deadline.SECOND_PING, times.second_ping),
    ):
        if since + after > now or since + times.close > now > since:
            yield SetDeadline(name=name, at=since + after)
    yield SetDeadline(name=Deadline.CLOSE, at=since + times.close)


def _rules(times: Times) -> Iterator[Rule[Data]]:
    """The table. One paragraph for each thing that can be done or can happen."""
    conflict = partial(_conflict, patience=times.conflict)
    confirmed_unseen = partial(_confirmed_unseen, patience=times.conflict)
    decided = partial(Rule, to=State.DENIED, who=_ADMINS, decision="denied", answer="denied")

    for state in _UNDECIDED:
        yield Rule(
            state=state, on=Action.ALLOW, to=State.ALLOWED, who=_ADMINS,
            then=_allow, decision="allowed", answer="allowed",
        )  # fmt: skip
        yield Rule(
            state=state, on=Action.DENY, to=State.SURE, who=_ADMINS,
            when=_needs_second_look, answer="sure", label="confirmed lead",
        )  # fmt: skip
        yield decided(state=state, on=Action.DENY, then=_deny)
        yield Rule(
            state=state, on=Action.ASK, to=State.ASKING, who=_ADMINS, then=_ask, answer="asking"
        )
        yield Rule(
            state=state, on=Action.SWITCH, who=_ADMINS, then=_switch, answer="switched",
            when=_unsure, label="kind was guessed",
        )  # fmt: skip

    yield decided(state=State.SURE, on=Action.TRASH_ANYWAY, then=_deny_and_trash)
    yield decided(state=State.SURE, on=Action.COMMENT_ONLY, then=_deny_with_comment)
    yield Rule(state=State.SURE, on=Action.BACK, to=State.WAITING, who=_ADMINS, answer="back")

    yield Rule(
        state=State.ASKING, on=Action.QUESTION, to=State.ASKED, who=_ADMINS,
        when=_asks, then=_question, answer="question",
    )  # fmt: skip
    yield Rule(state=State.ASKED, on=Action.ANSWER, to=State.WAITING, who=_POSTER, then=_answer)

    yield Rule(
        state=State.CONFLICT, on=Action.TRASH_ANYWAY, to=State.DENIED, who=_ADMINS,
        then=_trash_again, answer="denied",
    )  # fmt: skip
    yield Rule(state=State.CONFLICT, on=Action.LEAVE, to=State.DENIED, who=_ADMINS, answer="left")
    yield Rule(
        state=State.CONFLICT, on=Fact.TIME_UP, to=State.DENIED, then=_left, label="nobody answered"
    )

    for state in (State.ALLOWED, State.DENIED, State.CONFLICT):
        yield Rule(
            state=state, on=Action.REASON, who=_ADMINS, when=_decided_by_him, then=_reason,
            answer="reason",
        )  # fmt: skip

    yield Rule(
        state=State.BEFORE, on=Action.ASK_ANEW, to=State.READING, who=_POSTER,
        then=partial(_ask_anew, times=times), answer="asked_anew",
    )  # fmt: skip

    yield from _phone_rules()
    yield from _waiting_rules()
    yield from _crm_rules(conflict, confirmed_unseen)


def _phone_rules() -> Iterator[Rule[Data]]:
    for state in (State.LOOKING, State.BY_HAND):
        yield Rule(state=state, on=Fact.ORDERS_FOUND, to=State.ANSWERED, then=_found)
        yield Rule(state=state, on=Fact.CRM_DOWN, to=State.BY_HAND, then=_write_down)
        yield Rule(state=state, on=Fact.CRM_REFUSED, to=State.BY_HAND, then=_write_refused)
    yield Rule(
        state=State.BY_HAND, on=Action.NOT_OURS, to=State.ANSWERED, who=_ADMINS,
        then=_not_ours, decision="not_ours", answer="told",
    )  # fmt: skip
    yield Rule(
        state=State.BY_HAND, on=Action.TELL_ORDERS, to=State.ANSWERED, who=_ADMINS,
        then=_tell_orders, decision="orders_told", answer="told",
    )  # fmt: skip
    for fact in (Fact.ORDERS_FOUND, Fact.CRM_DOWN, Fact.CRM_REFUSED):
        # The admins were quicker, or he has hung up: the late answer changes nothing.
        for state in (State.ANSWERED, State.EXPIRED, State.WITHDRAWN):
            yield Rule(state=state, on=fact)


def _waiting_rules() -> Iterator[Rule[Data]]:
    """What may happen to everybody who waits."""
    for state in (*_UNDECIDED, State.SURE, State.LOOKING, State.BY_HAND):
        yield Rule(
            state=state, on=Action.WITHDRAW, to=State.WITHDRAWN, who=_POSTER, answer="withdrawn"
        )
        yield Rule(
            state=state, on=Fact.TIME_UP, to=State.EXPIRED, when=_is_close, then=_expire,
            label="15 min",
        )  # fmt: skip
        if state is not State.LOOKING:
            yield Rule(state=state, on=Fact.TIME_UP, then=_ping, label="1 min, 3 min")
        else:
            yield Rule(state=state, on=Fact.TIME_UP, label="1 min, 3 min")
    for state in (*_UNDECIDED, State.SURE, State.CONFLICT):
        yield Rule(state=state, on=Fact.JOINED, then=_join)
    for state in (State.READING, State.WAITING, State.ASKING, State.ASKED):
        yield Rule(state=state, on=Fact.SAME_LEAD, to=State.JOINED, then=_same_lead)


def _crm_rules(conflict: Then, confirmed_unseen: Then) -> Iterator[Rule[Data]]:
    """What the CRM may answer, and when."""
    yield Rule(state=State.READING, on=Fact.LEAD_READ, to=State.WAITING, then=_read)
    yield Rule(state=State.READING, on=Fact.LEAD_MISSING, to=State.NOT_FOUND, then=_missing)
    for state in (State.WAITING, State.ASKING, State.ASKED):
        yield Rule(state=state, on=Fact.LEAD_READ, then=_read)
        yield Rule(state=state, on=Fact.LEAD_MISSING, to=State.NOT_FOUND, then=_missing)
    yield Rule(
        state=State.DENIED, on=Fact.LEAD_READ, to=State.CONFLICT, when=_unseen_and_confirmed,
        then=confirmed_unseen, label="confirmed lead",
    )  # fmt: skip
    yield Rule(
        state=State.DENIED, on=Fact.LEAD_READ, when=_unseen, then=_read_after_denial, label="unread"
    )
    yield Rule(state=State.DENIED, on=Fact.CRM_CONFLICT, to=State.CONFLICT, then=conflict)
    for state in (State.ALLOWED, State.DENIED, State.CONFLICT, State.WITHDRAWN, State.EXPIRED):
        yield Rule(state=state, on=Fact.LEAD_READ, then=_read)
        yield Rule(state=state, on=Fact.LEAD_MISSING, then=_no_such_lead)
    for state in (*_UNDECIDED, State.ALLOWED, State.DENIED, State.CONFLICT):
        yield Rule(state=state, on=Fact.CRM_SAVED, then=_saved)
        yield Rule(state=state, on=Fact.CRM_DOWN, then=_write_down)
        yield Rule(state=state, on=Fact.CRM_REFUSED, then=_write_refused)
    for fact in (Fact.CRM_DOWN, Fact.CRM_REFUSED):
        yield Rule(state=State.SURE, on=fact, then=_write_down)
        for state in (State.WITHDRAWN, State.EXPIRED):
            yield Rule(state=state, on=fact)


class Duplicates(Flow[Data]):
    """«РФ Админы»."""

    name = "duplicates"
    states = State
    actions = Action
    data_type = Data
    times_type = Times
    closed = _CLOSED
    silent = frozenset({State.JOINED})
    deciders = frozenset({Role.ADMIN})

    def __init__(self, times: Times | None = None) -> None:
        self.times = times or Times()
        super().__init__(_rules(self.times))

    def requests(self, post: Post) -> tuple[Request, ...]:
        """A case for every lead; a phone is looked up where it is asked about."""
        asker = (Asker(person=post.by, post=post.message_id),)
        asked = post.text[:_LONGEST]
        kind, unsure = guess_kind(post.text)
        found = [
            Request(
                ref=lead, lead=lead, data=Data(kind=kind, unsure=unsure, asked=asked, askers=asker)
            )
            for lead in post.leads
        ]
        if not post.leads or _ABOUT_PHONE.search(post.text):
            found += [
                Request(
                    ref=f"phone:{phone}",
                    lead="",
                    data=Data(kind=Kind.PHONE, asked=asked, askers=asker, phone=phone),
                )
                for phone in post.phones
            ]
        return tuple(found)

    def open(self, request: Request, post: Post, last: Thing | None, now: datetime) -> Step[Data]:
        """A lead is read, a phone is looked up; a lead that was decided lately says so first."""
        data: Data = request.data
        case = Case(
            id=0, state=State.READING, round=1, lead=request.lead, poster=post.by,
            post=post.message_id, posted_at=post.sent_at, data=data,
        )  # fmt: skip
        clocks = tuple(_clocks(post.sent_at, now, self.times))
        if data.kind is Kind.PHONE:
            look = FindOrders(phone=data.phone)
            return Step(case=replace(case, state=State.LOOKING), effects=(look, *clocks))
        if last is not None and last.data.decision is not None:
            told = replace(
                data, before=last.data.decision, known=last.data.known, kind=last.data.kind
            )
            return Step(case=replace(case, state=State.BEFORE, data=told))
        return Step(case=case, effects=(ReadLead(ref=request.lead), *clocks))

    def reply(self, case: Thing, by: Actor, text: str) -> Act | None:
        """A withdrawal, a question or its answer, a reason, or the orders of a phone."""
        own = by.person.id in {asker.person.id for asker in case.data.askers}
        if own and _WITHDRAWN.match(text):
            return Act(name=Action.WITHDRAW, by=by)
        if case.state is State.ASKED and own:
            return Act(name=Action.ANSWER, by=by, text=text)
        for state, name in (
            (State.ASKING, Action.QUESTION),
            (State.BY_HAND, Action.TELL_ORDERS),
            (State.ALLOWED, Action.REASON),
            (State.DENIED, Action.REASON),
            (State.CONFLICT, Action.REASON),
        ):
            action = Act(name=name, by=by, text=text)
            if case.state is state and self.may(case, action):
                return action
        return None

    def buttons(self, case: Thing) -> tuple[tuple[Button, ...], ...]:
        """The decision first, then the rest."""
        match case.state:
            case State.READING | State.WAITING | State.ASKING | State.ASKED:
                rows: list[tuple[Button, ...]] = [
                    (Button(action=Action.ALLOW, style="success"),
                     Button(action=Action.DENY, style="danger")),
                    (Button(action=Action.ASK), Button(action=Action.WITHDRAW)),
                ]  # fmt: skip
                if case.data.unsure:
                    rows.append((Button(action=Action.SWITCH),))
                return tuple(rows)
            case State.SURE:
                return (
                    (Button(action=Action.TRASH_ANYWAY, style="danger"),),
                    (Button(action=Action.COMMENT_ONLY), Button(action=Action.BACK)),
                )
            case State.CONFLICT:
                return (
                    (Button(action=Action.TRASH_ANYWAY, style="danger"),),
                    (Button(action=Action.LEAVE),),
                )
            case State.BY_HAND:
                return (
                    (
                        Button(action=Action.NOT_OURS, style="danger"),
                        Button(action=Action.WITHDRAW),
                    ),
                )
            case State.BEFORE:
                return ((Button(action=Action.ASK_ANEW, style="primary"),),)
            case _:
                return ()

    def askers(self, case: Thing) -> tuple[tuple[Person, int], ...]:
        """All who asked about this lead, the first first."""
        return tuple((asker.person, asker.post) for asker in case.data.askers)

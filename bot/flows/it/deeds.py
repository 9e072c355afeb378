"""What the rules of «КЦ IT Вопросы» do: a ticket and an action become data and effects. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.flows import writes
from bot.flows.asking import LONGEST, Asker, Decision
from bot.flows.base import Action as Act
from bot.flows.base import Change, Person, Post, Role
from bot.flows.effects import Act as ActOn
from bot.flows.effects import (
    Audience,
    DropDeadline,
    Effect,
    Join,
    ReadLead,
    SetDeadline,
    Tell,
)
from bot.flows.it.case import (
    BALANCES,
    OPEN,
    Action,
    Category,
    Data,
    Deadline,
    Note,
    State,
    Subject,
    Ticket,
    Times,
)
from bot.flows.it.incidents import proposed
from bot.flows.it.words import guess, says_me_too, words_of
from bot.flows.orders import short
from bot.flows.writes import WriteState

#: A talkative thread would only make every reading of the chat slower.
_MOST_NOTES = 20


def with_(case: Ticket, *effects: Effect, **changes: object) -> Change[Data]:
    return Change(data=replace(case.data, **changes), effects=effects)  # type: ignore[arg-type]


def person(action: Act) -> Person:
    if action.by is None:
        raise ValueError(f"{action.name} is done by a person")
    return action.by.person


def tell(what: str, *, settled: bool = False) -> Tell:
    return Tell(to=Audience.ASKERS, what=what, settled=settled)


def drop(*names: Deadline) -> tuple[Effect, ...]:
    return tuple(DropDeadline(name=name) for name in names)


# --- the queue ------------------------------------------------------------------------------------


def clocks(since: datetime, now: datetime, times: Times) -> tuple[Effect, ...]:
    """The deadlines of a ticket that comes into the queue; one found late is late at once."""
    return (
        SetDeadline(name=Deadline.REACTION, at=max(since + times.reaction, now)),
        SetDeadline(name=Deadline.SOLUTION, at=max(since + times.solution, now)),
        SetDeadline(name=Deadline.CLOSE, at=since + times.close),
    )


def queued(data: Data, case: Ticket, action: Act, now: datetime, times: Times) -> Change[Data]:
    """It comes into the queue now."""
    similar, offered = proposed(case, data.category, action.around, times)
    data = replace(data, since=now, similar=similar, offered=offered)
    return Change(data=data, effects=(*clocks(now, now, times), *drop(Deadline.LEAD)))


def ask_for_lead(data: Data, now: datetime, times: Times) -> tuple[Data, tuple[Effect, ...]]:
    """The ticket waits for its link, and no clock of the IT people runs."""
    waits = replace(data, similar=(), offered=0, taker=None, taken_at=None, late=False)
    return waits, (
        *drop(Deadline.REACTION, Deadline.SOLUTION, Deadline.CLOSE),
        SetDeadline(name=Deadline.LEAD, at=now + times.lead),
    )


def alone(case: Ticket, _action: Act, _now: datetime) -> bool:
    """It is no incident: others do not hang on it."""
    return not case.data.members


def take(case: Ticket, action: Act, now: datetime) -> Change[Data]:
    return with_(
        case, tell("taken"), *drop(Deadline.REACTION), taker=person(action), taken_at=now,
        late=False,
    )  # fmt: skip


def give_back(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    effects: list[Effect] = [SetDeadline(name=Deadline.REACTION, at=now + times.reaction)]
    taker = case.data.taker
    if taker is not None and taker.id != person(action).id:
        effects.append(Tell(to=Audience.DECIDER, what="given_back", person=taker.id))
    return with_(case, *effects, taker=None, taken_at=None)


# --- the category ---------------------------------------------------------------------------------


def categories(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    return with_(case, choosing=not case.data.choosing)


def is_category(case: Ticket, action: Act, _now: datetime) -> bool:
    return not case.data.members and action.arg in set(Category)


def needs_lead(case: Ticket, action: Act, now: datetime) -> bool:
    return is_category(case, action, now) and action.arg in BALANCES and not case.lead


def stays_as_it_is(case: Ticket, action: Act, now: datetime) -> bool:
    """It goes on to wait for the link, or to be worked on."""
    waits = case.state is State.NEEDS_LEAD
    return is_category(case, action, now) and (not waits or action.arg in BALANCES)


def correct(case: Ticket, action: Act, _now: datetime, *, times: Times) -> Change[Data]:
    category = Category(action.arg)
    similar, offered = proposed(case, category, action.around, times)
    return with_(
        case, category=category, guessed=False, choosing=False, similar=similar, offered=offered
    )


def correct_and_ask(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    data = replace(case.data, category=Category(action.arg), guessed=False, choosing=False)
    data, effects = ask_for_lead(data, now, times)
    return Change(data=data, effects=(*effects, tell("need_lead")))


def correct_and_queue(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    data = replace(
        case.data, category=Category(action.arg), guessed=False, choosing=False, trouble=""
    )
    return queued(data, case, action, now, times)


# --- the lead -------------------------------------------------------------------------------------


def ref_of(action: Act) -> str:
    """The link's key or number, which the text begins with."""
    return next(iter(action.text.split()), "")[:LONGEST]


def _elsewhere(action: Act, ref: str) -> int:
    """Another open ticket about that lead; 0: none."""
    return next((one.id for one in action.around.cases if one.state in OPEN and one.lead == ref), 0)


def names_a_lead(case: Ticket, action: Act, _now: datetime) -> bool:
    ref = ref_of(action)
    return bool(ref) and not case.lead and not _elsewhere(action, ref)


def names_a_lead_of_another(case: Ticket, action: Act, _now: datetime) -> bool:
    return not case.lead and not case.data.members and bool(_elsewhere(action, ref_of(action)))


def name_lead(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    ref = ref_of(action)
    data = replace(_with_words(case, action), trouble="")
    return Change(data=data, lead=ref, effects=(ReadLead(ref=ref),))


def name_lead_and_queue(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    named = name_lead(case, action, now)
    change = queued(named.data, case, action, now, times)
    return replace(change, lead=named.lead, effects=(*change.effects, *named.effects))


def _with_words(case: Ticket, action: Act) -> Data:
    """Whatever else a message with the link said or showed goes into the thread."""
    said = action.what.said
    if said is None or action.by is None:
        return case.data
    return _noted(case.data, action.by.person, words_of(said.text), said)


def fold_into(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """Another ticket is about this lead: everybody who asked here asks there."""
    other = action.what.case or _elsewhere(action, ref_of(action))
    return Change(
        data=case.data,
        effects=tuple(
            Join(case=other, by=asker.person.id, name=asker.person.name, post=asker.post)
            for asker in case.data.askers
        ),
    )


def read(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    lead = action.what.lead
    if lead is None:
        return Change(data=case.data)
    known = Subject(url=lead.url, project=short(lead.project))
    return Change(data=replace(case.data, known=known, trouble=""), lead=lead.id)


def is_balance(case: Ticket, _action: Act, _now: datetime) -> bool:
    return case.data.category in BALANCES and not case.data.members


def missing(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    return Change(data=replace(case.data, trouble="missing"), lead="")


def missing_and_ask(case: Ticket, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    data, effects = ask_for_lead(replace(case.data, trouble="missing"), now, times)
    return Change(data=data, lead="", effects=(*effects, tell("need_lead")))


# --- the thread -----------------------------------------------------------------------------------


def _noted(data: Data, by: Person, text: str, said: Post | None, *, works: bool = False) -> Data:
    """One more message of the thread; an album's later pictures say nothing new."""
    media = "" if said is None else said.media
    album = "" if said is None else said.album
    if album and album in data.albums and not text:
        return data
    if not (text or media or works):
        return data
    no = data.notes[-1].no + 1 if data.notes else 1
    note = Note(no=no, by=by, text=text[:LONGEST], media=media, works=works)
    albums = (*data.albums, album) if album and album not in data.albums else data.albums
    return replace(data, notes=(*data.notes, note)[-_MOST_NOTES:], albums=albums)


def note(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """A reply: IT people's words go to the operator, his go to him who works on it."""
    by, said = person(action), action.what.said
    data = _noted(case.data, by, action.text, said)
    if said is not None and said.foreign and not said.leads:
        data = replace(data, trouble="foreign")
    if data is case.data:
        return Change(data=data)
    effects: list[Effect] = []
    what = f"note:{data.notes[-1].no}"
    asks = by.id in {asker.person.id for asker in data.askers}
    if not asks and says_me_too(action.text):
        post = 0 if said is None else said.message_id
        data = replace(data, askers=(*data.askers, Asker(person=by, post=post)))
    elif asks:
        if data.taker is not None and data.taker.id != by.id:
            effects.append(Tell(to=Audience.DECIDER, what=what, person=data.taker.id))
        if said is not None and said.media and said.chat_id > 0:
            effects.append(Tell(to=Audience.DECIDER, what="show_in_group", person=by.id))
    elif action.by is not None and action.by.roles & {Role.IT, Role.OWNER}:
        effects.append(tell(what))
    return Change(data=data, effects=tuple(effects))


def join(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """Another post about the lead, or another message of the album."""
    by, said = person(action), action.what.said
    data = case.data
    asker = Asker(person=by, post=action.what.post)
    if by.id not in {one.person.id for one in data.askers}:
        data = replace(data, askers=(*data.askers, asker))
    text = words_of(action.text)
    own = by.id == case.poster.id and (said is None or said.album in data.albums)
    if not own:
        return Change(data=_noted(data, by, text, said))
    if said is not None and said.media:
        data = replace(data, media=(*data.media, said.media)[:10])
    if not text or data.asked:
        return Change(data=data)
    # An album's caption may come with any of its pictures.
    lead = _new_lead(case, action)
    data = replace(data, asked=text[:LONGEST])
    if data.guessed:
        data = replace(data, category=guess(action.text, has_lead=bool(lead or case.lead)))
    reading = (ReadLead(ref=lead),) if lead else ()
    if data.category in BALANCES and not (lead or case.lead):
        data, effects = ask_for_lead(data, now, times)
        return Change(data=data, effects=effects)
    return Change(data=data, lead=lead or None, effects=reading)


def _new_lead(case: Ticket, action: Act) -> str:
    leads = () if action.what.said is None else action.what.said.leads
    if case.lead or not leads or _elsewhere(action, leads[0]):
        return ""
    return leads[0]


def caption_asks_for_lead(case: Ticket, action: Act, _now: datetime) -> bool:
    """The words of an album have come, they are about a balance, and there is no link."""
    said = action.what.said
    return (
        case.data.guessed
        and not case.data.asked
        and action.by is not None
        and action.by.person.id == case.poster.id
        and (said is None or said.album in case.data.albums)
        and bool(words_of(action.text))
        and not case.lead
        and not _new_lead(case, action)
        and guess(action.text, has_lead=False) in BALANCES
    )


# --- the end --------------------------------------------------------------------------------------


def comment(data: Data, lead: str, what: str) -> tuple[Data, tuple[Effect, ...]]:
    """A comment in the lead, where one is named and known."""
    if not lead:
        return data, ()
    made, effect = writes.comment(data.writes, what)
    return replace(data, writes=made), (effect,)


def solved(case: Ticket, by: Person, now: datetime, times: Times, *, undo: bool) -> Change[Data]:
    """Solved; for an incident's other tickets «Отменить» stands on its head."""
    data = replace(
        case.data,
        decision=Decision(allowed=True, by=by, at=now),
        choosing=False,
        similar=(),
        offered=0,
        undoable=undo,
        reopenable=True,
    )
    data, written = comment(data, case.lead, "solved")
    clock: tuple[Effect, ...] = (SetDeadline(name=Deadline.REOPEN, at=now + times.reopen),)
    if undo:
        clock = (*clock, SetDeadline(name=Deadline.UNDO, at=now + times.undo))
    return Change(data=data, effects=(*written, *clock, tell("solved", settled=True)))


def solve(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    change = solved(case, person(action), now, times, undo=True)
    others = tuple(
        ActOn(case=member.case, action=Action.SOLVE_WITH) for member in case.data.members
    )
    return replace(change, effects=(*change.effects, *others))


def his_decision(case: Ticket, action: Act, _now: datetime) -> bool:
    decision = case.data.decision
    return decision is not None and action.by is not None and action.by.person.id == decision.by.id


def his_undo(case: Ticket, action: Act, now: datetime) -> bool:
    return case.data.undoable and his_decision(case, action, now)


def not_solved_yet(case: Ticket) -> Data:
    """As before the decision, which is kept to be told."""
    return replace(
        case.data, before=case.data.decision, decision=None, undoable=False, reopenable=False
    )


def undo(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """He is back at work on it, and so are an incident's other tickets."""
    data = replace(not_solved_yet(case), taker=person(action), taken_at=now, late=False)
    data, written = comment(data, case.lead, "undone")
    others = tuple(ActOn(case=one.case, action=Action.UNDO_WITH) for one in data.members)
    clock: tuple[Effect, ...] = (
        *drop(Deadline.UNDO, Deadline.REOPEN),
        SetDeadline(name=Deadline.CLOSE, at=now + times.close),
    )
    if not data.escalated:
        at = max(data.since + times.solution, now)
        clock = (*clock, SetDeadline(name=Deadline.SOLUTION, at=at))
    return Change(data=data, effects=(*written, *clock, tell("undone"), *others))


def solve_with(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    return solved(case, person(action), now, times, undo=False)


def undo_with(case: Ticket, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    data, written = comment(not_solved_yet(case), case.lead, "undone")
    clock = SetDeadline(name=Deadline.CLOSE, at=now + times.close)
    over = drop(Deadline.UNDO, Deadline.REOPEN)
    return Change(data=data, effects=(*written, *over, clock, tell("undone")))


def helped(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    decision = case.data.decision
    if decision is None:
        return Change(data=case.data)
    data = replace(case.data, decision=replace(decision, reason=action.text[:LONGEST]))
    data, written = comment(data, case.lead, "helped")
    return Change(data=data, effects=(*written, tell("helped")))


def may_reopen(case: Ticket, _action: Act, _now: datetime) -> bool:
    return case.data.reopenable


def asker_may_reopen(case: Ticket, action: Act, _now: datetime) -> bool:
    return (
        case.data.reopenable
        and action.by is not None
        and action.by.person.id in {asker.person.id for asker in case.data.askers}
    )


def reopen(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """A new round, alone: it goes back into the queue, and the IT people on duty hear of it."""
    data = replace(
        not_solved_yet(case), taker=None, taken_at=None, since=now, late=False, escalated=False,
        head=None, members=(),
    )  # fmt: skip
    data = _noted(data, person(action), action.text, action.what.said)
    data, written = comment(data, case.lead, "reopened")
    again = Tell(to=Audience.ROLE, what="reopened", role=Role.IT)
    clock = (*drop(Deadline.UNDO, Deadline.REOPEN), *clocks(now, now, times))
    return Change(data=data, effects=(*written, *clock, again))


def dismiss(case: Ticket, action: Act, now: datetime) -> Change[Data]:
    decision = Decision(allowed=False, by=person(action), at=now)
    return with_(case, tell("dismissed"), decision=decision, choosing=False, similar=(), offered=0)


def withdraw(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    """It works again, or he needs nobody any more: whoever works on it, and its incident, hear."""
    data = case.data
    effects: list[Effect] = []
    if data.taker is not None and data.taker.id != case.poster.id:
        effects.append(Tell(to=Audience.DECIDER, what="withdrawn", person=data.taker.id))
    if data.head is not None:
        effects.append(ActOn(case=data.head, action=Action.DROP_MEMBER))
    return with_(case, *effects, choosing=False, similar=(), offered=0)


def works_for_him(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """An incident's head goes on for the others."""
    return Change(data=_noted(case.data, person(action), "", None, works=True))


# --- the clock ------------------------------------------------------------------------------------


def is_deadline(name: Deadline, action: Act) -> bool:
    return action.what.deadline == name


def is_late(_case: Ticket, action: Act, _now: datetime) -> bool:
    return is_deadline(Deadline.REACTION, action)


def is_too_long(_case: Ticket, action: Act, _now: datetime) -> bool:
    return is_deadline(Deadline.SOLUTION, action)


def is_end(_case: Ticket, action: Act, _now: datetime) -> bool:
    return is_deadline(Deadline.CLOSE, action) or is_deadline(Deadline.LEAD, action)


def late(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    return with_(case, Tell(to=Audience.ROLE, what="late", role=Role.IT), late=True)


def escalate(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    there = Tell(to=Audience.ROLE, what="escalated", role=Role.SUPERVISOR)
    return with_(case, there, escalated=True)


def expire(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    if case.state is State.NEEDS_LEAD:
        return with_(case, tell("no_lead"), choosing=False)
    there = Tell(to=Audience.ROLE, what="expired", role=Role.SUPERVISOR)
    return with_(case, tell("expired"), there, choosing=False, similar=(), offered=0)


def time_for_second_thoughts_is_over(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    if is_deadline(Deadline.UNDO, action):
        return with_(case, undoable=False)
    return with_(case, undoable=False, reopenable=False)


# --- what the CRM says to our writing -------------------------------------------------------------


def _marked(
    data: Data, no: int, state: WriteState, *, at: datetime | None = None, say: str = ""
) -> Data:
    return replace(data, writes=writes.marked(data.writes, no, state, at=at, say=say))


def saved(case: Ticket, action: Act, now: datetime) -> Change[Data]:
    return Change(data=_marked(case.data, action.what.no, WriteState.SAVED, at=now))


def down(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    if action.what.no == 0:
        return with_(case, trouble="down")
    return Change(data=_marked(case.data, action.what.no, WriteState.DELAYED))


def refused(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    owners = Tell(to=Audience.OWNERS, what="crm_refused")
    if action.what.no == 0:
        return with_(case, owners, trouble="refused")
    data = _marked(case.data, action.what.no, WriteState.REFUSED, say=action.what.say)
    return Change(data=data, effects=(owners,))

"""The table of «Возврат Обмен»: (state, action) → guard, next state, effects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from bot.flows import answers, undo
from bot.flows.base import Rule, Who, on
from bot.flows.pieces import he_asked
from bot.flows.records import Action as Act
from bot.flows.records import Change, Fact, Role
from bot.flows.returns import answers as bring
from bot.flows.returns import deeds as do
from bot.flows.returns import undoing
from bot.flows.returns.case import Action, Data, Deadline, State, Thing, Times

_POSTER = Who(poster=True, otherwise="poster_only")
_STAFF = Who(roles=frozenset({Role.RETURNS}), otherwise="returns_only")
_STAFF_OR_CHIEF = Who(roles=frozenset({Role.RETURNS, Role.SUPERVISOR}), otherwise="returns_only")
_CHIEF = Who(roles=frozenset({Role.SUPERVISOR}), otherwise="taker_only")
#: The same as staff, on the post of somebody else: what counts as a decision.
_DECIDES = Who(roles=frozenset({Role.RETURNS}), other_than_poster=True, otherwise="returns_only")
#: Where the poster may be long gone, staff and supervisors do it for him.
_FOR_POSTER = Who(roles=frozenset({Role.RETURNS, Role.SUPERVISOR}), otherwise="poster_only")
#: The supervisors alone: whether a sale is trashed is not the staff's to say.
_CHIEF_FOR_POSTER = Who(roles=frozenset({Role.SUPERVISOR}), otherwise="poster_only")

#: A phone that is not yet a lead.
_UNPICKED = (State.LOOKING, State.PICKING, State.READING)
#: A lead in the hands of the returns staff.
_UNCALLED = (State.WAITING, State.TAKEN)
_IN_HAND = (*_UNCALLED, State.REACHED)
OPEN = (*_UNPICKED, *_IN_HAND)
CLOSED = frozenset(State) - set(OPEN)
#: The record is our affair, also when the client has his answer.
RECORDED = (*_IN_HAND, State.DONE)


def rules(times: Times) -> Iterator[Rule[Data]]:
    """A paragraph for each thing that can be done or can happen; the first row that fits holds."""
    yield from _phone_rules()
    yield from _poster_rules()
    yield from _staff_rules(times)
    yield from _clock_rules(times)
    yield from _undoing_rules(times)
    yield from _crm_rules(times)


def _phone_rules() -> Iterator[Rule[Data]]:
    """A phone's orders are looked up, and the poster picks the one that is meant."""
    looking, picking = (State.LOOKING,), (State.PICKING,)
    yield from on(
        Fact.ORDERS_FOUND, looking, to=State.PICKING, when=bring.any_order, then=bring.found,
        label="found",
    )  # fmt: skip
    yield from on(Fact.ORDERS_FOUND, looking, to=State.NOT_OURS, then=bring.found, label="none")
    for who in (_POSTER, _FOR_POSTER):
        by = partial(on, who=who)
        yield from by(
            Action.PICK, picking, to=State.READING, when=do.offered, then=do.pick, answer="picked"
        )
        yield from by(
            Action.NONE_FITS, picking, to=State.NOT_OURS, then=do.none_fits, answer="none_fits"
        )
        yield from by(
            Action.WITHDRAW, _UNPICKED, to=State.WITHDRAWN, then=do.withdraw, answer="withdrawn"
        )
    yield from on(Fact.ORDERS_FOUND, (State.WITHDRAWN, State.JOINED))


def _poster_rules() -> Iterator[Rule[Data]]:
    """What only he knows: what the client said, and whether this is the lead of his call."""
    poster = partial(on, who=_POSTER)
    waiting = (State.WAITING,)
    yield from poster(
        Action.WITHDRAW, waiting, to=State.WITHDRAWN, then=do.withdraw, answer="withdrawn"
    )
    for says in (Action.SAY, Action.GO_ON):
        yield from poster(says, _IN_HAND, when=do.silent, then=do.say, answer="said")
    yield from on(Action.EDIT, OPEN, when=he_asked, then=do.edit)
    for who in (_POSTER, _CHIEF_FOR_POSTER):
        asked = partial(on, states=RECORDED, who=who)
        yield from asked(
            Action.THIS_CALL, when=do.is_asked_of_this, then=do.this_call, answer="this_call"
        )
        yield from asked(Action.THE_ORDER, when=do.is_asked, then=do.the_order, answer="the_order")
    yield from on(Fact.JOINED, OPEN, then=do.join)
    yield from on(Fact.SAME_LEAD, OPEN, to=State.JOINED, then=bring.same_lead)


def _staff_rules(times: Times) -> Iterator[Rule[Data]]:
    """Anybody of the staff takes it; then it is his, and the supervisors'."""
    staff, both = partial(on, who=_STAFF), partial(on, who=_STAFF_OR_CHIEF)
    taken, reached, done = (State.TAKEN,), (State.REACHED,), (State.DONE,)
    yield from staff(Action.TAKE, (State.WAITING,), to=State.TAKEN, then=do.take, answer="taken")
    yield from staff(Action.TAKE, taken, when=do.is_left_alone, then=do.take, answer="taken")
    yield from _by_taker(
        Action.HAND_BACK, taken, to=State.WAITING, then=do.hand_back, answer="handed_back"
    )
    yield from _by_taker(Action.REACH, taken, to=State.REACHED, then=do.reach, answer="reached")
    yield from _by_taker(
        Action.NO_ANSWER, taken, when=do.may_try, then=partial(do.no_answer, times=times),
        answer="no_answer",
    )  # fmt: skip
    yield from _by_taker(
        Action.GIVE_UP, taken, to=State.DONE, when=do.is_enough,
        then=partial(do.give_up, times=times), answer="ended",
    )  # fmt: skip
    yield from _by_taker(Action.BACK, reached, to=State.TAKEN, then=do.back, answer="back")
    yield from _by_taker(
        Action.END, reached, to=State.DONE, when=do.is_outcome,
        then=partial(do.end, times=times), answer="ended", decision="ended",
    )  # fmt: skip
    yield from both(Action.NOTE, done, when=do.is_his_ending, then=do.note, answer="note")
    yield from both(
        Action.SET_ANYWAY, RECORDED, when=do.is_this_conflict, then=do.set_anyway,
        answer="set_anyway",
    )  # fmt: skip
    yield from both(Action.LEAVE, RECORDED, when=do.is_conflict, then=do.leave, answer="left")


def _by_taker(
    what: Action,
    states: tuple[State, ...],
    *,
    then: Callable[[Thing, Act, datetime], Change[Data]],
    answer: str,
    to: State | None = None,
    when: Callable[[Thing, Act, datetime], bool] | None = None,
    decision: str = "",
) -> Iterator[Rule[Data]]:
    """Whoever took it may, and a supervisor; anybody else hears whose it is.

    A case that somebody posted himself is his to work on too; it is no decision in the figures.
    """

    def his(case: Thing, action: Act, now: datetime) -> bool:
        return do.is_taker(case, action, now) and (when is None or when(case, action, now))

    row = partial(on, what, states, to=to, then=then, answer=answer)
    if decision:
        yield from row(who=_DECIDES, when=his, decision=decision)
    yield from row(who=_STAFF, when=his)
    yield from row(who=_CHIEF, when=when)


def _clock_rules(times: Times) -> Iterator[Rule[Data]]:
    """It only reminds: a promise that was missed is kept late, so nothing ends by itself."""
    warned = partial(on, Fact.TIME_UP, (*_UNPICKED, *_UNCALLED), then=bring.warn)
    reached = partial(on, Fact.TIME_UP, (State.REACHED,))
    yield from warned(when=_is(Deadline.FIRST_WARNING), label="12 h")
    yield from warned(when=_is(Deadline.SECOND_WARNING), label="14 h")
    yield from reached(when=_is(Deadline.FIRST_WARNING), label="12 h")
    yield from reached(when=_is(Deadline.SECOND_WARNING), label="14 h")
    yield from on(
        Fact.TIME_UP, (*_UNPICKED, *_UNCALLED), when=_is(Deadline.CALLBACK),
        then=partial(bring.overdue, times=times), label="15 h",
    )  # fmt: skip
    yield from reached(when=_is(Deadline.CALLBACK), then=partial(bring.kept, times=times))
    yield from on(
        Fact.TIME_UP, OPEN, when=_is(Deadline.REMIND), then=partial(bring.remind, times=times),
        label="daily",
    )  # fmt: skip
    yield from on(
        Fact.TIME_UP, _UNCALLED, when=_is(Deadline.TRY), then=bring.try_again, label="1 h"
    )
    yield from on(
        Fact.TIME_UP, RECORDED, when=_is(Deadline.QUESTION),
        then=partial(bring.ask_again, times=times), label="10 min, 1 h, daily",
    )  # fmt: skip


def _is(name: Deadline) -> Callable[[Thing, Act, datetime], bool]:
    def has_come(_case: Thing, action: Act, _now: datetime) -> bool:
        return action.what.deadline == name

    return has_come


def _undoing_rules(times: Times) -> Iterator[Rule[Data]]:
    """Who decided may take it back for a minute, whatever he is here."""
    back = partial(on, Action.UNDO, answer="undone")
    ended = partial(back, (State.DONE,), then=partial(undoing.take_outcome_back, times=times))
    yield from ended(to=State.TAKEN, when=partial(undoing.unreached_in_time, times=times))
    yield from ended(to=State.REACHED, when=partial(undoing.outcome_in_time, times=times))
    yield from back(
        RECORDED, when=partial(undoing.answer_in_time, times=times),
        then=partial(undoing.take_answer_back, times=times),
    )  # fmt: skip
    yield from back(
        (State.NOT_OURS,), to=State.PICKING, when=partial(undoing.none_fits_in_time, times=times),
        then=partial(undoing.look_again, times=times),
    )  # fmt: skip
    undone = partial(on, when=undo.is_of_undoing, then=undo.hear, label="undone")
    # A lead that nobody had read yet may be another card's, or none.
    unread = (State.NOT_FOUND, State.JOINED)
    for fact in (Fact.CRM_SAVED, Fact.CRM_REFUSED):
        yield from undone(fact, (*RECORDED, State.WITHDRAWN, *unread))
    yield from undone(Fact.CRM_CONFLICT, (*RECORDED, State.WITHDRAWN))
    yield from undone(Fact.CRM_DOWN, unread)


def _crm_rules(times: Times) -> Iterator[Rule[Data]]:
    """What the CRM may answer, and when."""
    read = partial(bring.read, times=times)
    withdrawn = (State.WITHDRAWN,)
    yield from on(Fact.LEAD_READ, (State.READING,), to=State.WAITING, then=read)
    yield from on(Fact.LEAD_READ, RECORDED, then=read)
    yield from on(
        Fact.LEAD_MISSING, (State.READING, State.WAITING), to=State.NOT_FOUND, then=answers.missing
    )
    yield from on(
        Fact.LEAD_MISSING, (State.TAKEN, State.REACHED, State.DONE), then=answers.no_such_lead
    )
    # The post was taken back before the CRM answered: nothing is written any more.
    yield from on(Fact.LEAD_READ, withdrawn)
    yield from on(Fact.LEAD_MISSING, withdrawn)

    over = (*withdrawn, State.JOINED)
    writing = (*RECORDED, *over)
    listening = (State.LOOKING, State.READING, *writing)
    conflict = partial(bring.conflict, patience=times.question)
    yield from on(Fact.CRM_SAVED, writing, then=answers.saved)
    yield from on(Fact.CRM_DOWN, listening, then=answers.down)
    yield from on(Fact.CRM_REFUSED, listening, then=bring.refused)
    yield from on(Fact.CRM_CONFLICT, RECORDED, then=conflict)
    yield from on(Fact.CRM_CONFLICT, over, then=bring.conflict_left)

"""The table of «Проект Белкин»: (state, action) → guard, next state, effects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from bot.flows.base import Rule, Who, on
from bot.flows.pauses import deeds as do
from bot.flows.pauses.case import OFF_LINE, WAITING, Action, Data, Deadline, State, Thing, Times
from bot.flows.pauses.changes import Changes
from bot.flows.pauses.deeds import Deeds
from bot.flows.pauses.shifts import Verdict
from bot.flows.pauses.undoing import Undoing
from bot.flows.records import Action as Act
from bot.flows.records import Fact, Role

_SUPERVISORS = Who(
    roles=frozenset({Role.SUPERVISOR}),
    other_than_poster=True,
    otherwise="supervisors_agree",
    own="own_pause",
)
_POSTER = Who(poster=True, otherwise="poster_only")
#: Whoever gives his place away calls the next one; no button does.
_WHOEVER_GOES = Who()

_QUEUED, _CALLED = (State.QUEUED,), (State.CALLED,)
_BEFORE = (*WAITING, State.CALLED)
CLOSED = frozenset(State) - {*_BEFORE, *OFF_LINE}

Guard = Callable[[Thing, Act, datetime], bool]


def rules(times: Times) -> Iterator[Rule[Data]]:
    """A paragraph for each thing that can be done or can happen; the first row that fits holds."""
    by, changes = Deeds(times), Changes(times)
    supervisors, poster = partial(on, who=_SUPERVISORS), partial(on, who=_POSTER)

    yield from supervisors(
        Action.AGREE, WAITING, to=State.AWAY, when=do.is_wish_shown, then=by.agree,
        decision="agreed",
    )  # fmt: skip
    yield from supervisors(
        Action.LATER, WAITING, when=do.not_put_off, then=by.later, decision="later"
    )
    yield from supervisors(
        Action.AGREE, OFF_LINE, to=State.AWAY, when=do.is_wish_shown, then=changes.agree_change,
        decision="agreed", label="a change",
    )  # fmt: skip
    yield from supervisors(
        Action.LATER, OFF_LINE, when=do.is_wish_shown, then=changes.refuse_change, decision="later"
    )
    yield from supervisors(
        Action.CLOSE, (State.OVERDUE,), to=State.BACK, then=by.close, answer="closed"
    )

    undoing = Undoing(times)
    for state in (*WAITING, *OFF_LINE):
        yield from supervisors(
            Action.UNDO, OFF_LINE, to=state, when=partial(undoing.in_time, back_to=state),
            then=undoing.take_back, answer="undone", label=f"was {state}",
        )  # fmt: skip
    yield from supervisors(
        Action.UNDO, (State.BACK,), to=State.OVERDUE, when=undoing.closing_in_time,
        then=undoing.open_again, answer="undone",
    )  # fmt: skip

    yield from on(
        Action.CALL, _QUEUED, to=State.CALLED, who=_WHOEVER_GOES, when=by.place_is_free,
        then=by.call, label="a place is free",
    )  # fmt: skip
    yield from poster(Action.START, _CALLED, to=State.AWAY, then=by.start, answer="started")
    yield from poster(
        Action.WITHDRAW, _BEFORE, to=State.WITHDRAWN, then=by.withdraw, answer="withdrawn"
    )
    yield from poster(Action.RETURN, OFF_LINE, to=State.BACK, then=by.back, answer="back")
    yield from _taken_back(by, changes, partial(poster, Action.WITHDRAW), do.is_shown)
    yield from poster(
        Action.TICKET, OFF_LINE, when=do.may_ticket_here, then=do.ticket, answer="ticket"
    )
    yield from poster(Action.TICKET, OFF_LINE, when=do.may_ticket, answer="no_it")

    yield from _words(by, changes)
    yield from _clock(by)


def _taken_back(
    by: Deeds, changes: Changes, rows: Callable[..., tuple[Rule[Data], ...]], meant: Guard
) -> Iterator[Rule[Data]]:
    """Off the line he takes back what he asked for: a change, else the pause itself.

    Where that has only begun it was none; else it is over.
    """

    def he(*guards: Guard) -> Guard:
        return lambda case, action, now: all(guard(case, action, now) for guard in (meant, *guards))

    yield from rows(
        OFF_LINE, when=he(do.wants_else), then=changes.no_change, answer="unchanged",
        label="a change",
    )  # fmt: skip
    yield from rows(
        (State.AWAY,), to=State.WITHDRAWN, when=he(by.just_gone), then=by.never_gone,
        answer="withdrawn", label="1 min",
    )  # fmt: skip
    yield from rows(OFF_LINE, to=State.BACK, when=he(do.is_plain), then=by.back, answer="back")


def _words(by: Deeds, changes: Changes) -> Iterator[Rule[Data]]:
    """What he writes while a pause of his is open."""

    def judged(verdict: Verdict) -> Guard:
        return lambda case, action, now: by.verdict(case, action, now) is verdict

    joins = partial(on, Fact.JOINED)
    yield from joins(
        (*_BEFORE, *OFF_LINE), to=State.SHIFT_OVER, when=do.says_over, then=by.over,
        label="shift over",
    )  # fmt: skip
    yield from joins(
        _BEFORE, to=State.WITHDRAWN, when=do.says_no_more, then=by.withdraw, label="no more"
    )
    yield from joins(_CALLED, to=State.AWAY, when=do.says_go, then=by.start, label="goes")
    yield from joins(
        _BEFORE, to=State.AWAY, when=judged(Verdict.GO), then=by.go, label="another pause: free"
    )
    yield from joins(
        _BEFORE, to=State.QUEUED, when=judged(Verdict.QUEUE), then=by.queue,
        label="another pause: no place",
    )  # fmt: skip
    yield from joins(
        _BEFORE, to=State.ASKED, when=judged(Verdict.ASK), then=by.ask,
        label="another pause: too long",
    )  # fmt: skip
    yield from joins(OFF_LINE, to=State.BACK, when=do.says_back, then=by.back, label="back")
    yield from _taken_back(by, changes, joins, do.takes_back)
    yield from joins(
        OFF_LINE, to=State.AWAY, when=changes.may_change, then=changes.change, label="another pause"
    )
    yield from joins(OFF_LINE, when=changes.wants_change, then=changes.ask_change)
    yield from joins((*_BEFORE, *OFF_LINE))
    # Two groups became one, and he has asked in both: what he asked last goes on.
    yield from on(Fact.SAME_LEAD, _BEFORE, to=State.WITHDRAWN, then=by.withdraw)
    yield from on(Fact.SAME_LEAD, OFF_LINE, to=State.BACK, then=by.back)


def _clock(by: Deeds) -> Iterator[Rule[Data]]:
    """What time brings."""

    def is_up(name: Deadline, more: Guard | None = None) -> Guard:
        return lambda case, action, now: (
            action.what.deadline == name and (more is None or more(case, action, now))
        )

    up = partial(on, Fact.TIME_UP)
    yield from up((State.ASKED,), when=is_up(Deadline.PING), then=do.ping)
    yield from up(
        _BEFORE, to=State.EXPIRED, when=is_up(Deadline.EXPIRE), then=by.expire, label="2 h"
    )
    yield from up(
        _CALLED, to=State.QUEUED, when=is_up(Deadline.TURN, do.somebody_waits), then=by.miss,
        label="5 min, others wait",
    )  # fmt: skip
    yield from up(_CALLED, when=is_up(Deadline.TURN), then=by.hold)
    away, overdue = (State.AWAY,), (State.OVERDUE,)
    yield from up(
        away, to=State.OVERDUE, when=is_up(Deadline.END), then=by.remind, label="as planned"
    )
    yield from up(overdue, when=is_up(Deadline.GRACE), then=by.warn)
    yield from up(
        overdue, to=State.FORGOTTEN, when=is_up(Deadline.FORGET), then=by.forget, label="4 h"
    )

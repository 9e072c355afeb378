"""What «Проект Белкин» does when a supervisor takes his word back. Pure.

«Позже», said to somebody who waits, needs no way back: «Согласовать» stays on his card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.flows import undo
from bot.flows.effects import Act as DoTo
from bot.flows.effects import Effect, SetDeadline
from bot.flows.pauses.case import OFF_LINE, WAITING, Action, Data, Deadline, State, Thing, Times
from bot.flows.pauses.deeds import part_of
from bot.flows.pauses.shifts import called
from bot.flows.pieces import drop, tell_askers
from bot.flows.records import Action as Act
from bot.flows.records import Change
from bot.flows.undo import Undone


@dataclass(frozen=True, slots=True)
class Undoing:
    """It stands as it stood, and the clocks of that run anew."""

    times: Times

    def in_time(self, case: Thing, action: Act, now: datetime, *, back_to: State) -> bool:
        """By him whose word it was, soon enough, and nothing else has happened meanwhile."""
        decision, before = case.data.decision, case.data.before
        return (
            decision is not None
            and before is not None
            and before.state is back_to
            and undo.may(decision.by, decision.at, action, now, self.times.undo)
        )

    def take_back(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        """The operator is told at once, wherever he is by now."""
        decision, before = case.data.decision, case.data.before
        if decision is None or before is None:
            return Change(data=case.data)
        what = "agreed" if decision.allowed else "later"
        data = replace(
            case.data,
            wish=before.wish,
            since=before.since,
            used=before.used,
            parts=before.parts,
            decision=before.decision,
            warned=before.warned,
            before=None,
            undone=Undone(what=what, by=decision.by, decided_at=decision.at, at=now),
        )
        stands = replace(case, state=before.state, data=data)
        return Change(
            data=data, effects=(tell_askers("undone"), *self._clocks(stands, action, now))
        )

    def _clocks(self, case: Thing, action: Act, now: datetime) -> Iterator[Effect]:
        if case.state in WAITING:
            yield from drop(Deadline.END)
            yield SetDeadline(name=Deadline.EXPIRE, at=now + self.times.wait)
            if case.state is State.ASKED:
                yield SetDeadline(name=Deadline.PING, at=now + self.times.ping)
            # He takes no place any more, and may be the first of those who wait for one.
            for other in called((*action.around.cases, case), self.times.places):
                yield DoTo(case=other, action=Action.CALL)
        elif case.state in OFF_LINE:
            until = part_of(case.data).until
            if case.state is State.AWAY:
                yield SetDeadline(name=Deadline.END, at=max(until, now))
                return
            yield from drop(Deadline.END)
            if not case.data.warned:
                yield SetDeadline(name=Deadline.GRACE, at=max(until + self.times.grace, now))
            yield SetDeadline(name=Deadline.FORGET, at=until + self.times.forget)

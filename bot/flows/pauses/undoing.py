"""What «Проект Белкин» does when a supervisor takes his word back. Pure.

«Позже», said to somebody who waits, needs no way back: «Согласовать» stays on his card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.flows import undo
from bot.flows.copies import replace
from bot.flows.effects import Act as DoTo
from bot.flows.effects import Effect, SetDeadline
from bot.flows.pauses.case import OFF_LINE, WAITING, Action, Data, Deadline, State, Thing, Times
from bot.flows.pauses.deeds import part_of
from bot.flows.pauses.shifts import called
from bot.flows.pieces import drop, tell_askers
from bot.flows.records import Action as Act
from bot.flows.records import Change, Person
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

    def closing_in_time(self, case: Thing, action: Act, now: datetime) -> bool:
        """The same, of a pause that he has closed; its operator has said nothing else since."""
        by, at = case.data.closed_by, part_of(case.data).ended
        cases = action.around.cases
        return (
            by is not None
            and at is not None
            and case.data.before is not None
            and undo.may(by, at, action, now, self.times.undo)
            and not any(one.about == case.about and one.id > case.id for one in cases)
        )

    def take_back(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        """The operator is told at once, wherever he is by now."""
        decision = case.data.decision
        if decision is None:
            return Change(data=case.data)
        what = "agreed" if decision.allowed else "later"
        return self._undone(case, action, what, decision.by, decision.at, now)

    def open_again(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        """He is off the line still, and as late as he was."""
        by, at = case.data.closed_by, part_of(case.data).ended
        if by is None or at is None:
            return Change(data=case.data)
        return self._undone(case, action, "closed", by, at, now)

    def _undone(
        self, case: Thing, action: Act, what: str, by: Person, at: datetime, now: datetime
    ) -> Change[Data]:
        before = case.data.before
        if before is None:
            return Change(data=case.data)
        data = replace(
            case.data,
            wish=before.wish,
            since=before.since,
            used=before.used,
            parts=before.parts,
            decision=before.decision,
            warned=before.warned,
            before=None,
            closed_by=None,
            undone=Undone(what=what, by=by, decided_at=at, at=now),
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

"""He is off the line and wants another pause, or a longer one. Pure.

A change that the shift's allowance and the places bear is made by itself; another one waits on the
card for a supervisor, and he goes on as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.flows.asking import LONGEST, Decision
from bot.flows.copies import replace
from bot.flows.effects import Audience, SetDeadline, Tell
from bot.flows.pauses.case import Data, Deadline, Part, Thing, Times, Wish, as_it_stands
from bot.flows.pauses.deeds import ended, part_of, wanted, when, wish_of
from bot.flows.pauses.shifts import lasts, taken
from bot.flows.pauses.words import Word, read
from bot.flows.pieces import drop, tell_askers
from bot.flows.records import Action as Act
from bot.flows.records import Change

_OF_BEING_LATE = (Deadline.GRACE, Deadline.FORGET)


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of such a wish."""

    times: Times

    def change_of(self, case: Thing, action: Act, now: datetime) -> Wish | None:
        """The pause as he wants it now; of the same kind: all of it, from its beginning."""
        said, on, at = read(action.text), part_of(case.data), when(action, now)
        if said is None:
            return None
        if said.what is Word.LONGER and said.length is not None:
            until = max(on.until, at) + said.length
            return Wish(kind=on.kind, length=until - on.since)
        if said.what is not Word.LEAVE:
            return None
        if said.kind is not None and said.kind is not on.kind:
            return wanted(said, self.times)
        if said.length is None:
            return None
        # «обед 40» is all of it; «10 минут» is from now on.
        since = on.since if said.kind is on.kind else at
        return Wish(kind=on.kind, length=since + said.length - on.since)

    def may_change(self, case: Thing, action: Act, now: datetime) -> bool:
        """Whether he may without a supervisor's word."""
        wish = self.change_of(case, action, now)
        if wish is None:
            return False
        on = part_of(case.data)
        if self.times.allowed(wish.kind) is None or (
            wish.kind is on.kind and on.since + wish.length <= on.until
        ):
            return True
        cases = (*action.around.cases, case)
        if not lasts(wish, cases, case.poster.id, now, self.times)[0]:
            return False
        return wish.kind is on.kind or taken(action.around.cases) < self.times.places

    def wants_change(self, case: Thing, action: Act, now: datetime) -> bool:
        """Whether he wants one at all."""
        return self.change_of(case, action, now) is not None

    def change(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        """It is made."""
        wish = self.change_of(case, action, now) or wish_of(case.data)
        data = replace(case.data, said=action.text[:LONGEST])
        return changed(data, wish, when(action, now))

    def ask_change(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        """The supervisors are told: an edited card makes no sound."""
        wish = self.change_of(case, action, now)
        to_supervisors = Tell(to=Audience.DECIDERS, what="wish")
        data = replace(case.data, wish=wish, decision=None, before=None)
        return Change(data=data, effects=(to_supervisors,))

    def no_change(self, case: Thing, _action: Act, _now: datetime) -> Change[Data]:
        """He wants none any more: it stays as it was."""
        return Change(data=replace(case.data, wish=None))

    def agree_change(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        """A supervisor consents; another kind begins now."""
        decision = Decision(allowed=True, by=action.doer, at=now)
        change = changed(case.data, wish_of(case.data), now)
        return replace(
            change,
            data=replace(change.data, decision=decision, before=as_it_stands(case)),
            effects=(*change.effects, tell_askers("agreed")),
        )

    def refuse_change(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        """«Позже»: it stays as it was."""
        decision = Decision(allowed=False, by=action.doer, at=now)
        data = replace(case.data, wish=None, decision=decision, before=as_it_stands(case))
        return Change(data=data, effects=(tell_askers("later"),))


def changed(data: Data, wish: Wish, at: datetime) -> Change[Data]:
    """Another length, or another kind from then on."""
    on = part_of(data)
    if wish.kind is on.kind:
        part = replace(on, until=on.since + wish.length)
        parts = (*data.parts[:-1], part)
    else:
        parts = ended(data, at).parts
        part = Part(kind=wish.kind, since=parts[-1].ended or at, until=at + wish.length)
        parts = (*parts, part)
    return Change(
        data=replace(data, wish=None, parts=parts, warned=False, before=None),
        effects=(SetDeadline(name=Deadline.END, at=part.until), *drop(*_OF_BEING_LATE)),
    )

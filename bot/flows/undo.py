"""Taking a decision back: by the one who made it, within a minute.

The record gets a comment that takes back what was said. A status that we set goes back to the one
that was there before; where there was none, or where it is not ours to take away, a supervisor is
told what to mend. A decision may be taken back before its writes are made: writes of one lead are
made in their order, and what becomes of each is heard by `heard`.

A flow that offers this has `writes` and `undone` among its data, a button that is `spare`, and the
macros of `templates/undo.j2`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.flows import writes as w
from bot.flows.base import Action, Fact, Person, Role
from bot.flows.effects import Audience, Effect, SetDisposition, Tell
from bot.flows.orders import short
from bot.flows.writes import PIN, STATUS, Write, Writes, WriteState

#: `Write.what` of the comment that takes back, and of the status that goes back.
COMMENT, RESTORE = "undone", "restore"
_OWN = frozenset({COMMENT, RESTORE})
#: So a write ends that changed nothing.
_CAME_TO_NOTHING = frozenset({WriteState.REFUSED, WriteState.CONFLICT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A decision that was taken back, at `at`, by him who made it.

    Attributes:
        what: the flow's word for what was decided.
        before: what people call the status that the lead had before; "" where it had none.
        mend: a supervisor was told to mend the record.
        now: with that, the status that somebody else has set meanwhile.
    """

    what: str
    by: Person
    decided_at: datetime
    at: datetime
    before: str = ""
    mend: bool = False
    now: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A case's writes and `Undone` as they are now, and what must be done."""

    writes: Writes
    undone: Undone
    effects: tuple[Effect, ...] = ()


def may(by: Person, decided_at: datetime, action: Action, now: datetime, within: timedelta) -> bool:
    """Whether this action may take back what `by` decided then."""
    return action.by is not None and action.by.person.id == by.id and now - decided_at <= within


def take_back(writes: Writes, undone: Undone) -> Outcome:
    """What it takes in the CRM. The writes of the decision are marked as undone."""
    live = [one for one in writes if not one.undone and one.what not in _OWN]
    made = tuple(replace(one, undone=True) for one in writes)
    statuses = [one for one in live if one.what == STATUS and one.state not in _CAME_TO_NOTHING]
    effects: list[Effect] = []
    if statuses:
        undone = replace(undone, before=statuses[0].label)
        if _goes_back(statuses):
            code, seen = statuses[0].seen, statuses[-1].code
            no = len(made) + 1
            made = (*made, Write(no=no, what=RESTORE, code=code, seen=seen))
            effects.append(SetDisposition(no=no, code=code, seen=seen))
    made, comment = w.comment(made, COMMENT)
    effects.append(comment)
    if any(_stays(one, made) for one in live):
        undone = replace(undone, mend=True)
        effects.append(_mend())
    return Outcome(writes=made, undone=undone, effects=tuple(effects))


def concerns(writes: Writes, no: int) -> bool:
    """Whether that write was undone, or belongs to an undoing."""
    return any(one.no == no and (one.undone or one.what in _OWN) for one in writes)


def heard(writes: Writes, undone: Undone, action: Action, now: datetime) -> Outcome:
    """What became of a write that `concerns` an undoing."""
    no, what = action.what.no, action.what
    before = next(one for one in writes if one.no == no)
    match action.name:
        case Fact.CRM_SAVED:
            after = w.marked(writes, no, WriteState.SAVED, at=now, found=what.found)
        case Fact.CRM_CONFLICT:
            label = "" if what.disposition is None else short(what.disposition.label)
            after = w.marked(writes, no, WriteState.CONFLICT, say=label)
        case Fact.CRM_REFUSED:
            after = w.marked(writes, no, WriteState.REFUSED, say=what.say)
        case _:
            return Outcome(writes=w.marked(writes, no, WriteState.DELAYED), undone=undone)
    write = next(one for one in after if one.no == no)
    effects: list[Effect] = []
    if write.state is WriteState.REFUSED and write.what in _OWN:
        effects += [
            Tell(to=Audience.DECIDER, what="undo_refused", person=undone.by.id),
            Tell(to=Audience.OWNERS, what="undo_refused"),
        ]
    if before.state is not write.state and (_stays(write, after) or _is_in_vain(write, after)):
        now_there = write.say if write.state is WriteState.CONFLICT else ""
        label = write.label if write.what == STATUS else undone.before
        undone = replace(undone, before=label, mend=True, now=now_there)
        effects.append(_mend())
    return Outcome(writes=after, undone=undone, effects=tuple(effects))


def _goes_back(statuses: list[Write]) -> bool:
    """Only to a status that was there before, and only where the one that is there is ours."""
    first, last = statuses[0], statuses[-1]
    return bool(first.seen) and first.seen != last.code and not any(one.found for one in statuses)


def _stays(write: Write, writes: Writes) -> bool:
    """It is in the record though it was undone, and nothing is under way to take it out."""
    if write.state is not WriteState.SAVED or write.seen == write.code != "":
        return False
    restored = any(one.what == RESTORE and one.no > write.no for one in writes)
    return write.what == PIN or (write.what == STATUS and not restored)


def _is_in_vain(write: Write, writes: Writes) -> bool:
    """The old status could not be set, and the one that it was to replace is ours."""
    return (
        write.what == RESTORE
        and write.state in _CAME_TO_NOTHING
        and any(
            one.what == STATUS and one.no < write.no and one.state is WriteState.SAVED
            for one in writes
        )
    )


def _mend() -> Tell:
    return Tell(to=Audience.ROLE, what="mend", role=Role.SUPERVISOR)

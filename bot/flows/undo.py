"""Taking a decision back: by the one who made it, within a minute.

The record gets a comment that takes back what was said. What we set goes back to what was there
before: the status, and who is responsible for the lead. Where there was nothing, or where it is not
ours to take away, a supervisor is told what to mend. A decision may be taken back before its writes
are made: writes of one lead are made in their order, and what becomes of each is heard by `heard`.

A flow that offers this has `writes` and `undone` among its data, a button that is `spare`, and the
macros of `templates/undo.j2`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.flows import writes as w
from bot.flows.copies import replace
from bot.flows.effects import Audience, Effect, SetDisposition, SetManager, Tell
from bot.flows.names import same_person
from bot.flows.orders import short
from bot.flows.pieces import with_
from bot.flows.records import Action, Case, Change, Fact, Happened, Person, Role
from bot.flows.writes import MANAGER, PIN, STATUS, Write, Writes, WriteState

D = TypeVar("D")

#: `Write.what` of the comment that takes back, of the status that goes back, and of the person who
#: is responsible again.
COMMENT, RESTORE, PUT_BACK = "undone", "restore", "put_back"
_OWN = frozenset({COMMENT, RESTORE, PUT_BACK})
#: What of the record a write sets; a comment sets nothing.
_SETS = {STATUS: STATUS, RESTORE: STATUS, PIN: MANAGER, MANAGER: MANAGER, PUT_BACK: MANAGER}
#: So a write ends that changed nothing.
_CAME_TO_NOTHING = frozenset({WriteState.REFUSED, WriteState.CONFLICT})
#: `Left.what` of the field that the CRM fills when a refusal is attributed, and that is not ours.
OPERATOR = "operator"


@dataclass(frozen=True, kw_only=True)
class Left:
    """What stays in the record though it was taken back; a person must mend it.

    Attributes:
        what: STATUS, MANAGER or OPERATOR.
        now: how it is; "": as the decision has set it.
        before: how it was before the decision; "": it was not set.
    """

    what: str
    now: str = ""
    before: str = ""


@dataclass(frozen=True, kw_only=True)
class Undone:
    """A decision that was taken back, at `at`, by him who made it.

    Attributes:
        what: the flow's word for what was decided.
        left: what a supervisor was told to mend.
    """

    what: str
    by: Person
    decided_at: datetime
    at: datetime
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A case's writes and `Undone` as they are now, and what must be done."""

    writes: Writes
    undone: Undone
    effects: tuple[Effect, ...] = ()


def may(by: Person, decided_at: datetime, action: Action, now: datetime, within: timedelta) -> bool:
    """Whether this action may take back what `by` decided then."""
    return action.by is not None and action.by.person.id == by.id and now - decided_at <= within


def take_back(writes: Writes, undone: Undone, of: Writes | None = None) -> Outcome:
    """What it takes in the CRM. The writes of the decision are marked as undone.

    `of`: those of this decision; without it, all that were not taken back yet.
    """
    of = writes if of is None else of
    live = standing(of)
    numbers = {one.no for one in of}
    made = tuple(replace(one, undone=True) if one.no in numbers else one for one in writes)
    made, effects = set_back(made, live, names=(RESTORE, PUT_BACK))
    if live:
        made, comment = w.comment(made, COMMENT)
        effects = (*effects, comment)
    left = stays(live)
    if left:
        undone = replace(undone, left=left)
        effects = (*effects, mend())
    return Outcome(writes=made, undone=undone, effects=effects)


def standing(writes: Writes) -> Writes:
    """Those that nobody has taken back, without an undoing's own."""
    return tuple(one for one in writes if not one.undone and one.what not in _OWN)


def set_back(
    writes: Writes, live: Writes, *, names: tuple[str, str] = (STATUS, MANAGER), label: str = ""
) -> tuple[Writes, tuple[Effect, ...]]:
    """One more write for each thing that `live` have set and that can go back.

    Args:
        writes: all of the case.
        live: those that are to come to nothing.
        names: `Write.what` of the one that sets the status, and who is responsible.
        label: what people call the status that `live` have set.
    """
    effects: list[Effect] = []
    for field, what in zip((STATUS, MANAGER), names, strict=True):
        changes = _changes(live, field)
        if _goes_back(changes, field):
            code, seen, no = changes[0].seen, changes[-1].code, len(writes) + 1
            named = label if field == STATUS else ""
            undoes = tuple(one.no for one in changes)
            writes = (*writes, Write(no=no, what=what, code=code, seen=seen, label=named))
            effects.append(
                SetDisposition(no=no, code=code, seen=seen, undoes=undoes)
                if field == STATUS
                else SetManager(no=no, operator=code, seen=seen, undoes=undoes)
            )
    return writes, tuple(effects)


def is_ours(writes: Writes, numbers: Sequence[int]) -> bool:
    """Whether what these writes were to set is there by them, now that they have ended."""
    made = [one for one in writes if one.no in numbers]
    return bool(made) and made[-1].state is WriteState.SAVED and not any(one.found for one in made)


def is_overtaken(writes: Writes, no: int) -> bool:
    """Whether a write that was refused is nobody's wish any more.

    It was taken back, or another has set since what this one was to set.
    """
    return any(
        one.no == no
        and one.state is WriteState.REFUSED
        and (
            one.undone or any(_SETS.get(later.what) == _SETS.get(one.what) for later in writes[at:])
        )
        for at, one in enumerate(writes, start=1)
    )


def since(writes: Writes, numbers: Sequence[int]) -> datetime | None:
    """When the first of these writes was in the record; None: none of them has been."""
    return min((one.at for one in writes if one.no in numbers and one.at), default=None)


def holds(writes: Writes, field: str, value: str, after: datetime) -> bool:
    """Whether another case, whose writes these are, has wanted that since then, and still does.

    What its own undoing has put back is nobody's wish there.
    """
    made = [
        one
        for one in standing(writes)
        if _SETS.get(one.what) == field and one.state is WriteState.SAVED
    ]
    last = made[-1] if made else None
    return (
        last is not None
        and last.at is not None
        and last.at >= after
        and _same(field, last.code, value)
    )


def stays(live: Writes) -> tuple[Left, ...]:
    """What these have set, and nothing can take it out of the record again."""
    return tuple(
        _left(changes[-1])
        for field in (STATUS, MANAGER)
        if (changes := _changes(live, field))
        and not _is_as_before(changes, field)
        and not _goes_back(changes, field)
        and any(one.state is WriteState.SAVED for one in changes)
    )


def concerns(writes: Writes, no: int) -> bool:
    """Whether that write was undone, or belongs to an undoing."""
    return any(one.no == no and (one.undone or one.what in _OWN) for one in writes)


def heard(writes: Writes, undone: Undone, action: Action, now: datetime) -> Outcome:
    """What became of a write that `concerns` an undoing."""
    no, what = action.what.no, action.what
    before = next(one for one in writes if one.no == no)
    match action.name:
        case Fact.CRM_SAVED:
            after = w.marked(writes, no, WriteState.SAVED, at=now, found=what.found, was=what.was)
        case Fact.CRM_CONFLICT:
            after = w.marked(writes, no, WriteState.CONFLICT, say=there(what))
        case Fact.CRM_REFUSED:
            after = w.marked(writes, no, WriteState.REFUSED, say=what.say)
        case _:
            return Outcome(writes=w.marked(writes, no, WriteState.DELAYED), undone=undone)
    write = next(one for one in after if one.no == no)
    effects: list[Effect] = []
    if write.state is WriteState.REFUSED and write.what in _OWN:
        effects += [
            Tell(to=Audience.PERSON, what="undo_refused", person=undone.by.id),
            Tell(to=Audience.OWNERS, what="undo_refused"),
        ]
    left = () if before.state is write.state else _left_by(write, after, what)
    if left:
        undone = replace(undone, left=with_left(undone.left, left))
        effects.append(mend())
    return Outcome(writes=after, undone=undone, effects=tuple(effects))


def with_left(left: tuple[Left, ...], news: tuple[Left, ...]) -> tuple[Left, ...]:
    """The latest of each thing."""
    return (*(one for one in left if one.what not in {new.what for new in news}), *news)


def there(what: Happened) -> str:
    """What a conflict has met: the status, or who is responsible, as the lead has it."""
    if what.lead is not None:
        return short(what.lead.manager)
    return "" if what.disposition is None else short(what.disposition.label)


def mend() -> Tell:
    """The supervisors are told what stays."""
    return Tell(to=Audience.ROLE, what="mend", role=Role.SUPERVISOR)


def not_back(write: Write, writes: Writes, what: Happened) -> tuple[Left, ...]:
    """What stays though this write, which has just ended (`what`), was to set it back."""
    field = _SETS.get(write.what)
    replaced = [
        one
        for one in writes
        if _SETS.get(one.what) == field and one.no < write.no and one.what not in _OWN
    ]
    if write.state is WriteState.SAVED:
        return _operator_left(write, replaced, what)
    ours = [one for one in replaced if one.state is WriteState.SAVED]
    if not ours:
        return ()
    # What was there before could not be set, and the one that it was to replace is ours.
    now = write.say if write.state is WriteState.CONFLICT else ""
    label = next((one.label for one in ours if one.seen == write.code), "")
    return (_left(replace(ours[-1], seen=write.code, label=label), now),)


def _same(field: str, one: str, other: str) -> bool:
    return same_person(one, other) if field == MANAGER else one == other != ""


def _changes(live: Writes, field: str) -> tuple[Write, ...]:
    """The writes that have changed it, or will: not those that only found it so."""
    return tuple(
        one
        for one in live
        if _SETS.get(one.what) == field
        and one.state not in _CAME_TO_NOTHING
        and not _same(field, one.seen, one.code)
    )


def _is_as_before(changes: tuple[Write, ...], field: str) -> bool:
    return _same(field, changes[0].seen, changes[-1].code)


def _goes_back(changes: tuple[Write, ...], field: str) -> bool:
    """Only to what was there before, and only where what is there is ours."""
    return (
        bool(changes)
        and bool(changes[0].seen)
        and not _is_as_before(changes, field)
        and not any(one.found for one in changes)
    )


def _left(write: Write, now: str = "") -> Left:
    """That what this has set stays."""
    if _SETS[write.what] == STATUS:
        return Left(what=STATUS, now=now, before=write.label)
    return Left(what=MANAGER, now=now or write.code, before=write.seen)


def _left_by(write: Write, writes: Writes, what: Happened) -> tuple[Left, ...]:
    """What a write that was undone, or that undoes, leaves in the record when it has ended."""
    if write.what in _OWN:
        return () if write.what == COMMENT else not_back(write, writes, what)
    field = _SETS.get(write.what)
    restored = any(
        one.what in _OWN and _SETS.get(one.what) == field and one.no > write.no for one in writes
    )
    if field is None or restored or write.state is not WriteState.SAVED:
        return ()
    return () if _same(field, write.seen, write.code) else (_left(write),)


def _operator_left(write: Write, replaced: list[Write], what: Happened) -> tuple[Left, ...]:
    """The CRM's own attribution sets two fields, and only one of them can be set back by us."""
    pinned = [one for one in replaced if one.what == PIN and same_person(one.code, write.seen)]
    now = "" if what.lead is None else short(what.lead.operator)
    if not pinned or not now or same_person(now, pinned[-1].label):
        return ()
    return (Left(what=OPERATOR, now=now, before=pinned[-1].label),)


# --- for a flow's table ---------------------------------------------------------------------------


def is_of_undoing(case: Case[D], action: Action, _now: datetime) -> bool:
    """Whether a write speaks of what was undone, or of an undoing."""
    data: Any = case.data
    return concerns(data.writes, action.what.no)


def hear(case: Case[D], action: Action, now: datetime) -> Change[D]:
    """What became of such a write."""
    data: Any = case.data
    if data.undone is None:
        return Change(data=case.data)
    outcome = heard(data.writes, data.undone, action, now)
    return with_(case, *outcome.effects, writes=outcome.writes, undone=outcome.undone)

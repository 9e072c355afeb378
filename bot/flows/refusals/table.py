"""The table of «Не проставленные отказы»: (state, action) → guard, next state, effects."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bot.flows import answers, deeds, undo
from bot.flows.base import Rule, Who, on
from bot.flows.pieces import he_asked
from bot.flows.records import Fact, Role
from bot.flows.refusals import answers as told
from bot.flows.refusals import deeds as do
from bot.flows.refusals import posts, undoing
from bot.flows.refusals.case import Action, Data, State, Times

_SUPERVISORS = Who(
    roles=frozenset({Role.SUPERVISOR}),
    other_than_poster=True,
    otherwise="supervisors_decide",
    own="another_supervisor",
)
#: Who prepares a refusal may be the supervisor too, when the poster has gone home.
_EITHER = (
    Who(poster=True, otherwise="poster_only"),
    Who(roles=frozenset({Role.SUPERVISOR}), otherwise="poster_only"),
)
_POSTER = _EITHER[0]

_PREPARED = (State.READING, State.PICKING, State.COMMENTING)
_CHOICE = (State.CHOOSING, State.EXPLAINING, State.CONFIRMING)
_OPEN = (*_PREPARED, State.WAITING, *_CHOICE)
_RULED = (State.PINNED, State.REJECTED, State.CONFLICT, State.LEFT)
#: So a write into the CRM ends.
_ENDS = (Fact.CRM_SAVED, Fact.CRM_REFUSED, Fact.CRM_CONFLICT)
#: A conflict is the supervisors' affair; the poster has his answer.
CLOSED = frozenset(State) - {*_OPEN}


def rules(times: Times) -> Iterator[Rule[Data]]:
    """A paragraph for each thing that can be done or can happen; the first row that fits holds."""
    yield from _preparing_rules()
    yield from _deciding_rules()
    yield from _later_rules(times)

    yield from on(Fact.JOINED, _OPEN, then=posts.join)
    yield from on(Fact.SAME_LEAD, _OPEN, to=State.JOINED, then=posts.same_lead)
    counted = tuple(state for state in _OPEN if state is not State.READING)
    yield from on(Fact.POSTER_KNOWN, counted, to=State.READING, then=do.counted_anew)
    # What is being read, and whatever is read later, is judged by who he is then.
    yield from on(Fact.POSTER_KNOWN, (state for state in State if state not in counted))
    yield from on(
        Fact.TIME_UP, _OPEN, to=State.EXPIRED, when=deeds.is_close, then=deeds.expire, label="7 d"
    )
    yield from on(Fact.TIME_UP, _OPEN, then=partial(do.again, times=times), label="24 h")

    yield from _undoing_rules(times)
    yield from _reading_rules()
    yield from _writing_rules(times)


def _preparing_rules() -> Iterator[Rule[Data]]:
    """The reason of the refusal, where the operator has not set it beforehand."""
    for who in _EITHER:
        yield from on(
            Action.PICK, (State.PICKING,), to=State.COMMENTING, who=who,
            when=do.a_reason_that_needs_words, then=do.pick, answer="say_more", label="163",
        )  # fmt: skip
        yield from on(
            Action.PICK, (State.PICKING,), to=State.WAITING, who=who, when=do.a_reason,
            then=do.pick, answer="picked",
        )  # fmt: skip
        yield from on(
            Action.COMMENT, (State.COMMENTING,), to=State.WAITING, who=who, when=do.some_words,
            then=do.comment, answer="picked",
        )  # fmt: skip
        yield from on(
            Action.CHANGE, (State.COMMENTING, State.WAITING), to=State.PICKING, who=who,
            when=do.picked_here, answer="pick",
        )  # fmt: skip
    # A post that has told the reason tells another one by now, or none: it is prepared anew.
    decidable = (State.WAITING, *_CHOICE)
    mended = partial(on, Action.PICK_ANEW, then=posts.pick_anew)
    yield from mended(
        decidable, to=State.COMMENTING, when=posts.names_one_that_needs_words, label="163"
    )
    yield from mended((State.COMMENTING,), to=State.WAITING, when=posts.names_another)
    # A supervisor goes on naming whom he names; his card shows the reason as it is now.
    yield from mended((State.READING, *decidable), when=posts.names_another)
    gone = partial(on, Action.EDIT, when=posts.names_none, then=posts.pick_none)
    yield from gone((State.COMMENTING, *decidable), to=State.PICKING, label="no reason")
    yield from gone((State.READING,), label="no reason")
    yield from on(Action.EDIT, _OPEN, when=he_asked, then=posts.edit)
    yield from on(
        Action.WITHDRAW, _OPEN, to=State.WITHDRAWN, who=_POSTER, when=do.nothing_ruled,
        then=deeds.withdraw, answer="withdrawn",
    )  # fmt: skip


def _deciding_rules() -> Iterator[Rule[Data]]:
    supervisors, waiting = partial(on, who=_SUPERVISORS), (State.WAITING,)
    pinned = partial(supervisors, to=State.PINNED, decision="pinned")
    choosing, named = (State.CHOOSING,), (State.EXPLAINING, State.CONFIRMING)
    yield from pinned(Action.PIN, waiting, when=do.by_rule, then=do.pin)
    yield from supervisors(
        Action.REJECT, _OPEN, to=State.REJECTED, then=do.reject, decision="rejected"
    )
    yield from supervisors(Action.CHOOSE, waiting, to=State.CHOOSING, answer="choose")
    yield from pinned(Action.TAKE, choosing, when=do.take_counts, then=do.take)
    yield from supervisors(
        Action.TAKE, choosing, to=State.EXPLAINING, when=do.take_other, then=do.take_to_explain,
        answer="explain", label="no long talk",
    )  # fmt: skip
    # Words are shown as the bot has understood them: a button decides.
    naming = (*waiting, *_CHOICE)
    yield from supervisors(
        Action.NAME, naming, to=State.CONFIRMING, when=do.names_and_says_why, then=do.name,
        label="why",
    )  # fmt: skip
    yield from supervisors(
        Action.NAME, naming, to=State.EXPLAINING, when=do.names, then=do.name, answer="explain"
    )
    yield from supervisors(Action.UNCLEAR, naming, when=do.is_unclear, then=do.no_name)
    yield from supervisors(
        Action.EXPLAIN, named, to=State.CONFIRMING, when=do.some_words, then=do.explain
    )
    yield from pinned(Action.PIN, (State.CONFIRMING,), then=do.pin_as_meant)
    yield from supervisors(Action.BACK, _CHOICE, to=State.WAITING, then=do.back, answer="back")


def _later_rules(times: Times) -> Iterator[Rule[Data]]:
    """A reason, an appeal, and what could not be done as it was decided."""
    supervisors, conflict = partial(on, who=_SUPERVISORS), (State.CONFLICT,)
    yield from supervisors(
        Action.REASON, (State.PINNED, State.REJECTED), when=do.his_ruling, then=do.reason,
        answer="reason",
    )  # fmt: skip
    yield from on(
        Action.APPEAL, (State.PINNED,), to=State.READING, when=do.his_refusal,
        then=partial(do.appeal, times=times), answer="appeal",
    )  # fmt: skip
    yield from on(Action.OBJECT, (State.PINNED,), when=do.not_known_in_crm, then=do.object_)
    anew = partial(
        supervisors, Action.DECIDE_ANEW, to=State.READING,
        then=partial(do.decide_anew, times=times), answer="anew",
    )  # fmt: skip
    yield from anew((State.PINNED,), when=do.not_pinned, label="not in the CRM")
    yield from anew((State.LEFT,))
    yield from supervisors(
        Action.SET_ANYWAY, conflict, to=State.PINNED, when=deeds.is_conflict_shown,
        then=do.set_anyway, answer="pinned",
    )  # fmt: skip
    yield from supervisors(Action.LEAVE, conflict, to=State.LEFT, answer="left")
    yield from on(Fact.TIME_UP, conflict, to=State.LEFT, then=do.left, label="24 h")


def _undoing_rules(times: Times) -> Iterator[Rule[Data]]:
    """Who decided may take it back for a minute; its writes may be heard of wherever that leads."""
    yield from on(
        Action.UNDO, _RULED, to=State.READING, who=_SUPERVISORS,
        when=partial(undoing.in_time, times=times), then=partial(undoing.take_back, times=times),
        answer="undone",
    )  # fmt: skip
    undone = partial(on, when=undo.is_of_undoing, then=undo.hear, label="undone")
    for fact in _ENDS:
        yield from undone(fact, State)
    yield from undone(Fact.CRM_DOWN, (State.WITHDRAWN,))


def _reading_rules() -> Iterator[Rule[Data]]:
    """What the CRM may answer about the lead, and when."""
    reading = partial(on, Fact.LEAD_READ, (State.READING,), then=told.read)
    yield from reading(to=State.PICKING, when=told.read_without_reason, label="no reason")
    yield from reading(to=State.COMMENTING, when=told.read_without_comment, label="163")
    for at in (State.PICKING, *_CHOICE):
        yield from reading(to=at, when=partial(told.goes_on, at=at), label=at)
    yield from reading(to=State.WAITING)
    yield from on(Fact.LEAD_MISSING, (State.READING,), to=State.NOT_FOUND, then=answers.missing)
    # Rejected and undone before the CRM answered, it was read twice, a moment apart.
    twice = (
        *(State.PICKING, State.COMMENTING, State.WAITING, *_CHOICE),
        *(State.PINNED, State.CONFLICT, State.LEFT, State.JOINED, State.NOT_FOUND),
    )
    yield from on(Fact.LEAD_READ, twice)
    yield from on(Fact.LEAD_MISSING, twice)
    # Nobody waits any more: the late answer changes nothing.
    over = (State.WITHDRAWN, State.EXPIRED, State.REJECTED)
    yield from on(Fact.LEAD_READ, over)
    yield from on(Fact.LEAD_MISSING, over)
    yield from on(Fact.CRM_DOWN, (State.WITHDRAWN,))
    yield from on(Fact.CRM_REFUSED, (State.WITHDRAWN,))


def _writing_rules(times: Times) -> Iterator[Rule[Data]]:
    """How the writes go on; those of an earlier decision may still be under way."""
    pinned, rejected = (State.PINNED,), (State.REJECTED,)
    for fact in _ENDS:
        yield from on(fact, rejected, when=told.is_setting_back, then=told.set_back)
    yield from on(Fact.CRM_SAVED, pinned, when=told.is_status, then=told.status_saved)
    yield from on(Fact.CRM_SAVED, pinned, when=told.is_pin, then=told.pin_saved)
    yield from on(Fact.CRM_REFUSED, pinned, when=told.is_status, then=told.status_refused)
    yield from on(Fact.CRM_REFUSED, pinned, when=told.is_pin, then=told.pin_refused)
    yield from on(
        Fact.CRM_CONFLICT, pinned, to=State.CONFLICT, when=told.is_status,
        then=partial(told.conflict, patience=times.conflict),
    )  # fmt: skip
    # What was withdrawn was never decided.
    listening = tuple(state for state in State if state is not State.WITHDRAWN)
    yield from on(Fact.CRM_SAVED, listening, then=answers.saved)
    yield from on(Fact.CRM_DOWN, listening, then=answers.down)
    yield from on(
        Fact.CRM_REFUSED, (State.READING, State.REJECTED, State.EXPIRED), when=told.unreadable,
        then=told.not_read, label="a reading",
    )  # fmt: skip
    yield from on(Fact.CRM_REFUSED, listening, then=told.refused)
    yield from on(Fact.CRM_CONFLICT, listening, then=told.stale_conflict)

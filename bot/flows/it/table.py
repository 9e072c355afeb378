"""The table of «КЦ IT Вопросы»: (state, action) → guard, next state, effects."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bot.flows import answers, deeds
from bot.flows.base import Rule, Who, on
from bot.flows.it import deeds as do
from bot.flows.it import incidents
from bot.flows.it import lead_deeds as lead
from bot.flows.it import thread_deeds as thread
from bot.flows.it.case import AT_WORK, OPEN, Action, Data, State, Times
from bot.flows.it.parts import alone
from bot.flows.records import Fact, Role

_IT = Who(roles=frozenset({Role.IT}), otherwise="it_decides")
_ANOTHER_IT = Who(
    roles=frozenset({Role.IT}), other_than_poster=True, otherwise="it_decides", own="own_ticket"
)
_POSTER = Who(poster=True, otherwise="poster_only")

_NEEDS_LEAD, _NEW = (State.NEEDS_LEAD,), (State.NEW,)
_UNMERGED = (State.NEEDS_LEAD, *AT_WORK)
_SOLVED = (State.SOLVED,)
_MERGED = (State.MERGED,)


def rules(times: Times) -> Iterator[Rule[Data]]:
    """A paragraph for each thing that can be done or can happen; the first row that fits holds."""
    it, decides, poster = (
        partial(on, who=_IT),
        partial(on, who=_ANOTHER_IT),
        partial(on, who=_POSTER),
    )

    yield from it(Action.TAKE, _NEW, to=State.TAKEN, then=do.take, answer="taken")
    yield from it(
        Action.GIVE_BACK, (State.TAKEN,), to=State.NEW, then=partial(do.give_back, times=times),
        answer="given_back",
    )  # fmt: skip
    yield from decides(
        Action.SOLVE,
        AT_WORK,
        to=State.SOLVED,
        then=partial(do.solve, times=times),
        decision="solved",
    )
    helped = partial(it, Action.HELPED, _SOLVED, answer="helped")
    yield from helped(when=do.his_part, then=do.helped_all, label="incident")
    yield from helped(when=deeds.his_decision, then=do.helped)
    yield from it(
        Action.UNDO, _SOLVED, to=State.TAKEN, when=partial(do.his_undo, times=times),
        then=partial(do.undo, times=times), answer="undone",
    )  # fmt: skip
    up = partial(
        it, Action.UNDO, (State.DISMISSED,), then=partial(do.take_up, times=times),
        answer="taken_up",
    )  # fmt: skip
    yield from up(to=State.NEEDS_LEAD, when=partial(do.undo_to_link, times=times))
    yield from up(to=State.TAKEN, when=partial(do.undo_to_taken, times=times))
    yield from up(to=State.NEW, when=partial(do.his_undo, times=times))
    yield from decides(
        Action.DISMISS, _UNMERGED, to=State.DISMISSED, when=alone, then=do.dismiss,
        decision="dismissed",
    )  # fmt: skip

    again = partial(on, Action.REOPEN, _SOLVED, to=State.NEW, then=partial(do.reopen, times=times))
    yield from again(who=_POSTER, when=do.may_reopen, answer="reopened")
    yield from again(when=do.asker_may_reopen, answer="reopened", label="asker")
    yield from poster(
        Action.WITHDRAW, OPEN, to=State.WITHDRAWN, when=alone, then=do.withdraw,
        answer="withdrawn",
    )  # fmt: skip
    yield from poster(Action.WITHDRAW, AT_WORK, then=thread.works_for_him, answer="goes_on")
    yield from on(Action.NOTE, OPEN, then=thread.note)

    for who in (_IT, _POSTER):
        yield from _category_rules(who, times)
    yield from _lead_rules(times)
    yield from _incident_rules(times)
    yield from _facts(times)


def _category_rules(who: Who, times: Times) -> Iterator[Rule[Data]]:
    """Guessed; the IT people and the operator himself may correct it."""
    yield from on(
        Action.CATEGORIES, _UNMERGED, who=who, when=do.may_choose, then=do.categories,
        answer="choose",
    )  # fmt: skip
    correct = partial(on, Action.CATEGORY, who=who, answer="corrected")
    yield from correct(
        AT_WORK, to=State.NEEDS_LEAD, when=do.needs_lead,
        then=partial(do.correct_and_ask, times=times), label="balance, no lead",
    )  # fmt: skip
    yield from correct(_UNMERGED, when=do.stays_as_it_is, then=partial(do.correct, times=times))
    yield from correct(
        _NEEDS_LEAD, to=State.NEW, when=do.is_category,
        then=partial(do.correct_and_queue, times=times),
    )  # fmt: skip


def _lead_rules(times: Times) -> Iterator[Rule[Data]]:
    """A link that comes after the post."""
    name = partial(on, Action.NAME_LEAD)
    yield from name(
        OPEN, to=State.FOLDED, when=lead.names_a_lead_of_another, then=lead.fold_into,
        label="has a ticket",
    )  # fmt: skip
    queue = partial(lead.name_lead_and_queue, times=times)
    yield from name(_NEEDS_LEAD, to=State.NEW, when=lead.names_a_lead, then=queue)
    yield from name((*AT_WORK, *_MERGED), when=lead.names_a_lead, then=lead.name_lead)


def _incident_rules(times: Times) -> Iterator[Rule[Data]]:
    """On the head, on a newcomer, and what a head does to the others."""
    it = partial(on, who=_IT)
    merge = partial(it, Action.MERGE, AT_WORK)
    yield from merge(
        when=partial(incidents.is_proposed_still, times=times),
        then=partial(incidents.merge, times=times),
        answer="merged",
    )  # fmt: skip
    yield from merge(
        when=incidents.is_proposed, then=incidents.nothing_to_merge, answer="nothing_to_merge"
    )
    join = partial(it, Action.JOIN_INCIDENT, AT_WORK)
    yield from join(
        to=State.MERGED, when=incidents.is_offered_still,
        then=partial(incidents.join_incident, times=times), answer="joined",
    )  # fmt: skip
    yield from join(
        when=incidents.is_offered, then=incidents.offer_is_over, answer="incident_is_over"
    )
    yield from it(
        Action.SPLIT,
        _MERGED,
        to=State.NEW,
        then=partial(incidents.split, times=times),
        answer="split",
    )

    yield from it(
        Action.GO_INTO, AT_WORK, to=State.MERGED, when=alone,
        then=partial(incidents.go_into, times=times),
    )  # fmt: skip
    yield from it(Action.ADD_MEMBER, AT_WORK, then=incidents.add_member)
    yield from on(Action.DROP_MEMBER, AT_WORK, then=incidents.drop_member)
    yield from it(
        Action.SOLVE_WITH, _MERGED, to=State.SOLVED, when=incidents.of_this_head,
        then=partial(do.solve_with, times=times),
    )  # fmt: skip
    yield from it(
        Action.UNDO_WITH, _SOLVED, to=State.MERGED, when=incidents.of_this_head,
        then=partial(do.undo_with, times=times),
    )  # fmt: skip
    yield from it(Action.HELPED_WITH, _SOLVED, when=incidents.of_this_head, then=do.helped_with)


def _facts(times: Times) -> Iterator[Rule[Data]]:
    """What the world brings: posts that join, the clock, the CRM."""
    join = partial(thread.join, times=times)
    yield from on(
        Fact.JOINED, AT_WORK, to=State.NEEDS_LEAD, when=thread.caption_asks_for_lead, then=join,
        label="balance, no lead",
    )  # fmt: skip
    yield from on(
        Fact.JOINED, _NEEDS_LEAD, to=State.NEW, when=thread.caption_brings_lead,
        then=partial(thread.join_and_queue, times=times), label="caption",
    )  # fmt: skip
    yield from on(Fact.JOINED, OPEN, then=join)
    yield from on(Fact.SAME_LEAD, OPEN, to=State.FOLDED, when=alone, then=lead.fold_into)
    yield from on(Fact.SAME_LEAD, AT_WORK)

    yield from on(
        Fact.TIME_UP, OPEN, to=State.EXPIRED, when=do.is_end, then=do.expire, label="24 h"
    )
    yield from on(Fact.TIME_UP, _NEW, when=do.is_late, then=do.late, label="10 min")
    yield from on(Fact.TIME_UP, AT_WORK, when=do.is_too_long, then=do.escalate, label="60 min")
    yield from on(Fact.TIME_UP, _SOLVED, then=do.time_for_second_thoughts_is_over, label="24 h")

    over = (State.SOLVED, State.DISMISSED, State.WITHDRAWN, State.EXPIRED)
    yield from on(Fact.LEAD_READ, (*AT_WORK, *_MERGED, *over), then=lead.read)
    yield from on(
        Fact.LEAD_MISSING, (*AT_WORK, *_MERGED), to=State.NEEDS_LEAD, when=lead.is_balance,
        then=partial(lead.missing_and_ask, times=times), label="balance",
    )  # fmt: skip
    yield from on(Fact.LEAD_MISSING, (*AT_WORK, *_MERGED, *over), then=lead.missing)
    everywhere = tuple(State)
    yield from on(Fact.CRM_SAVED, everywhere, then=answers.saved)
    yield from on(Fact.CRM_DOWN, everywhere, then=answers.down)
    yield from on(Fact.CRM_REFUSED, everywhere, then=lead.refused)

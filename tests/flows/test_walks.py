"""Random walks: whatever people try and the world brings, in any order, some things always hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.flows.base import Flow, IllegalAction, NotAllowed, Step
from bot.flows.duplicates import Action as Do
from bot.flows.duplicates import Kind, State
from bot.flows.effects import CRM_WRITES, SetDisposition, Tell
from bot.flows.records import Action, Fact, Happened, Role
from bot.flows.writes import STATUS
from crm_api.port import DUPLICATE
from tests.flows.arounds import arounds
from tests.flows.explore import Move
from tests.flows.explored import ALL, EACH, explored
from tests.flows.life import Life, deeds, openings
from tests.flows.world import NOW, plain

WORLD = plain()
#: A machine under load may take its time.
WALKS = settings(max_examples=100, deadline=None)
#: Where every flow is walked through: as many for each as a hundred for all were.
EACH_WALKS = settings(WALKS, max_examples=20)
IN_EACH = pytest.mark.parametrize("flow", EACH)
STEPS = 20


T = TypeVar("T")


def _one(draw: st.DrawFn, of: Sequence[T]) -> T:
    """By its place: `sampled_from` would hash them all, and that is half of a walk."""
    return of[draw(st.integers(0, len(of) - 1))]


@cache
def _begun(flow: Flow[Any]) -> tuple[Life, ...]:
    return tuple(openings(flow, WORLD.posts, None, NOW))


@st.composite
def walks(draw: st.DrawFn, flow: Flow[Any]) -> tuple[Move, ...]:
    """A life from its post on: every legal step, with tries in between that are refused."""
    now = NOW
    life = _one(draw, _begun(flow))
    moves: list[Move] = []
    steps = draw(st.integers(STEPS // 2, STEPS))
    for _ in range(steps):
        now += timedelta(seconds=draw(st.integers(0, 400)))
        around = _one(draw, arounds(flow))
        tries = [*deeds(flow, WORLD, life.case), *life.facts(flow, WORLD)]
        named = [one for one in tries if (life.case.state, one.name) in flow.table]
        seeing = [one if one.around == around else replace(one, around=around) for one in named]
        legal = [one for one in seeing if flow.may(life.case, one, now)]
        # Most tries are refused: a walk of tries alone would seldom get anywhere.
        if legal and draw(st.sampled_from([True, True, True, True, False])):
            # The name first: else the action with the most ways to do it would always win.
            name = draw(st.sampled_from(sorted({str(one.name) for one in legal})))
            tries = [one for one in legal if one.name == name]
        action = replace(_one(draw, tries), around=around)
        step = _tried(flow, life, action, now)
        if step is not None:
            after = life.after(flow, action, step)
            moves.append(Move(before=life, action=action, step=step, after=after))
            life = after
        elif not flow.is_open(life.case) and draw(st.booleans()):
            # The same lead is posted again: the decision is told, or asked about anew.
            life = _one(draw, list(openings(flow, WORLD.posts, life.case, now)))
            life = replace(life, case=replace(life.case, id=life.case.id + len(moves) + 1))
    return tuple(moves)


def _tried(flow: Flow[Any], life: Life, action: Action, now: datetime) -> Step[Any] | None:
    looked = repr(life.case)
    try:
        step = flow.decide(life.case, action, now)
    except (IllegalAction, NotAllowed):
        step = None
    else:
        assert flow.decide(life.case, action, now) == step
    # Nothing else may be raised, and the case that was handed in is the same in either case.
    assert repr(life.case) == looked
    return step


@IN_EACH
@EACH_WALKS
@given(data=st.data())
def test_every_step_is_pure_and_keeps_who_asked_and_when(
    flow: Flow[Any], data: st.DataObject
) -> None:
    for move in data.draw(walks(flow)):
        before, after = move.before.case, move.step.case
        kept = replace(after, state=before.state, data=before.data, lead=before.lead)
        assert kept == before


@IN_EACH
@EACH_WALKS
@given(data=st.data())
def test_only_somebody_with_the_role_decides_and_never_on_his_own_post(
    flow: Flow[Any], data: st.DataObject
) -> None:
    for move in data.draw(walks(flow)):
        if move.step.rule is not None and move.step.rule.decision:
            assert move.action.by is not None
            assert move.action.by.roles & (flow.deciders | {Role.OWNER})
            assert move.action.by.person != move.before.case.poster


@IN_EACH
@EACH_WALKS
@given(data=st.data())
def test_write_numbers_count_up_from_1_without_a_gap(flow: Flow[Any], data: st.DataObject) -> None:
    written: defaultdict[int, int] = defaultdict(int)
    for move in data.draw(walks(flow)):
        numbers = sorted(
            effect.no for effect in move.step.effects if isinstance(effect, CRM_WRITES)
        )
        case = move.before.case.id
        assert numbers == list(range(written[case] + 1, written[case] + 1 + len(numbers)))
        written[case] += len(numbers)


@IN_EACH
@EACH_WALKS
@given(data=st.data())
def test_an_open_case_never_waits_without_a_deadline(flow: Flow[Any], data: st.DataObject) -> None:
    for move in data.draw(walks(flow)):
        if flow.is_open(move.after.case):
            assert move.after.deadlines


@IN_EACH
@EACH_WALKS
@given(data=st.data())
def test_any_fact_at_any_time_is_taken_or_refused_and_never_more(
    flow: Flow[Any], data: st.DataObject
) -> None:
    lead, earlier = data.draw(st.sampled_from(WORLD.leads))
    fact = Action(
        name=data.draw(st.sampled_from(list(Fact))),
        by=data.draw(st.sampled_from(WORLD.actors)),
        what=Happened(
            lead=data.draw(st.sampled_from([lead, None])),
            earlier=earlier,
            disposition=data.draw(st.sampled_from(WORLD.changed_to)),
            no=data.draw(st.integers(0, 99)),
            say="say",
            deadline=data.draw(st.sampled_from(["", "close", "leave", "no_such"])),
            case=1,
            post=1,
        ),
    )
    for move in data.draw(walks(flow)):
        _tried(flow, move.after, fact, NOW)


# --- «РФ Админы» ----------------------------------------------------------------------------------

DUPLICATES = next(flow for flow in ALL if flow.name == "duplicates")
#: By its name: where the flow is explored already.
EXPLORED = pytest.mark.parametrize("flow", [pytest.param(DUPLICATES, id=DUPLICATES.name)])
#: Whoever presses these has been asked about that very thing.
_ASKED = {State.SURE, State.CONFLICT}


@WALKS
@given(walks(DUPLICATES))
def test_50_is_only_set_where_duplicates_are_known_and_on_a_confirmed_lead_only_when_asked(
    moves: tuple[Move, ...],
) -> None:
    for move in moves:
        _check_disposition(move)


@EXPLORED
def test_neither_is_it_in_any_case_that_can_be_met(flow: Flow[Any]) -> None:
    moves = explored(flow).moves
    assert sum(_check_disposition(move) for move in moves)


def _check_disposition(move: Move) -> int:
    """Returns how many were wanted."""
    wanted = _statuses(move)
    for effect in wanted:
        known = move.step.case.data.known
        assert effect.code == DUPLICATE
        assert move.step.case.data.kind is Kind.DUPLICATE
        assert known is not None
        assert known.burns
        assert not known.confirmed or (
            move.before.case.state in _ASKED and move.action.by is not None
        )
    return len(wanted)


def _statuses(move: Move) -> list[SetDisposition]:
    """Those that a refusal wants; what an undoing sets back is judged by itself."""
    if move.action.name == Do.UNDO:
        return []
    return [effect for effect in move.step.effects if isinstance(effect, SetDisposition)]


@EXPLORED
def test_an_undoing_only_ever_sets_back_what_a_refusal_has_replaced(
    flow: Flow[Any],
) -> None:
    moves = [move for move in explored(flow).moves if move.action.name == Do.UNDO]
    back = [
        (effect, move.before.case)
        for move in moves
        for effect in move.step.effects
        if isinstance(effect, SetDisposition)
    ]
    assert back
    for effect, before in back:
        made = [write for write in before.data.writes if write.what == STATUS and not write.undone]
        assert (effect.seen, effect.code) == (DUPLICATE, made[-1].seen)
        assert effect.code not in {"", DUPLICATE}


@WALKS
@given(walks(DUPLICATES))
def test_a_status_is_never_written_without_a_refusal_by_a_person(moves: tuple[Move, ...]) -> None:
    for move in moves:
        if _statuses(move):
            decision = move.step.case.data.decision
            assert decision is not None
            assert not decision.allowed


@WALKS
@given(walks(DUPLICATES))
def test_what_is_closed_holds_until_it_is_asked_anew_or_undone(moves: tuple[Move, ...]) -> None:
    for move in moves:
        before, after = move.before.case, move.step.case
        if DUPLICATES.is_open(before):
            continue
        if DUPLICATES.is_open(after):
            assert move.action.name in {Do.ASK_ANEW, Do.UNDO}
        elif move.action.name == Fact.ACTED:
            assert (before.state, after.state) == (State.BEFORE, State.JOINED)
        elif after.state is not before.state:
            # A conflict asks about the record only: the operator has his answer.
            assert {before.state, after.state} == {State.DENIED, State.CONFLICT}
        if move.action.name == Do.UNDO:
            assert after.data.decision is None
            assert after.data.undone is not None
        elif before.data.decision is not None:
            assert after.data.decision is not None
            assert replace(after.data.decision, reason="") == replace(
                before.data.decision, reason=""
            )


@WALKS
@given(walks(DUPLICATES))
def test_admins_are_pinged_at_most_twice_for_a_question(moves: tuple[Move, ...]) -> None:
    pings = Counter[tuple[int, int]]()
    for move in moves:
        for effect in move.step.effects:
            if isinstance(effect, Tell) and effect.what == "ping":
                pings[move.before.case.id, move.before.case.round] += 1
    assert all(times <= 2 for times in pings.values())

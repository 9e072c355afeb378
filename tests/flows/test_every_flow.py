"""What holds for every working chat."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import pytest

from bot import codec
from bot.cards import DATA_BYTES, Cards, Press
from bot.flows import FLOWS
from bot.flows.base import Flow, IllegalAction, NotAllowed
from bot.flows.effects import Audience, Effect, Join, SetDeadline, Tell, WriteComment
from bot.flows.names import people_in, renamed
from bot.flows.records import Action, Actor, Around, Case, Fact, Happened, Post
from tests.flows.arounds import arounds
from tests.flows.explore import LATER, Explored, Move
from tests.flows.life import Life, deeds, openings
from tests.flows.world import NOW, OTHER_CASE, plain

PEOPLE = plain().actors
#: So many cases of one kind are looked at, where a look takes long.
_ALIKE = 50
SAME = Action(name=Fact.SAME_LEAD, what=Happened(case=OTHER_CASE))


def test_names_of_flows_are_words_of_bind_and_differ() -> None:
    names = [kind.name for kind in FLOWS]
    assert len(set(names)) == len(names)
    assert all(name.isalpha() and name.islower() for name in names)


def test_every_flow_says_after_which_of_its_times_an_answer_is_late(flow: Flow[Any]) -> None:
    assert isinstance(getattr(flow.times_type(), flow.late_after), timedelta)


def test_every_state_is_reached_from_a_post(flow: Flow[Any], explored: Explored) -> None:
    assert {life.case.state for life in explored.lives} == set(flow.states)


def test_a_post_opens_a_case_in_one_of_the_flow_s_openings(
    flow: Flow[Any], explored: Explored
) -> None:
    fresh = {life.case.state for life in explored.opened}
    assert fresh == flow.openings


def test_every_rule_and_every_action_is_used(flow: Flow[Any], explored: Explored) -> None:
    used = {id(move.step.rule) for move in explored.moves}
    assert not [(rule.state, rule.on, rule.label) for rule in flow.rules if id(rule) not in used]
    assert {rule.on for rule in flow.rules} >= set(flow.actions)


def test_every_open_state_has_a_way_out_for_a_person_and_for_the_clock(flow: Flow[Any]) -> None:
    ways: defaultdict[StrEnum, set[str]] = defaultdict(set)
    for rule in flow.rules:
        if rule.to not in {None, rule.state}:
            ways[rule.state].add(rule.on)
    for state in set(flow.states) - flow.closed:
        assert ways[state] & set(flow.actions), f"nobody can end {state}"
        assert Fact.TIME_UP in ways[state] or state in flow.patient, f"{state} could wait for ever"


def test_what_waits_however_long_it_takes_is_never_forgotten(
    flow: Flow[Any], explored: Explored
) -> None:
    assert not flow.patient & flow.closed
    for life in explored.lives:
        if life.case.state not in flow.patient:
            continue
        steps = [
            flow.decide(life.case, action, LATER)
            for action in life.facts(flow, plain())
            if action.name == Fact.TIME_UP
        ]
        effects = [effect for step in steps for effect in step.effects]
        assert any(isinstance(effect, SetDeadline) for effect in effects), life.case.state


def test_what_the_clock_can_end_always_waits_for_a_deadline_that_does(
    flow: Flow[Any], explored: Explored
) -> None:
    timed = {
        rule.state
        for rule in flow.rules
        if rule.on == Fact.TIME_UP and rule.to not in {None, rule.state}
    }
    assert timed >= set(flow.states) - flow.closed - flow.patient
    for life in explored.lives:
        if life.case.state not in timed:
            continue
        steps = [
            flow.decide(life.case, action, LATER)
            for action in life.facts(flow, plain())
            if action.name == Fact.TIME_UP
        ]
        assert any(step.case.state != life.case.state for step in steps), life.case.state


def test_an_illegal_action_raises_and_leaves_the_case_as_it_was(
    flow: Flow[Any], explored: Explored
) -> None:
    outcomes = Counter[str]()
    for life in explored.lives:
        before = deepcopy(life.case)
        for action in _tried(flow, life.case):
            outcome = _outcome(flow, life.case, action)
            outcomes[outcome] += 1
            assert flow.may(life.case, action, LATER) == (outcome == "legal")
        assert life.case == before
    assert set(outcomes) == {"legal", "illegal", "not allowed"}


def test_an_action_that_nobody_knows_is_illegal_everywhere(
    flow: Flow[Any], explored: Explored
) -> None:
    for life in explored.lives:
        with pytest.raises(IllegalAction):
            flow.decide(life.case, Action(name="no_such_action", by=PEOPLE[0]), LATER)


def test_equal_inputs_give_equal_steps(explored: Explored, flow: Flow[Any]) -> None:
    for move in explored.moves:
        assert flow.decide(move.before.case, move.action, LATER) == move.step


def test_no_fact_that_the_world_may_bring_is_lost(flow: Flow[Any], explored: Explored) -> None:
    lost = {
        (life.case.state.value, action.name)
        for life in explored.lives
        for action in life.facts(flow, plain())
        if not flow.may(life.case, action, LATER)
    }
    assert not lost


def test_a_post_says_as_much_by_another_name_of_its_lead(flow: Flow[Any]) -> None:
    posts = [post for post in plain().posts if post.leads]
    others = [
        replace(post, by=by, message_id=12)
        for post in posts
        for by in (post.by, plain().joiner.person)
    ]
    for post in others:
        # Known to be about that lead at once, or when the lead has been read.
        what = Happened(post=12, said=post)
        joined = Action(name=Fact.JOINED, by=Actor(person=post.by), text=post.text, what=what)
        for own in _being_read(flow, [post]):
            effects = flow.decide(own.case, SAME, NOW).effects
            [join] = [one for one in effects if isinstance(one, Join)]
            what = Happened(post=join.post, case=own.case.id)
            folded = replace(joined, text=join.text, what=what)
            for life in _being_read(flow, posts):
                directly = flow.decide(life.case, joined, NOW)
                assert flow.decide(life.case, folded, NOW) == directly, (post.text, life.case.data)


def test_every_button_of_a_card_is_legal_for_somebody(
    flow: Flow[Any], explored: Explored, cards: Cards
) -> None:
    for case in explored.some.cases:
        for row in cards.keys(flow, case):
            for key in row:
                press = Press.read(key.data)
                assert press is not None
                assert (press.case, press.round) == (case.id, case.round)
                assert any(
                    flow.may(case, one, LATER) for one in _presses(flow, press.action, press.arg)
                ), (case.state, press.action)


def test_the_data_of_every_button_are_short(
    flow: Flow[Any], explored: Explored, cards: Cards
) -> None:
    # Besides the numbers they are what the flow says of its buttons.
    for case in {flow.buttons(case): case for case in explored.cases}.values():
        # The longest that a press may say.
        largest = replace(case, id=10**18 - 1, round=999_999)
        for row in cards.keys(flow, largest):
            for key in row:
                assert len(key.data.encode()) <= DATA_BYTES
                press = Press.read(key.data)
                assert press is not None
                assert (press.case, press.round) == (largest.id, largest.round)


def test_a_stranger_may_press_no_button(flow: Flow[Any], explored: Explored) -> None:
    stranger = plain().joiner
    for case in explored.cases:
        if stranger.person in {person for person, _ in flow.askers(case)}:
            # He has joined: he is no stranger any more.
            continue
        for row in flow.buttons(case):
            for button in row:
                assert not flow.may(
                    case, Action(name=button.action, arg=button.arg, by=stranger), LATER
                )


def test_a_second_tap_of_a_button_does_nothing_more(flow: Flow[Any], explored: Explored) -> None:
    for move in explored.moves:
        if _is_pressed(flow, move.before, move.action):
            assert not _does_more(flow, move, move.after), _told(move)


def test_a_second_tap_does_nothing_to_what_has_come_of_the_first_or_was_asked_meanwhile(
    flow: Flow[Any], explored: Explored
) -> None:
    met_so: Counter[Any] = Counter()
    for move in explored.moves:
        if not _is_pressed(flow, move.before, move.action):
            continue
        for fact in move.after.facts(flow, plain()):
            # Of those that are much alike some are enough.
            alike = (id(move.step.rule), move.after.case.state, fact.name, fact.what.no)
            if met_so[alike] >= _ALIKE:
                continue
            met_so[alike] += 1
            # What the clock brings is too far off for a second tap.
            if fact.name != Fact.TIME_UP and flow.may(move.after.case, fact, LATER):
                step = flow.decide(move.after.case, fact, LATER)
                met = move.after.after(flow, fact, step)
                # Asked for once more, the same is meant.
                again = fact.name == Fact.JOINED and _shown(flow, met) == _shown(flow, move.before)
                assert again or not _does_more(flow, move, met), (_told(move), fact.name)


def test_a_closed_case_has_no_buttons_that_decide(flow: Flow[Any], explored: Explored) -> None:
    for case in explored.cases:
        if not flow.is_open(case):
            shown = {one.action for row in flow.buttons(case) for one in row}
            rules = [rule for name in shown for rule in flow.table[case.state, name]]
            assert not [rule.on for rule in rules if rule.decision]


def test_data_and_effects_survive_json(flow: Flow[Any], explored: Explored) -> None:
    for data in {case.data for case in explored.some.cases}:
        written = json.loads(json.dumps(codec.dump(data)))
        assert codec.load(flow.data_type, written) == data
    for effect in {effect for move in explored.moves for effect in move.step.effects}:
        assert codec.load(Effect, json.loads(json.dumps(codec.dump(effect)))) == effect


def test_cases_render_as_a_card_and_as_a_late_answer(
    flow: Flow[Any], explored: Explored, cards: Cards
) -> None:
    for case in explored.some.cases:
        card = cards.card(flow, case, LATER)
        assert card.text
        assert all(key.text for row in card.buttons for key in row)
        assert cards.late(flow, case)


def test_every_notice_comment_and_answer_has_words(
    flow: Flow[Any], explored: Explored, cards: Cards
) -> None:
    for move in explored.some.moves:
        case = move.after.case
        for effect in move.step.effects:
            if isinstance(effect, Tell):
                text = cards.notice(flow, case, effect.what, LATER, "https://t.me/c/1/2").text
                # More than the link to the card.
                assert text.partition('<a href="https://t.me/c/1/2">')[0].strip(), effect.what
            elif isinstance(effect, WriteComment):
                assert cards.comment(flow, case, effect.what, LATER), effect.what
        if move.step.rule is not None and move.action.name in set(flow.actions):
            assert cards.answer(flow, case, move.step.rule.answer)


def test_only_owners_hear_of_a_command_for_a_shell(
    flow: Flow[Any], explored: Explored, cards: Cards
) -> None:
    for move in explored.some.moves:
        for effect in move.step.effects:
            if isinstance(effect, Tell) and effect.to is not Audience.OWNERS:
                assert (
                    "python -m" not in cards.notice(flow, move.after.case, effect.what, LATER).text
                )


def test_whoever_a_comment_names_is_called_as_the_crm_calls_him(
    flow: Flow[Any], explored: Explored, cards: Cards
) -> None:
    names = {one.person.id: f"Фамилия{one.person.id}" for one in PEOPLE}
    for move in explored.some.moves:
        case = move.after.case
        comments = [one for one in move.step.effects if isinstance(one, WriteComment)]
        if not comments:
            continue
        named = renamed(case, names)
        assert all(one.name == names.get(one.id, one.name) for one in people_in(named))
        for effect in comments:
            text = cards.comment(flow, named, effect.what, LATER)
            told = cards.comment(flow, case, effect.what, LATER)
            assert ("Фамилия" in text) == any(one.person.name in told for one in PEOPLE)


def test_every_press_is_answered_with_words_of_its_own(flow: Flow[Any], cards: Cards) -> None:
    case = next(iter(_opened(flow)))
    nothing = cards.answer(flow, case, "")
    for rule in flow.rules:
        if rule.answer:
            assert cards.answer(flow, case, rule.answer) != nothing, rule.answer


def test_refusals_have_words(flow: Flow[Any], cards: Cards) -> None:
    for rule in flow.rules:
        if rule.who.roles or rule.who.poster:
            assert cards.common_plain(rule.who.otherwise), rule.who.otherwise
        if rule.who.other_than_poster:
            assert cards.common_plain(rule.who.own), rule.who.own


def test_a_decision_is_told_and_only_ever_made_by_somebody_with_the_role(
    flow: Flow[Any], explored: Explored
) -> None:
    decisions = [move for move in explored.moves if move.step.rule and move.step.rule.decision]
    assert decisions
    for move in decisions:
        by = move.action.by
        assert by is not None
        assert by.roles & (flow.deciders | {"owner"})
        assert by.person.id != move.before.case.poster.id
        assert any(
            isinstance(effect, Tell) and effect.to is Audience.ASKERS
            for effect in move.step.effects
        )


def test_a_deadline_that_is_set_leads_somewhere(flow: Flow[Any], explored: Explored) -> None:
    names = {
        effect.name
        for move in explored.moves
        for effect in move.step.effects
        if isinstance(effect, SetDeadline)
    }
    came = {move.action.what.deadline for move in explored.moves}
    assert names <= came


def test_only_with_a_client_on_the_line_one_call_names_all_who_wait(
    flow: Flow[Any], explored: Explored
) -> None:
    told = (effect for move in explored.moves for effect in move.step.effects)
    calls = [effect for effect in told if isinstance(effect, Tell) and effect.calls]
    assert bool(calls) == flow.urgent
    assert all(effect.to is Audience.DECIDERS for effect in calls)


def test_a_case_is_told_to_everybody_who_asked(flow: Flow[Any], explored: Explored) -> None:
    for case in explored.cases:
        askers = flow.askers(case)
        assert askers[0] == (case.poster, case.post)
        assert len(set(askers)) == len(askers)


def _is_pressed(flow: Flow[Any], life: Life, action: Action) -> bool:
    """Whether that is a button of the card: else it is a reply, or nobody does it."""
    return (action.name, action.arg) in _shown(flow, life)


def _shown(flow: Flow[Any], life: Life) -> set[tuple[str, str]]:
    return {(one.action, one.arg) for row in flow.buttons(life.case) for one in row}


def _does_more(flow: Flow[Any], move: Move, life: Life) -> bool:
    """Whether the same press, which comes once more, changes anything."""
    if life.case.round != move.before.case.round or not _is_pressed(flow, life, move.action):
        return False
    if not flow.may(life.case, move.action, LATER):
        return False
    step = flow.decide(life.case, move.action, LATER)
    return step.case != life.case or bool(step.effects)


def _told(move: Move) -> tuple[str, ...]:
    return move.before.case.state.value, move.action.name, move.action.arg


def _being_read(flow: Flow[Any], posts: list[Post]) -> list[Life]:
    lives = openings(flow, posts, None, NOW)
    return [life for life in lives if life.case.lead and SAME in life.facts(flow, plain())]


@cache
def _presses(flow: Flow[Any], action: str, arg: str) -> tuple[Action, ...]:
    """By everybody, with everything that may be around."""
    return tuple(
        Action(name=action, arg=arg, by=actor, around=around)
        for actor in PEOPLE
        for around in arounds(flow)
    )


def _opened(flow: Flow[Any]) -> list[Any]:
    return [
        flow.open(request, post, None, Around(), LATER).case
        for post in plain().posts
        for request in flow.requests(post)
    ]


def _tried(flow: Flow[Any], case: Case[Any]) -> list[Action]:
    """Everything that anybody may try; of what the table has for nobody one of each name."""
    tries = deeds(flow, plain(), case)
    rules = [one for one in tries if (case.state, one.name) in flow.table]
    without = {one.name: one for one in tries if (case.state, one.name) not in flow.table}
    return [*rules, *without.values()]


def _outcome(flow: Flow[Any], case: Case[Any], action: Action) -> str:
    try:
        flow.decide(case, action, LATER)
    except IllegalAction:
        return "illegal"
    except NotAllowed:
        return "not allowed"
    return "legal"

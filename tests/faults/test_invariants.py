"""The invariants find what is broken: each is shown evidence that is well but for one thing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from faults.evidence import Evidence, Said
from faults.invariants import repeats, violations
from faults.invariants.common import pair
from tests.faults.broken_worlds import BROKEN
from tests.faults.worlds import ADMIN, AT, CARD, GROUP, LEAD, REFUSED, TOLD, WELL, WORLDS, commented


@pytest.mark.parametrize("name", WORLDS)
def test_what_is_well_breaks_nothing(name: str) -> None:
    assert violations(WORLDS[name]) == []


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_promise_is_found(name: str) -> None:
    breaks, kind, rule = BROKEN[name]
    found = violations(breaks(WELL))
    assert any(one.kind == kind and one.rule.startswith(rule) for one in found), found


def test_an_answer_may_come_twice_where_a_death_lies_between() -> None:
    again = replace(TOLD, number=8, at=AT + 40)
    died = replace(WELL, said=[CARD, TOLD, again], troubles=(AT + 0.5,))
    assert violations(died) == []
    assert repeats(died) == 1


def test_what_another_who_asked_is_told_in_the_group_is_no_repetition() -> None:
    note = {"chat_id": GROUP, "message_id": 9, "case_id": 1, "kind": "notice", "current": True}
    other = Said(
        chat=GROUP, number=9, text=f"Оформлять нельзя {LEAD}", buttons=(), at=AT, reply_to=8
    )
    both = replace(WELL, notes=[*WELL.notes, note], said=[*WELL.said, other])
    assert violations(both) == []
    under_his_post = replace(other, reply_to=2)
    twice = replace(both, said=[*WELL.said, under_his_post])
    assert [one.kind for one in violations(twice)] == ["doubled"]


def told_in_the_supergroup(*, reply_to: int, number: int) -> Evidence:
    """Who has not started the bot posted `number` in a group that has become a supergroup since."""
    [asked] = WELL.asked
    [post] = WELL.posts
    card, told = WELL.notes
    return replace(
        WELL,
        posts=[{**post, "chat_id": -5, "message_id": number}],
        notes=[card, {**told, "chat_id": GROUP}],
        said=[CARD, replace(TOLD, chat=GROUP, reply_to=reply_to)],
        asked=[replace(asked, chat=-5, message=number)],
    )


@pytest.mark.parametrize(("reply_to", "number"), [(0, 2), (0, CARD.number), (CARD.number,) * 2])
def test_in_a_supergroup_he_is_told_bare_or_under_a_card_that_has_the_number_of_his_post(
    reply_to: int, number: int
) -> None:
    assert violations(told_in_the_supergroup(reply_to=reply_to, number=number)) == []


@pytest.mark.parametrize(("reply_to", "number"), [(2, 2), (8, 2), (CARD.number, 2)])
def test_what_is_told_in_a_supergroup_under_anything_else_is_not_told_to_him(
    reply_to: int, number: int
) -> None:
    broken = violations(told_in_the_supergroup(reply_to=reply_to, number=number))
    assert [one.kind for one in broken] == ["lost"]


def test_what_telegram_has_dropped_is_missed_by_nobody() -> None:
    gone = replace(WELL.asked[0], message=99)
    assert (
        violations(replace(WELL, asked=[*WELL.asked, gone], dropped=frozenset({(GROUP, 99)}))) == []
    )


def test_a_conflict_that_somebody_was_told_of_is_no_fault() -> None:
    known = replace(
        WELL,
        cases=[{**WELL.cases[0], "data": {"writes": [{"no": 1, "state": "conflict"}]}}],
        touched={LEAD: 100},
        leads=commented(REFUSED, status=100),
        said=[*WELL.said, Said(chat=ADMIN, number=1, text=f"Статус лида изменили без нас. {LEAD}",
                               buttons=(), at=AT)],
    )  # fmt: skip
    assert violations(known) == []


def test_each_call_is_counted_where_it_can_be() -> None:
    assert pair([{"a", "b"}, {"a"}], ["about a", "about b"]) == []
    assert pair([{"a"}, {"b"}, {"a"}], ["about a", "about b"]) == [2]

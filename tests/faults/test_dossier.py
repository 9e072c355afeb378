"""A broken promise leaves behind what is needed to find out why."""

from __future__ import annotations

from dataclasses import replace

from faults.dossier import dossier
from faults.invariants import violations
from tests.faults.worlds import AT, CARD, GROUP, LEAD, NO, SOLVED, TOLD, WELL, did, in_digest


def test_it_tells_all_that_was_seen_of_the_case_and_nothing_of_others() -> None:
    other = {**WELL.cases[0], "id": 2, "lead": "b0b1c2d3e4"}
    elsewhere = replace(TOLD, number=90, text="Оформлять нельзя b0b1c2d3e4")
    broken = replace(
        WELL,
        cases=[*WELL.cases, other],
        history=[*WELL.history, did("deny", "waiting", "denied", case=2)],
        said=[CARD, elsewhere],
    )
    found = [one for one in violations(broken) if one.case == 1]
    papers = dossier(broken, found)
    assert papers.startswith("lost: every operator is told")
    for row in (WELL.cases[0], WELL.history[2], WELL.outbox[1], WELL.posts[0], WELL.pressed[0]):
        assert str(row) in papers
    assert str(CARD) in papers
    assert f"{LEAD}: {WELL.leads[LEAD]}" in papers
    assert "b0b1c2d3e4" not in papers


def test_it_names_who_else_is_shown_by_the_same_message() -> None:
    shown = in_digest(WELL, NO, **SOLVED)
    place = {"case_id": 2, "chat_id": GROUP, "message_id": CARD.number, "place": 2}
    both = replace(shown, places=[*shown.places, place], said=[replace(CARD, at=AT)])
    papers = dossier(both, [one for one in violations(both) if one.case == 1])
    assert str(place) in papers.partition("-- who else")[2].partition("-- messages")[0]


def test_nothing_broken_leaves_nothing() -> None:
    assert dossier(WELL, violations(WELL)) == ""

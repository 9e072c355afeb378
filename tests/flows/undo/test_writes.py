"""What becomes of writes that are taken back, whichever chat's they are."""

from __future__ import annotations

import pytest

from bot.flows import undo, writes
from bot.flows.effects import SetDisposition, Tell, WriteComment
from bot.flows.records import Action, Fact, Happened, Person
from bot.flows.undo import Left, Undone
from bot.flows.writes import STATUS, Writes, WriteState
from tests.flows.world import NOW

MARAT = Person(id=201, name="Марат")

TAKEN = Undone(what="denied", by=MARAT, decided_at=NOW, at=NOW)


def a_saving(no: int) -> Action:
    return Action(name=Fact.CRM_SAVED, what=Happened(no=no))


def tells_of(outcome: undo.Outcome) -> list[str]:
    return [effect.what for effect in outcome.effects if isinstance(effect, Tell)]


def test_a_refused_status_that_an_owner_has_retried_after_the_undoing_is_told() -> None:
    made, _ = writes.status((), "50", seen="100", label="дорого")
    made = writes.marked(made, 1, WriteState.REFUSED)
    outcome = undo.take_back(made, TAKEN)
    assert tells_of(outcome) == []

    late = undo.heard(outcome.writes, outcome.undone, a_saving(1), NOW)

    assert tells_of(late) == ["mend"]
    assert late.undone.left == (Left(what=STATUS, before="дорого"),)


def test_a_refusal_s_attribution_cannot_be_taken_back_and_is_told_once() -> None:
    made, _ = writes.pin((), "Ира")
    under_way = undo.take_back(made, TAKEN)
    assert tells_of(under_way) == []
    set_now = undo.heard(under_way.writes, under_way.undone, a_saving(1), NOW)
    assert tells_of(set_now) == ["mend"]
    assert tells_of(undo.heard(set_now.writes, set_now.undone, a_saving(1), NOW)) == []

    done = undo.take_back(writes.marked(made, 1, WriteState.SAVED, at=NOW), TAKEN)
    assert tells_of(done) == ["mend"]
    assert [type(effect) for effect in done.effects] == [WriteComment, Tell]


@pytest.mark.parametrize(
    ("ends", "is_ours"),
    [
        ((WriteState.SAVED, WriteState.SAVED), True),
        ((WriteState.SAVED, WriteState.REFUSED), False),
        ((WriteState.SAVED, WriteState.CONFLICT), False),
        ((WriteState.CONFLICT, WriteState.SAVED), True),
    ],
)
def test_only_where_the_last_write_has_come_to_something_its_status_is_ours(
    ends: tuple[WriteState, WriteState], *, is_ours: bool
) -> None:
    made, _ = writes.status((), "63", seen="100")
    made, _ = writes.status(made, "50", seen="63")
    for no, state in enumerate(ends, start=1):
        made = writes.marked(made, no, state)
    assert undo.is_ours(made, (1, 2)) is is_ours
    assert not undo.is_ours(writes.marked(made, 1, WriteState.SAVED, found=True), (1, 2))


def test_of_two_statuses_in_a_row_the_first_one_s_predecessor_comes_back() -> None:
    made, _ = writes.status((), "63", seen="100")
    made, _ = writes.status(made, "50", seen="63")

    back = undo.take_back(made, TAKEN).effects[0]

    assert back == SetDisposition(no=3, code="100", seen="50", undoes=(1, 2))


def saved(made: Writes, no: int) -> Writes:
    return writes.marked(made, no, WriteState.SAVED, at=NOW)


def test_what_an_undoing_has_put_back_is_not_what_its_case_wants() -> None:
    """Another case has set it since, found ours there, and has taken back its own."""
    made, _ = writes.status((), "63", seen="50")
    taken = undo.take_back(saved(made, 1), TAKEN).writes
    assert (taken[1].what, taken[1].code) == (undo.RESTORE, "50")

    assert not undo.holds(saved(taken, 2), STATUS, "50", NOW)


def test_what_a_case_still_wants_behind_a_decision_that_was_taken_back_it_holds() -> None:
    made, _ = writes.status((), "50", seen="100")
    made, _ = writes.status(saved(made, 1), "63", seen="50")
    made = saved(made, 2)
    taken = undo.take_back(made, TAKEN, of=made[1:]).writes

    assert undo.holds(saved(taken, 3), STATUS, "50", NOW)

"""A run that has killed too seldom proves too little, and fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from faults.bars import kills_bar, longest_wait
from faults.scene import Outcome, too_late


def killed(times: int, engine: str, name: str = "kill -9 at random") -> Outcome:
    return Outcome(name=name, engine=engine, attacks=times, kills=times)


ENOUGH = {
    "long": [killed(300, "sqlite"), killed(310, "postgresql")],
    "short": [killed(20, "sqlite"), killed(20, "postgresql")],
}
TOO_FEW = {
    "long": [killed(300, "sqlite"), killed(299, "postgresql")],
    "long, on one engine": [killed(600, "sqlite")],
    "short": [killed(20, "sqlite"), killed(19, "2 replicas")],
    "short, none": [],
}


@pytest.mark.parametrize("form", ENOUGH)
def test_a_run_that_has_killed_often_enough_is_well(form: str) -> None:
    assert kills_bar(ENOUGH[form], long=form.startswith("long"))[0]


@pytest.mark.parametrize("form", TOO_FEW)
def test_a_run_that_has_killed_too_seldom_fails(form: str) -> None:
    assert not kills_bar(TOO_FEW[form], long=form.startswith("long"))[0]


def test_only_what_was_attacked_by_killing_counts() -> None:
    other = killed(100, "sqlite", "silence for 23 hours")
    is_met, words = kills_bar([killed(39, "sqlite"), other], long=False)
    assert not is_met
    assert words == ("Deaths by kill -9: sqlite 39, postgresql 0 (at least 40 in all: MISSED)")


def test_what_is_late_by_more_than_a_lease_and_a_few_pauses_is_stuck() -> None:
    assert too_late("kill -9 at random", 60.0) == []
    [broken] = too_late("kill -9 at random", 121.0)
    assert (broken.kind, broken.rule) == ("lost", "nothing is stuck")


def test_after_a_crm_that_was_away_for_hours_pauses_are_longer() -> None:
    assert too_late("CRM down for hours", 400.0) == []
    assert too_late("CRM down for hours", 601.0)


def test_the_longest_wait_is_told() -> None:
    quick, slow = (replace(killed(1, "sqlite"), waited=waited) for waited in (5.0, 40.0))
    assert longest_wait([quick, slow]).startswith("Longest wait until all was done: 40 s (sqlite")
    assert longest_wait([killed(1, "sqlite")]) == "Nothing had to be waited for."

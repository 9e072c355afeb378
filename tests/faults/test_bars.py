"""A run that has killed too seldom proves too little, and fails."""

from __future__ import annotations

import pytest

from faults.bars import kills_bar
from faults.scene import Outcome


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

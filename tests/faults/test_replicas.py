"""What the attack on several replicas leans on."""

from __future__ import annotations

import argparse
from dataclasses import replace

import pytest

from bench.balancer import Balancer
from faults import __main__ as command_line
from faults.attacks import ALL
from faults.evidence import _without
from tests.faults.worlds import LEAD, WELL


def test_the_balancers_log_tells_what_must_be_sent_again() -> None:
    log = [
        "Server replicas/replica-1 is DOWN, reason: Layer4 connection problem",
        "200 by replica-2 after 31 ms, +1 retries, --",
        "503 by <NOSRV> after 0 ms, 0 retries, SC",
        "-1 by replica-1 after 12 ms, 0 retries, CD",
    ]
    assert Balancer(log=log, port=1, replicas=(2, 3)).failed() == 2


def _made_on(engine: str, *, long: bool) -> set[str]:
    return {act.name for act in ALL if act.times(engine, long=long)}


def test_replicas_have_acts_of_their_own_and_meet_what_one_bot_meets() -> None:
    of_replicas, of_one = (_made_on(one, long=True) for one in ("2 replicas", "postgresql"))
    assert "rolling restart" in of_replicas - of_one
    # Steps are named on one bot; whichever of several dies is killed at random.
    assert all("kill -9" in name for name in of_one - of_replicas)
    assert not any("SQLite" in name for name in of_replicas)
    assert of_replicas == _made_on("3 replicas", long=True)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "2 replicas"])
def test_the_long_form_leaves_out_nothing_that_the_short_one_does(engine: str) -> None:
    assert _made_on(engine, long=False) <= _made_on(engine, long=True)
    assert all(act.times(engine, long=False) <= act.times(engine, long=True) for act in ALL)


def test_what_no_backup_knew_is_not_asked_for() -> None:
    assert _without(WELL, set()) is WELL
    left = _without(WELL, {LEAD})
    assert [left.cases, left.history, left.outbox, left.said, left.asked] == [[]] * 5
    assert left.leads == {}
    unread = replace(WELL, cases=[{**WELL.cases[0], "lead": "", "ref": LEAD}])
    assert not _without(unread, {LEAD}).cases
    assert _without(WELL, {"0000000000"}) == WELL


@pytest.mark.parametrize(("ci", "failures"), [("", 0), ("true", 1)])
async def test_without_a_balancer_it_says_so_and_fails_on_ci_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str, failures: int
) -> None:
    monkeypatch.setattr(command_line, "PROGRAM", None)
    monkeypatch.setenv("CI", ci)
    options = argparse.Namespace(engine="replicas", seed=1, long=False, only="")
    assert await command_line.attack(options) is not bool(failures)
    assert "haproxy is missing" in capsys.readouterr().out

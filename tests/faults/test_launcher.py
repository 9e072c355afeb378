"""What attacks tell the process of the bot, and what they say in the end."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

from bot.wiring import utc_now
from faults.invariants import Violation
from faults.keeper import Keeper
from faults.ours import TurnedClock, kill_at
from faults.scene import Outcome, Scene
from faults.table import broken_promises, closing_line, outcome_table


def test_a_trap_is_told_in_one_line() -> None:
    trap = kill_at("write_comment:before commit:2:1")
    assert trap is not None
    assert (trap.step, trap.moment, trap.nth, trap.commit) == (
        "write_comment", "before commit", 2, 1,
    )  # fmt: skip
    assert kill_at("") is None


def test_a_turned_clock_shows_what_stands_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("-3600.5")
    clock = TurnedClock(file)
    assert abs(clock() - utc_now() + timedelta(seconds=3600.5)) < timedelta(seconds=5)
    file.write_text("60")
    assert clock() > utc_now()


async def test_a_dead_bot_is_started_again_with_the_next_trap(tmp_path: Path) -> None:
    # Without its settings no life gets far: each ends with exit status 2, and the next begins.
    async with Keeper(tmp_path, {"BOT_TOKEN": "nonsense"}) as keeper:
        keeper.traps += ["card:before commit:1:1", "tell:before commit:1:1"]
        keeper.keeps.set()
        assert await keeper.dead(2, within=60.0)
    told = [(death.status, death.got_ready, death.trap) for death in keeper.deaths[:3]]
    assert told == [
        (2, False, "card:before commit:1:1"),
        (2, False, "tell:before commit:1:1"),
        (2, False, ""),
    ]


def test_the_end_says_what_was_survived_and_what_was_not() -> None:
    lost = Violation(kind="lost", rule="every post has its case", case=7, what="nobody took it")
    outcomes = [
        Outcome(name="kill -9", engine="sqlite", attacks=12, kills=12, repeated=3),
        Outcome(name="CRM slow", engine="postgresql", attacks=5, kills=0, broken=[lost]),
    ]
    assert closing_line(outcomes) == "16 passed, 1 failed"
    assert broken_promises(outcomes) == (
        "postgresql, CRM slow: lost: every post has its case: case 7: nobody took it"
    )
    assert outcome_table(outcomes).count("\n") > len(outcomes)


def test_an_attack_that_did_not_strike_is_not_survived_and_fails_the_run() -> None:
    outcome = Outcome(name="429 storms", engine="sqlite", attacks=6, kills=0, missed=["no 429"])
    assert outcome.survived == 5
    assert closing_line([outcome]) == "5 passed, 1 failed"
    assert broken_promises([outcome]) == "sqlite, 429 storms: did not strike: no 429"


async def test_an_attack_is_waited_for_until_it_strikes_or_counts_as_missed() -> None:
    scene = Scene.__new__(Scene)
    scene.missed = []
    looks = iter((False, False, True))
    assert await scene.strikes(lambda: next(looks), "nothing was hit")
    assert scene.missed == []
    assert not await scene.strikes(lambda: False, "nothing was hit", within=0.0)
    assert scene.missed == ["nothing was hit"]


async def test_whoever_is_killed_before_he_is_ready_is_told_from_whoever_was(
    tmp_path: Path,
) -> None:
    async with Keeper(tmp_path, {"BOT_TOKEN": "nonsense"}) as keeper:
        assert not await keeper.kill()
        keeper.keeps.set()
        await keeper.born()
        keeper.keeps.clear()
        # It is dead, of the signal, or by itself a moment before.
        killed = await keeper.kill()
        assert killed is (keeper.deaths[0].status == -signal.SIGKILL)
        assert not keeper.deaths[0].got_ready

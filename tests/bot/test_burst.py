"""Many posts within a minute, on virtual time: Telegram's sandbox keeps its limits and judges."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.burst import most, ours
from bench.shift import Shift
from tests.harness.virtual import run_virtually

#: Seconds within which admins can act on nineteen of twenty posts, of so many a minute.
_CAN_ACT = {60: 20.0, 200: 60.0}


@pytest.fixture
def burst(migrated_file: Path, tmp_path: Path) -> Callable[..., Shift]:
    """Plays a burst on a new SQLite file."""

    def play(posts: int, **more: float) -> Shift:
        shutil.copy(migrated_file, tmp_path / "workchats.db")
        url = f"sqlite+aiosqlite:///{tmp_path / 'workchats.db'}"
        return run_virtually(ours(url, posts, **more))

    return play


def test_sixty_posts_a_minute_draw_no_429_and_admins_can_act_within_twenty_seconds(
    burst: Callable[..., Shift],
) -> None:
    shift = burst(60)

    assert shift.refused == 0
    assert most(shift.waits("shown")) < _CAN_ACT[60]
    # The operator is told privately and at once; the chat shows the decision soon after.
    assert shift.waits("told", "pressed")[-1] < 1
    assert most(shift.waits("seen", "pressed")) < 60
    # The outcome to each operator, and at most one call a minute to each admin.
    assert shift.private <= 60 + 2 * 4


@pytest.mark.parametrize("strangers", [0.0, 1 / 3], ids=["all started", "a third not started"])
def test_two_hundred_posts_a_minute_draw_no_429_and_admins_can_act_within_a_minute(
    burst: Callable[..., Shift], strangers: float
) -> None:
    shift = burst(200, strangers=strangers)

    assert shift.refused == 0
    assert most(shift.waits("shown")) < _CAN_ACT[200]
    # Two admins decide thirty a minute; none of their decisions is told late.
    assert most(shift.waits("told", "pressed")) < 15
    assert most(shift.waits("seen", "pressed")) < 60


def test_outcomes_are_gathered_for_operators_who_have_not_started_the_bot(
    burst: Callable[..., Shift],
) -> None:
    shift = burst(30, strangers=1.0)

    assert shift.refused == 0
    assert most(shift.waits("told", "pressed")) < 30
    assert shift.sent < 30

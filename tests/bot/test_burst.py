"""Sixty posts within a minute, on virtual time: Telegram's sandbox keeps its limits and judges."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.burst import most, ours
from bench.shift import Shift
from tests.harness.virtual import run_virtually

#: Seconds within which admins can act on nineteen posts of twenty.
_CAN_ACT = 20.0


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
    assert most(shift.waits("shown")) < _CAN_ACT
    # The operator is told privately and at once; the chat shows the decision soon after.
    assert shift.waits("told", "pressed")[-1] < 1
    assert most(shift.waits("seen", "pressed")) < 60
    # The outcome to each operator, and at most one call a minute to each admin.
    assert shift.private <= 60 + 2 * 4


def test_outcomes_are_gathered_for_operators_who_have_not_started_the_bot(
    burst: Callable[..., Shift],
) -> None:
    shift = burst(30, strangers=1.0)

    assert shift.refused == 0
    assert most(shift.waits("told", "pressed")) < 30
    assert shift.sent < 30

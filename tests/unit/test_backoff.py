from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outbox import backoff, chance

LONGEST = timedelta(minutes=5)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 1), (2, 2), (3, 4), (8, 128), (9, 256)])
def test_it_doubles(attempts: int, seconds: int) -> None:
    assert backoff(attempts, 1.0) == timedelta(seconds=seconds)


@pytest.mark.parametrize("attempts", [10, 11, 100, 10**6])
def test_it_never_waits_longer_than_five_minutes(attempts: int) -> None:
    assert backoff(attempts, 1.0) == LONGEST


def test_jitter_takes_at_most_half_away() -> None:
    assert backoff(5, 0.0) == backoff(5, 1.0) / 2


@given(st.integers(1, 200), st.floats(0, 1), st.floats(0.1, 10))
def test_it_always_waits_and_never_too_long(attempts: int, jitter: float, first: float) -> None:
    assert timedelta(0) < backoff(attempts, jitter, first=first) <= LONGEST


def test_chance_is_between_0_and_1() -> None:
    assert all(0 <= chance() < 1 for _ in range(100))

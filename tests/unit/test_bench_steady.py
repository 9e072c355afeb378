"""What the benchmark asks of a bot that speaks thirty times a second for minutes."""

from __future__ import annotations

import pytest

from bench.steady import Steady, bars_of


def failed(*, age: float = 0.1, stuck: int = 0, resident: tuple[float, ...]) -> list[str]:
    """The bars that such a bot has failed, by their first words."""
    bot = Steady(name="SQLite", rate=30, ages=[0.0, age], stuck=stuck, resident=list(resident))
    return [bar.what.partition(": ")[2][:6] for bar in bars_of(bot) if bar.is_failed]


@pytest.mark.parametrize(
    ("resident", "misses"),
    [
        # Ten minutes on PostgreSQL: what it takes to get warm is no growth.
        ((128.1, 144.8, 145.3), []),
        ((128.1, 144.8, 146.7), []),
        ((128.1, 144.8, 146.8), ["memory"]),
        ((140.0, 152.0, 164.0), ["memory"]),
        ((140.0, 152.0, 151.0), []),
    ],
)
def test_memory_may_grow_by_less_than_two_mb_in_the_second_half(
    resident: tuple[float, ...], misses: list[str]
) -> None:
    assert failed(resident=resident) == misses


def test_each_bar_is_one_of_its_own() -> None:
    flat = (128.0, 140.0, 140.0)
    assert failed(age=5.1, resident=flat) == ["no row"]
    assert failed(stuck=1, resident=flat) == ["no ste"]


def test_a_bar_tells_its_figure() -> None:
    bot = Steady(name="SQLite", rate=30, ages=[0.1, 6.0], resident=[128.1, 144.8, 145.3])
    assert [bar.what for bar in bars_of(bot)] == [
        "SQLite: no row overdue by 5 s (6.00)",
        "SQLite: no step of a round takes 20 s (0)",
        "SQLite: memory grows by less than 2 MB in the second half (+0.5)",
    ]

"""What the benchmark asks of the rounds, and what it only says."""

from __future__ import annotations

import pytest

from bench.figures import Bar, Measured
from bench.rounds import Block, Timing
from bench.speed import bars_of_rounds


def a_bot(name: str, *, seconds: float, waits: float) -> Measured:
    """It needs so many seconds for ten rounds, in each of which a press waits so long."""
    timing = Timing(post=1, post_to_card=0.1, press_to_answer=waits, post_to_told=0.2)
    return Measured(name=name, blocks=[Block(timings=(timing,) * 10, seconds=seconds)])


NAIVE = a_bot("naive", seconds=1.0, waits=0.010)


def failed(bot: Measured, *, at_once: bool) -> list[str]:
    """The bars that it has failed, by their first words."""
    bars = bars_of_rounds(NAIVE, [bot], "", at_once=at_once)
    return [bar.what.partition(": ")[2][:13] for bar in bars if bar.is_failed]


def test_a_bot_as_quick_as_the_naive_one_passes() -> None:
    assert failed(a_bot("SQLite", seconds=1.0, waits=0.010), at_once=False) == []


@pytest.mark.parametrize(
    ("seconds", "waits", "misses"),
    [(1.24, 0.0149, []), (1.26, 0.0149, ["at least 0.8 "]), (1.24, 0.0151, ["a press is an"])],
)
def test_where_answers_take_a_while_both_bars_count(
    seconds: float, waits: float, misses: list[str]
) -> None:
    assert failed(a_bot("SQLite", seconds=seconds, waits=waits), at_once=False) == misses


@pytest.mark.parametrize(("seconds", "misses"), [(1.9, []), (2.1, ["at least 0.5 "])])
def test_at_once_half_of_the_naive_bots_rounds_must_be(seconds: float, misses: list[str]) -> None:
    assert failed(a_bot("SQLite", seconds=seconds, waits=0.1), at_once=True) == misses


def test_a_bar_that_is_missed_says_whether_it_counts() -> None:
    assert str(Bar("quick", is_reached=True)) == "passed  quick"
    assert str(Bar("quick", is_reached=False)) == "FAILED  quick"
    assert str(Bar("quick", is_reached=False, counts=False)) == "missed  quick"

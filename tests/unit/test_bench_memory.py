"""What the benchmark calls flat, of bots that keep something of what they have dealt with."""

from __future__ import annotations

import pytest

from bench.memory import Lived, memory_table

#: 100,000 updates.
_LOTS = 2000


def a_bot(*, warm: float = 0.0, kept: float = 0.0, lots: int = _LOTS) -> Lived:
    """It takes `warm` MB in its first tenth, and keeps so many bytes of each update."""
    bot = Lived(name="SQLite", lots=lots, seconds=125.0, resident=[128.0])
    for _ in range(lots):
        bot.one_more(lambda: 128 + warm + kept * bot.updates / 1024**2)
    return bot


@pytest.mark.parametrize("lots", [10, 47, _LOTS])
def test_memory_is_read_at_the_start_and_at_each_tenth(lots: int) -> None:
    assert len(a_bot(lots=lots).resident) == 1 + 10


def test_what_it_takes_to_get_warm_is_no_growth() -> None:
    bot = a_bot(warm=20.0)

    assert bot.is_flat
    assert bot.growth == 0


def test_forty_five_bytes_kept_of_each_update_are_found() -> None:
    bot = a_bot(kept=45.0)

    assert not bot.is_flat
    assert bot.growth_of_thousand == pytest.approx(45 * 1000 / 1024)


def test_the_table_shows_growth_in_the_second_half() -> None:
    lines = memory_table([a_bot(warm=1.0, kept=1024.0)]).splitlines()

    rows = {" ".join(line.split()) for line in lines}
    assert rows >= {
        "updates 100000",
        "updates a second 800",
        "memory at the start, MB 128.0",
        "memory at 10 %, MB 138.8",
        "memory at 50 %, MB 177.8",
        "memory at 100 %, MB 226.7",
        "growth in the second half, MB +48.8",
        "KB for each thousand updates +1000.0",
    }

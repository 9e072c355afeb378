"""The clock that ticks, and how it stops."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta, tzinfo
from typing import Self, cast

import pytest

from bot.deadlines import Deadlines
from bot.ticking import Ticking
from bot.tidying import Tidying
from tests.harness.time import PATIENCE


class Slow:
    """Deadlines whose tick takes until it is let go, and nothing to tidy."""

    def __init__(self) -> None:
        self.began, self.go_on = asyncio.Event(), asyncio.Event()
        self.ended = 0

    async def tick(self) -> int:
        self.began.set()
        await self.go_on.wait()
        self.ended += 1
        return 0

    async def tidy(self) -> None:
        """Nothing."""

    async def measure(self) -> None:
        """Nothing."""


def ticking_of(slow: Slow) -> Ticking:
    return Ticking(cast("Deadlines", slow), cast("Tidying", slow), every=0.01)


async def a_tick() -> tuple[Slow, Ticking]:
    """One that has begun."""
    slow = Slow()
    ticking = ticking_of(slow)
    ticking.start()
    async with asyncio.timeout(PATIENCE):
        await slow.began.wait()
    return slow, ticking


async def test_a_tick_that_is_under_way_ends_when_the_bot_stops() -> None:
    slow, ticking = await a_tick()
    stopping = asyncio.create_task(ticking.stop())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not stopping.done()
    slow.go_on.set()
    await stopping
    assert slow.ended == 1


async def test_a_tick_that_hangs_is_cut_off_without_an_alarm(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.ticking._GRACE", 0.01)
    slow, ticking = await a_tick()
    await ticking.stop()
    for _ in range(5):
        await asyncio.sleep(0)
    assert slow.ended == 0
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


class Counting(Slow):
    """Deadlines that say which tick it is."""

    def __init__(self) -> None:
        super().__init__()
        self.again = asyncio.Event()

    async def tick(self) -> int:
        (self.again if self.began.is_set() else self.began).set()
        return 0


async def test_it_ticks_on_though_the_machine_s_clock_is_put_back_by_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class AnHourAgo(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) - timedelta(hours=1)

    counting = Counting()
    ticking = ticking_of(counting)
    ticking.start()
    async with asyncio.timeout(PATIENCE):
        await counting.began.wait()
        monkeypatch.setattr("apscheduler.schedulers.base.datetime", AnHourAgo)
        monkeypatch.setattr("bot.ticking.datetime", AnHourAgo)
        counting.again.clear()
        await counting.again.wait()
    await ticking.stop()

"""The clock that ticks, and how it stops."""

from __future__ import annotations

import asyncio
import logging
from typing import cast

import pytest

from bot.deadlines import Deadlines, Ticking
from tests.harness.time import PATIENCE


class Slow:
    """Deadlines whose tick takes until it is let go."""

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


async def a_tick() -> tuple[Slow, Ticking]:
    """One that has begun."""
    slow = Slow()
    ticking = Ticking(cast("Deadlines", slow), every=0.01)
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
    monkeypatch.setattr("bot.deadlines._GRACE", 0.01)
    slow, ticking = await a_tick()
    await ticking.stop()
    for _ in range(5):
        await asyncio.sleep(0)
    assert slow.ended == 0
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []

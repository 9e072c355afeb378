"""The clock that ticks, and how it stops."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta, tzinfo
from typing import Any, Self, cast

import pytest

from bot.deadlines import Deadlines, Ticking
from storage.errors import StorageDown
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
    ticking = Ticking(cast("Deadlines", counting), every=0.01)
    ticking.start()
    async with asyncio.timeout(PATIENCE):
        await counting.began.wait()
        monkeypatch.setattr("apscheduler.schedulers.base.datetime", AnHourAgo)
        monkeypatch.setattr("bot.deadlines.datetime", AnHourAgo)
        counting.again.clear()
        await counting.again.wait()
    await ticking.stop()


class Tidying(Deadlines):
    """Each part only says that it was its turn; one of them fails."""

    def __init__(self, fails: str, error: Exception) -> None:
        self._fails, self._error = fails, error
        self._chats = self._summaries = self._sweeper = cast("Any", self)
        self.done: list[str] = []

    def _do(self, part: str) -> None:
        self.done.append(part)
        if part == self._fails:
            raise self._error

    async def leave_unbound(self) -> None:
        self._do("unbound groups")

    async def measure(self) -> None:
        self._do("figures")

    async def look(self) -> None:
        self._do("summaries")

    async def sweep(self) -> None:
        self._do("old rows")


_PARTS = ["unbound groups", "figures", "summaries", "old rows"]


@pytest.mark.parametrize("part", _PARTS)
async def test_what_cannot_be_tidied_holds_up_nothing_else(part: str) -> None:
    tidying = Tidying(part, ZeroDivisionError())
    await tidying.tidy()
    assert tidying.done == _PARTS


async def test_nothing_is_tidied_while_the_database_is_away() -> None:
    tidying = Tidying("figures", StorageDown("ConnectionError"))
    with pytest.raises(StorageDown):
        await tidying.tidy()
    assert tidying.done == ["unbound groups", "figures"]

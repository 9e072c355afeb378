from __future__ import annotations

import asyncio

import pytest

from crm_api.pace import Pace


class Time:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def sent_at(pace: Pace, time: Time, calls: int) -> list[float]:
    found = []
    for _ in range(calls):
        await pace.turn()
        found.append(time.now - 100)
    return found


async def test_calls_are_kept_apart() -> None:
    time = Time()
    pace = Pace(2, clock=time.clock, sleep=time.sleep)
    assert await sent_at(pace, time, 4) == pytest.approx([0, 0.5, 1, 1.5])


async def test_a_burst_goes_out_at_once_and_only_once() -> None:
    time = Time()
    pace = Pace(2, burst=3, clock=time.clock, sleep=time.sleep)
    assert await sent_at(pace, time, 5) == pytest.approx([0, 0, 0, 0.5, 1])


async def test_a_rest_earns_no_more_than_the_burst() -> None:
    time = Time()
    pace = Pace(2, burst=2, clock=time.clock, sleep=time.sleep)
    await sent_at(pace, time, 2)
    time.now = 200
    assert await sent_at(pace, time, 3) == pytest.approx([100, 100, 100.5])


async def test_those_who_come_together_stand_in_line() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    pace = Pace(10, clock=lambda: 0.0, sleep=sleep)
    await asyncio.gather(*(pace.turn() for _ in range(4)))
    assert waits == pytest.approx([0.1, 0.2, 0.3])

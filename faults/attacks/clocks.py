"""Clocks: put wrong, put right, midnight, and what fell due while nobody was there."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from faults.people import OPERATORS
from faults.scene import Act, Scene

_HOUR = 3600.0
_MINUTE = 60.0


async def an_hour_wrong(scene: Scene, times: int) -> None:
    """The bot's clock jumps by an hour, there and back, with Telegram's limits in force."""
    at, people = scene.at, scene.people
    await at.born_again(FAULTS_BUDGET="own")
    try:
        for _ in range(times):
            skew = scene.chance.choice((_HOUR, -_HOUR))
            async with scene.at_work():
                await asyncio.sleep(0.5)
                scene.attack()
                at.turn_clock(skew)
                await asyncio.sleep(1.5)
                scene.attack()
                at.turn_clock(0.0)
                await asyncio.sleep(1.0)
            asked = await people.ask(people.groups[0], OPERATORS[0])
            # A group's minute may be spent, but no more than that.
            await at.advance(_MINUTE)
            if await people.card(asked) is None:
                scene.breaks("nothing is stuck", f"after a jump of {skew:.0f} s no card comes")
    finally:
        await at.born_again(FAULTS_BUDGET="boundless")


async def midnight(scene: Scene, times: int) -> None:
    """The day changes in the middle of the work."""
    zone = ZoneInfo("Europe/Moscow")
    for _ in range(times):
        now = datetime.fromtimestamp(scene.at.now(), zone)
        last = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        await scene.at.advance((last - now).total_seconds() - 1.5)
        async with scene.at_work():
            scene.attack()
            await asyncio.sleep(2.5)


async def due_while_away(scene: Scene, times: int) -> None:
    """Pings and ends of waiting fall due while the bot is dead."""
    at, people = scene.at, scene.people
    for _ in range(times):
        asked = [await people.ask(group, OPERATORS[0]) for group in people.groups]
        for one in asked:
            await people.card(one)
        await at.lay_down()
        scene.attack()
        await at.advance(scene.chance.choice((2, 5, 20, 200)) * _MINUTE)
        await at.live()
        # Time goes on until nobody waits any more.
        await at.advance(20 * _MINUTE)
        await asyncio.sleep(1.5)


ACTS = (
    Act(
        name="the bot's clock jumps by an hour", run=an_hour_wrong, short=2, long=5, replicas=(0, 3)
    ),
    Act(name="midnight", run=midnight, short=1, long=2, replicas=(0, 1)),
    Act(
        name="deadlines due while the bot is dead",
        run=due_while_away,
        short=2,
        long=5,
        replicas=(0, 3),
    ),
)

"""Troubles seldom come alone: any of them, while others last."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

from faults.scene import Act, Scene


async def _kill(scene: Scene) -> None:
    await scene.chance.choice(scene.at.keepers).kill()


async def _crm_fails(scene: Scene) -> None:
    kind = scene.chance.choice(("status", "garbage", "cut_before", "cut_after", "late"))
    await scene.at.crm_fault(kind=kind, times=scene.chance.randint(1, 4), seconds=1.0, status=502)


async def _crm_is_away(scene: Scene) -> None:
    wire = scene.at.crm_wire
    wire.is_open = not wire.is_open
    wire.cut()


async def _telegram_fails(scene: Scene) -> None:
    kind = scene.chance.choice(("error", "drop", "lost_answer", "slow"))
    await scene.at.control.fault(
        "*", kind, times=scene.chance.randint(1, 3), code=502, seconds=0.5,
        retry_after=scene.chance.choice((None, 1)),
    )  # fmt: skip


async def _updates_again(scene: Scene) -> None:
    await scene.at.control.redeliver(scene.chance.randint(1, 30))


async def _database_fails(scene: Scene) -> None:
    wire = scene.at.database_wire
    if wire is None:
        scene.at.keeper.signal(signal.SIGUSR1)
        await asyncio.sleep(scene.chance.uniform(0.1, 1.0))
        scene.at.keeper.signal(signal.SIGUSR2)
    elif scene.chance.random() < 0.5:  # noqa: PLR2004 -- one half
        wire.cut()
    else:
        wire.lose_commits = 1


async def _time_passes(scene: Scene) -> None:
    await scene.at.advance(scene.chance.uniform(1.0, 100.0))


_TROUBLES: tuple[Callable[[Scene], Awaitable[None]], ...] = (
    _kill, _crm_fails, _crm_is_away, _telegram_fails, _updates_again, _database_fails, _time_passes,
)  # fmt: skip


async def everything(scene: Scene, times: int) -> None:
    """One after another, faster than they pass; the last ones meet who still ends his work."""
    async with scene.troubled(), scene.at_work():
        for _ in range(times):
            scene.attack()
            await scene.chance.choice(_TROUBLES)(scene)
            await asyncio.sleep(scene.chance.uniform(0.0, 0.6))


ACTS = (Act(name="everything at once", run=everything, short=15, long=120, replicas=(0, 60)),)

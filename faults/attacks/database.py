"""The database: killed and restarted under load, deaf after a commit, full."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
from functools import partial

from faults.keeper import Keeper
from faults.proxy import Proxy
from faults.scene import Act, Scene

_AGAIN = 1.0


async def postgres_killed(scene: Scene, times: int) -> None:
    """Every few seconds it dies, half of the time without a word, and comes back."""
    postgres, wire = scene.postgres, scene.at.database_wire
    assert postgres is not None
    assert wire is not None
    async with scene.troubled(), scene.at_work():
        for _ in range(times):
            await asyncio.sleep(scene.chance.uniform(0.5, 2.0))
            scene.attack()
            felt = wire.refused + wire.broken
            end = postgres.crash if scene.chance.random() < 0.5 else postgres.pause  # noqa: PLR2004
            try:
                await asyncio.to_thread(end)
                await asyncio.sleep(scene.chance.uniform(0.1, 0.8))
                if wire.refused + wire.broken == felt:
                    scene.misses("no connection was broken or refused")
            finally:
                await asyncio.to_thread(postgres.resume)


async def commits_lost(scene: Scene, times: int) -> None:
    """It commits, and the answer to that never comes."""
    wire = scene.at.database_wire
    assert wire is not None
    async with scene.troubled(), scene.at_work():
        for _ in range(times):
            await scene.at.live()
            lost = wire.lost
            wire.lose_commits = scene.chance.randint(1, 3)
            scene.attack()
            await scene.strikes(partial(_more, wire, lost), "no commit lost its answer")
            wire.lose_commits = 0
            await asyncio.sleep(0.1)


def _is_used(wire: Proxy) -> bool:
    return wire.connections > 0


def _more(wire: Proxy, lost: int) -> bool:
    return wire.lost > lost


async def wire_cut(scene: Scene, times: int) -> None:
    """All connections break at once."""
    wire = scene.at.database_wire
    assert wire is not None
    async with scene.troubled(), scene.at_work():
        for _ in range(times):
            await asyncio.sleep(scene.chance.uniform(0.2, 0.8))
            scene.attack()
            # Who was cut off comes back when he next has something to do.
            await scene.strikes(partial(_is_used, wire), "nobody was connected")
            wire.cut()


async def disk_full(scene: Scene, times: int) -> None:
    """SQLite may not grow (SQLITE_FULL), then it may again."""
    keeper = scene.at.keeper
    async with scene.troubled(), scene.at_work():
        for _ in range(times):
            await keeper.ready()
            scene.attack()
            hurt = _hurt(keeper)
            keeper.signal(signal.SIGUSR1)
            await scene.strikes(partial(_is_hurt, keeper, hurt), "nothing met the full disk")
            await asyncio.sleep(scene.chance.uniform(0.2, 1.5))
            keeper.signal(signal.SIGUSR2)
            await asyncio.sleep(0.5)
    keeper.signal(signal.SIGUSR2)


async def disk_refuses(scene: Scene, times: int) -> None:
    """The kernel refuses what would lie behind a file's end: the log of SQLite cannot grow."""
    keeper, none = scene.at.keeper, resource.RLIM_INFINITY
    log = scene.at.home / "workchats.db-wal"
    async with scene.troubled(), scene.at_work():
        for _ in range(times):
            pid = await keeper.ready()
            scene.attack()
            hurt = _hurt(keeper)
            size = log.stat().st_size if log.exists() else 0
            # Its log begins anew now and then: a limit near its end would not be met for long.
            size = int(size * scene.chance.uniform(0.0, 0.2))
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, none))
                await scene.strikes(partial(_is_hurt, keeper, hurt), "nothing met the refusal")
                await asyncio.sleep(scene.chance.uniform(0.2, 1.5))
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (none, none))
            await asyncio.sleep(0.5)


#: What the bot's log says where the database does not take something.
_WAITS = ("update_waits", "outbox_waits", "tick_waits", "polling_waits", "outcome_not_saved")


def _hurt(keeper: Keeper) -> int:
    """How often it has said so."""
    return sum(keeper.events[event] for event in _WAITS)


def _is_hurt(keeper: Keeper, before: int) -> bool:
    return _hurt(keeper) > before


ACTS = (
    Act(
        name="PostgreSQL killed and restarted", run=postgres_killed, short=3, long=10,
        engine="postgresql", replicas=(0, 3),
    ),
    Act(
        name="PostgreSQL: the commit's answer is lost", run=commits_lost, short=5, long=25,
        engine="postgresql", replicas=(1, 8),
    ),
    Act(
        name="PostgreSQL: all connections are cut", run=wire_cut, short=5, long=20,
        engine="postgresql", replicas=(0, 5),
    ),
    Act(name="SQLite: the disk is full", run=disk_full, short=2, long=10, engine="sqlite"),
    Act(name="SQLite: the disk refuses to write", run=disk_refuses, short=2, long=10,
        engine="sqlite"),
)  # fmt: skip

"""The database: killed and restarted under load, deaf after a commit, full."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal

from faults.scene import Act, Scene

_AGAIN = 1.0


async def postgres_killed(scene: Scene, times: int) -> None:
    """Every few seconds it dies, half of the time without a word, and comes back."""
    postgres = scene.postgres
    assert postgres is not None
    async with scene.people.at_work(), scene.troubled():
        for _ in range(times):
            await asyncio.sleep(scene.chance.uniform(0.5, 2.0))
            scene.attack()
            end = postgres.crash if scene.chance.random() < 0.5 else postgres.pause  # noqa: PLR2004
            try:
                await asyncio.to_thread(end)
                await asyncio.sleep(scene.chance.uniform(0.1, 0.8))
            finally:
                await asyncio.to_thread(postgres.resume)


async def commits_lost(scene: Scene, times: int) -> None:
    """It commits, and the answer to that never comes."""
    wire = scene.at.database_wire
    assert wire is not None
    before = wire.lost
    async with scene.people.at_work(), scene.troubled():
        for _ in range(times):
            await scene.at.keeper.ready()
            lost = wire.lost
            wire.lose_commits = scene.chance.randint(1, 3)
            scene.attack()
            for _ in range(100):
                if wire.lost > lost:
                    break
                await asyncio.sleep(0.05)
            wire.lose_commits = 0
            await asyncio.sleep(0.1)
    if wire.lost - before < times:
        raise RuntimeError(f"of {times} commits {wire.lost - before} lost their answer")


async def wire_cut(scene: Scene, times: int) -> None:
    """All connections break at once."""
    wire = scene.at.database_wire
    assert wire is not None
    async with scene.people.at_work(), scene.troubled():
        for _ in range(times):
            await asyncio.sleep(scene.chance.uniform(0.2, 0.8))
            scene.attack()
            wire.cut()


async def disk_full(scene: Scene, times: int) -> None:
    """SQLite may not grow (SQLITE_FULL), then it may again."""
    keeper = scene.at.keeper
    async with scene.people.at_work(), scene.troubled():
        for _ in range(times):
            await keeper.ready()
            scene.attack()
            keeper.signal(signal.SIGUSR1)
            await asyncio.sleep(scene.chance.uniform(0.8, 2.5))
            keeper.signal(signal.SIGUSR2)
            await asyncio.sleep(0.5)
    keeper.signal(signal.SIGUSR2)


async def disk_refuses(scene: Scene, times: int) -> None:
    """The kernel refuses what would lie behind a file's end: the log of SQLite cannot grow."""
    keeper, none = scene.at.keeper, resource.RLIM_INFINITY
    log = scene.at.home / "workchats.db-wal"
    async with scene.people.at_work(), scene.troubled():
        for _ in range(times):
            pid = await keeper.ready()
            scene.attack()
            size = log.stat().st_size if log.exists() else 0
            size = int(size * scene.chance.uniform(0.2, 1.0))
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, none))
                await asyncio.sleep(scene.chance.uniform(0.5, 2.0))
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (none, none))
            await asyncio.sleep(0.5)


ACTS = (
    Act(
        name="PostgreSQL killed and restarted", run=postgres_killed, short=3, long=10,
        engine="postgresql",
    ),
    Act(
        name="PostgreSQL: the commit's answer is lost", run=commits_lost, short=8, long=25,
        engine="postgresql",
    ),
    Act(
        name="PostgreSQL: all connections are cut", run=wire_cut, short=5, long=20,
        engine="postgresql",
    ),
    Act(name="SQLite: the disk is full", run=disk_full, short=3, long=10, engine="sqlite"),
    Act(name="SQLite: the disk refuses to write", run=disk_refuses, short=3, long=10,
        engine="sqlite"),
)  # fmt: skip

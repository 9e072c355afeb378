"""`python -m bot run` with what an attack needs of a process: a clock to turn, a place to die at.

A start takes two seconds, nearly all of them for imports, and an attack kills hundreds of times. So
this process imports everything once and forks a new one for each life: it reads an environment (a
line of JSON) from its input, tells `born <pid>`, waits, and tells `died <status>`. The lives write
their log into the same output.

Environment of a life, on top of the product's own:
    FAULTS_CLOCK   a file with seconds, added to the bot's time; read at every look at the clock
    FAULTS_KILL    `step:moment:nth:commit`: where this process kills itself (`KillAt`); "": nowhere
    FAULTS_BUDGET  "boundless": as if Telegram had no limits; else the product's own

SIGUSR1 lets SQLite's disk be full (no file grows any more), SIGUSR2 gives it room again.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import sqlite3
import sys
import traceback
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import bot.__main__ as command_line
from bot.budget import Budget, Limits
from bot.config import Settings
from bot.wiring import Workchats, utc_now, wired
from storage.db import Database
from tests.harness.crash import CrashAt, Moment

#: More than any machine can say in a second or a minute.
_BOUNDLESS = 10**9
#: SQLite's own limit of pages, where nothing else is said.
_ALL_PAGES = 4_294_967_294
_CONNECTIONS: list[sqlite3.Connection] = []


class KillAt(CrashAt):
    """Dies as the kernel kills: nothing is closed, nothing is said.

    One more step than the tests' own: "migrate", a group's move into its supergroup.
    """

    def install(self, workchats: Workchats) -> None:
        """Lie in wait."""
        moved = workchats.chats.moved
        named = self._named(lambda pair: moved(*pair), lambda _: "migrate")

        async def move(old: int, new: int) -> None:
            await named((old, new))

        workchats.chats.moved = move  # type: ignore[method-assign]
        super().install(workchats)

    def _die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def kill_at(words: str) -> KillAt | None:
    """What FAULTS_KILL means."""
    if not words:
        return None
    step, moment, nth, commit = words.split(":")
    return KillAt(step, cast("Moment", moment), nth=int(nth), commit=int(commit))


class TurnedClock:
    """The real time and what stands in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> datetime:
        """The time, aware."""
        return utc_now() + timedelta(seconds=float(self._path.read_text() or 0))


@contextlib.asynccontextmanager
async def _wired(settings: Settings, database: Database) -> AsyncIterator[Workchats]:
    clock = TurnedClock(Path(os.environ["FAULTS_CLOCK"]))
    budget = None
    if os.environ.get("FAULTS_BUDGET") == "boundless":
        budget = Budget(
            Limits(all_per_second=_BOUNDLESS, group_per_minute=_BOUNDLESS, burst=_BOUNDLESS)
        )
    trap = kill_at(os.environ.get("FAULTS_KILL", ""))
    async with wired(settings, database, clock=clock, budget=budget) as workchats:
        if trap is not None:
            trap.install(workchats)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, _limit_pages, 1)
        loop.add_signal_handler(signal.SIGUSR2, _limit_pages, _ALL_PAGES)
        yield workchats


def _limit_pages(most: int) -> None:
    """How large the file may become; a limit below its size means its size."""
    for connection in _CONNECTIONS:
        # The pool has closed one: it has no limit to be told.
        with contextlib.suppress(sqlite3.ProgrammingError):
            connection.execute(f"PRAGMA max_page_count={most}")


def _remember_connections() -> None:
    connect = sqlite3.dbapi2.connect

    def remembered(*given: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **more)
        _CONNECTIONS.append(connection)
        return connection

    sqlite3.dbapi2.connect = sqlite3.connect = remembered  # type: ignore[assignment]


def _live(environment: dict[str, str]) -> int:
    """One life, in a process of its own."""
    os.environ.update(environment)
    os.setsid()
    os.close(0)
    os.dup2(1, 2)
    return command_line.main(["run"])


def main() -> None:
    """Give birth, one life after another, until the input ends."""
    _remember_connections()
    command_line.wired = _wired  # type: ignore[assignment, attr-defined]
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = _live(json.loads(line))
            except BaseException:  # noqa: BLE001 -- a traceback is what the keeper looks for
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        print(f"born {child}", flush=True)
        _, status = os.waitpid(child, 0)
        print(f"\ndied {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    main()

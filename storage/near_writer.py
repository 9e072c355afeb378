"""SQLite's one writer: whatever is ready to be committed goes to the disk together."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from storage.block import Block
from storage.near import Near

# A full disk or a failing one: SQLite may end the whole transaction, not the statement alone.
_TAKEN_BACK = "SQLite has taken the transaction back"


@dataclass(slots=True)
class _Group:
    """Units that are committed together: all of them are, or none.

    Each waits for a future of its own: who is cancelled meanwhile takes no other along.
    """

    near: Near
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    is_over: bool = False

    def tell(self, error: Exception | None = None) -> None:
        """Tell all how it ended. Whoever is cancelled was committed with the others, or was not."""
        self.is_over = True
        for one in self.waiting:
            if one.done():
                continue
            if error is None:
                one.set_result(None)
            else:
                one.set_exception(error)


class NearWriter:
    """The one writer: its units run one after another, and those that are ready share a commit.

    A commit waits for the disk, many times longer than the statements take. It does so in a thread;
    whoever wants to write meanwhile waits, and all of them go into the next commit together. A unit
    that fails takes back only what is its own (a savepoint).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._near: Near | None = None
        self._group: _Group | None = None
        # First come, first served: a commit gets its turn behind the units that wait already.
        self._turn = asyncio.Lock()
        self._commits: set[asyncio.Task[None]] = set()

    def unit(self) -> Block[Near]:
        """Everything within is committed when the block ends well, and nothing when it raises."""
        return _Unit(self)

    async def begin(self) -> _Group:
        """A unit's turn: the group that it belongs to."""
        await self._turn.acquire()
        try:
            group = self._group or self._begin()
            self._within(group, "SAVEPOINT unit")
        except BaseException:
            self._turn.release()
            raise
        return group

    def end(self, group: _Group) -> asyncio.Future[None]:
        """The unit has ended well; returns what is done when it is committed."""
        try:
            self._within(group, "RELEASE unit")
            if not group.waiting:
                commit = asyncio.create_task(self._commit(group))
                self._commits.add(commit)
                commit.add_done_callback(self._commits.discard)
            committed = asyncio.get_running_loop().create_future()
            group.waiting.append(committed)
        finally:
            self._turn.release()
        return committed

    def undo(self, group: _Group) -> None:
        """The unit has failed."""
        try:
            self._undo(group)
        finally:
            self._turn.release()

    def _within(self, group: _Group, words: str) -> None:
        """Only a unit that others wait with needs its own part of the transaction."""
        try:
            if not group.near.driver.in_transaction:
                raise sqlite3.OperationalError(_TAKEN_BACK)  # noqa: TRY301 -- as if it came from there
            if group.waiting:
                group.near.driver.execute(words)
        except BaseException:
            self._undo(group)
            raise

    def _begin(self) -> _Group:
        if self._near is None:
            self._near = Near(self._engine.connect())
        # A reader that writes later would meet SQLITE_BUSY at once: we say at once that we write.
        self._near.driver.execute("BEGIN IMMEDIATE")
        self._group = _Group(self._near)
        return self._group

    def _undo(self, group: _Group) -> None:
        """Take back the unit that runs; or all of the group, where that alone cannot be done."""
        if group.waiting and _undone(group.near.driver):
            return
        self._group = None
        self.close()
        group.tell(sqlite3.OperationalError(_TAKEN_BACK))

    async def _commit(self, group: _Group) -> None:
        await self._turn.acquire()
        if group.is_over:
            # SQLite has taken it back, and all have been told.
            self._turn.release()
            return
        self._group = None
        loop = asyncio.get_running_loop()

        def commit() -> None:
            # All who wait hear of it a turn of the loop before the thread's own future is done.
            if group.is_over:
                # It was queued for a thread that could not be started.
                return
            try:
                group.near.driver.commit()
            except Exception as error:  # noqa: BLE001 -- every unit that waits is told
                loop.call_soon_threadsafe(self._committed, group, error)
            else:
                loop.call_soon_threadsafe(self._committed, group, None)

        try:
            committing = loop.run_in_executor(None, commit)
        except Exception as error:  # noqa: BLE001 -- no thread is to be had: they are told as well
            self._committed(group, error)
        else:
            await committing

    def _committed(self, group: _Group, error: Exception | None) -> None:
        """Tell all who wait, and give the turn on."""
        if group.is_over:
            return
        group.tell(error)
        try:
            if error is not None:
                self.close()
        finally:
            self._turn.release()

    async def settle(self) -> None:
        """Wait for the commits that are under way, and give the connection back."""
        while self._commits:
            # Who has waited for one may begin another.
            await asyncio.wait(self._commits)
        self.close()

    def close(self) -> None:
        """Give the connection back; what is not committed is not."""
        if self._near is not None:
            self._near.close()
            self._near = None


def _undone(driver: Any) -> bool:
    """Take back what was done since the savepoint. False: there is none, or SQLite cannot."""
    try:
        driver.execute("ROLLBACK TO unit")
        driver.execute("RELEASE unit")
    except sqlite3.Error:
        return False
    return True


class _Unit:
    """A unit of the one writer's, for as long as a block lasts."""

    __slots__ = ("_group", "_writer")

    def __init__(self, writer: NearWriter) -> None:
        self._writer = writer

    async def __aenter__(self) -> Near:
        self._group = await self._writer.begin()
        return self._group.near

    async def __aexit__(self, _kind: object, error: BaseException | None, _at: object, /) -> None:
        if error is None:
            await self._writer.end(self._group)
        else:
            self._writer.undo(self._group)

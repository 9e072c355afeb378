"""`kill -9` at a named step, without a process: nothing that comes after it is committed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.wiring import Workchats
from storage.uow import Storage, UnitOfWork

Moment = Literal["before commit", "after commit"]


class Crash(BaseException):
    """The process is dead. Like a real death it is no Exception: nobody may handle it."""


@dataclass
class _Step:
    """What is being done; `commits` counts its transactions."""

    name: str
    nth: int
    commits: int = 0


_step: ContextVar[_Step | None] = ContextVar("step", default=None)


@dataclass
class CrashAt:
    """Where the bot dies.

    Attributes:
        step: the kind of an outbox row ("card", "write_comment" …) or of an update ("message",
            "callback_query"); "*": whatever it does.
        moment: around the commit in which the step's outcome is saved: before it all that was done
            outside (a message sent, a comment written) stays, and the bot does not know.
        nth: of the steps of that name, from 1; 0: of all commits the `commit`-th.
        commit: of the step's transactions, from 1.
    """

    step: str
    moment: Moment
    nth: int = 1
    commit: int = 1
    fired: asyncio.Event = field(default_factory=asyncio.Event)
    _steps: Counter[str] = field(default_factory=Counter)
    _commits: int = 0

    def install(self, workchats: Workchats) -> None:
        """Lie in wait in a bot that has not started to work."""
        workchats.intake.take = self._named(  # type: ignore[method-assign, assignment]
            workchats.intake.take, lambda update: str(update.event_type)
        )
        for worker in (workchats.telegram_worker, workchats.crm_worker):
            worker._deliver = self._named(worker._deliver, lambda row: str(row.kind))
        self._watch(workchats.storage)
        self._watch_notes(workchats.storage)

    def _watch(self, storage: Storage) -> None:
        """Let its transactions die."""
        change, look = storage.change, storage.look

        @asynccontextmanager
        async def change_or_die(chat: int | None = None) -> AsyncIterator[UnitOfWork]:
            if self.fired.is_set():
                raise Crash
            mine = self._is_mine()
            async with change(chat) as uow:
                yield uow
                if self.fired.is_set() or (mine and self.moment == "before commit"):
                    self._die()
            if mine:
                self._die()

        @asynccontextmanager
        async def look_or_die() -> AsyncIterator[UnitOfWork]:
            if self.fired.is_set():
                raise Crash
            async with look() as uow:
                yield uow

        storage.change = change_or_die  # type: ignore[method-assign]
        storage.look = look_or_die  # type: ignore[method-assign]

    def _watch_notes(self, storage: Storage) -> None:
        note = storage.note

        @asynccontextmanager
        async def note_or_die() -> AsyncIterator[UnitOfWork]:
            if self.fired.is_set():
                raise Crash
            mine = self._is_mine()
            if not (mine and self.moment == "before commit"):
                # The one statement commits by itself.
                async with note() as uow:
                    yield uow
            if mine:
                self._die()

        storage.note = note_or_die  # type: ignore[method-assign]

    def _named(
        self, work: Callable[[Any], Awaitable[None]], name: Callable[[Any], str]
    ) -> Callable[[Any], Awaitable[None]]:
        async def named(thing: Any) -> None:
            if self.fired.is_set():
                raise Crash
            step = name(thing)
            self._steps[step] += 1
            _step.set(_Step(step, self._steps[step]))
            await work(thing)

        return named

    def _is_mine(self) -> bool:
        self._commits += 1
        if self.step == "*":
            return self._commits == self.commit
        step = _step.get()
        if step is None:
            return False
        step.commits += 1
        return (step.name, step.nth, step.commits) == (self.step, self.nth, self.commit)

    def _die(self) -> None:
        self.fired.set()
        raise Crash

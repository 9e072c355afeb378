"""What need not be done every second: unbound groups, figures, summaries, old rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.apart import apart
from bot.budget import Budget
from bot.chats import Chats
from bot.enqueue import Enqueue
from bot.metrics import Metrics
from bot.summary import Summaries
from bot.sweeper import Sweeper
from storage.errors import StorageError
from storage.uow import Storage


class Tidying:
    """Does each part in its turn; one that meets a fault of ours holds up none of the others."""

    def __init__(
        self,
        *,
        storage: Storage,
        enqueue: Enqueue,
        chats: Chats,
        budget: Budget,
        summaries: Summaries,
        sweeper: Sweeper,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._storage = storage
        self._enqueue = enqueue
        self._budget = budget
        self._clock = clock
        self._metrics = metrics
        #: By the words that an owner hears of it in (`owner_tidying`).
        self._parts: tuple[tuple[str, Callable[[], Awaitable[None]]], ...] = (
            ("groups", chats.leave_unbound),
            ("figures", self.measure),
            ("summaries", summaries.look),
            *(("rows", walk) for walk in sweeper.walks),
        )

    async def tidy(self) -> None:
        """Do all of it once."""
        for part, do in self._parts:
            with apart("tidying_failed", part=part):
                await self._do(part, do)

    async def _do(self, part: str, do: Callable[[], Awaitable[None]]) -> None:
        try:
            await do()
        except StorageError:
            raise
        except Exception as error:
            # The same the next time: nobody but a person can mend it.
            await self._warn(part, error)
            raise

    async def _warn(self, part: str, error: Exception) -> None:
        now = self._clock()
        async with self._storage.change() as uow:
            await self._enqueue.warn_owners(
                uow, "owner_tidying", now=now, about=f"tidying:{part}",
                error=type(error).__name__, part=part,
            )  # fmt: skip

    async def measure(self) -> None:
        """How much waits, and for how long; what is left of the budget."""
        now = self._clock()
        async with self._storage.look() as uow:
            depth = {
                destination: (
                    count,
                    0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()),
                )
                for destination, count, oldest in await uow.lanes.depth(now=now)
            }
            groups = {binding.chat_id for binding in await uow.chats.bindings()}
        self._metrics.outbox(depth)
        self._metrics.budget(
            min((self._budget.left(chat, now) for chat in groups), default=self._budget.full)
        )

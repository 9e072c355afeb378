"""Which of several replicas speaks to Telegram: the limits are the bot's, so one voice keeps them.

Telegram lets a bot speak thirty times a second, which one process does with ease; all replicas take
updates, decide and write to the CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog

from bot.bell import Bell
from bot.budget import Budget
from bot.enqueue import chat_of_lane
from storage.turns import Turn
from storage.uow import Storage

log = structlog.get_logger(__name__)

#: Only ours among the database's advisory locks (chats lock by their ids, which are no small ones).
VOICE = 7_282_002
DESTINATION = "telegram"
#: So long Telegram remembers what was said in a group.
_MEMORY = timedelta(minutes=1)
#: Nothing is put off for longer, but by a clock that was ahead.
_LONGEST = timedelta(minutes=10)


class Voice:
    """This process's part in it."""

    def __init__(
        self,
        *,
        turn: Turn,
        storage: Storage,
        budget: Budget,
        bell: Bell,
        clock: Callable[[], datetime],
        name: str,
    ) -> None:
        self._turn = turn
        self._storage = storage
        self._budget = budget
        self._bell = bell
        self._clock = clock
        self._name = name

    @property
    def is_ours(self) -> bool:
        """Whether this process speaks."""
        return self._turn.is_ours

    def is_elsewhere(self, destination: str) -> bool:
        """Whether another process must be told of rows for that destination."""
        return destination == DESTINATION and not self._turn.is_ours

    async def keep(self) -> None:
        """Speak as soon as nobody else does, until cancelled."""
        await self._turn.keep(took=self._took, told=self._told)

    async def recall(self) -> None:
        """What this process had under way when it was killed need not wait for its leases.

        Nor anything for a clock that was ahead when it was written. What another replica has under
        way stays its own: it may be our clock that is wrong, and a third one would take the row up
        beside it. (What it says to Telegram is taken over with the turn, and not before.)
        """
        now = self._clock()
        # The turn is ours from the beginning where there is no other process (SQLite).
        whose = None if self._turn.is_ours else self._name
        async with self._storage.change() as uow:
            begun = await uow.lanes.release(self._name, now=now)
            await uow.lanes.clock_was_ahead(
                now=now, beyond=_LONGEST, lease=_LONGEST, leased_by=whose
            )
        self._count(begun)

    def _count(self, begun: Iterable[tuple[str, str]]) -> None:
        """Whatever was under way may have been said, and nobody has noted it."""
        now = self._clock()
        for destination, lane in begun:
            if destination == DESTINATION:
                self._budget.spend(chat_of_lane(lane), now)

    async def _took(self) -> None:
        """Whoever spoke is gone: what he had under way is ours, and what he said still counts."""
        now = self._clock()
        async with self._storage.change() as uow:
            begun = await uow.lanes.take_over(DESTINATION, but=self._name, now=now)
            said = await uow.lanes.delivered(DESTINATION, since=now - _MEMORY)
        for lane, at in said:
            self._budget.spend(chat_of_lane(lane), min(at, now))
        self._count(begun)
        log.info("speaks", said_lately=len(said))
        self._told(DESTINATION)

    def _told(self, destination: str) -> None:
        # A moment, not only a look: it may be of a lane that is busy, as if it were our own.
        self._bell.ear(destination).tell(self._clock())

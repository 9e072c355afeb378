"""When a chat is spoken to: as its budget allows, and slowly where its minute is short."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from bot.budget import Budget
from bot.ending import Ending
from bot.enqueue import COSMETIC, chat_of_lane, lane_of
from storage.outbox import OutboxRow
from storage.uow import Storage

#: When a group's minute is short: for how many paces a message gathers cases, or an edit decisions;
#: and an edit that only looks nicer whatever there is.
GATHER, _GATHER_LOOKS = 1.0, 4.0
#: So many new messages with cases, if more wait for one, to one edit.
_FRESH = 2


class BudgetGate:
    """The budget as the worker sees it: lanes are chats."""

    def __init__(self, budget: Budget, speaks: Callable[[], bool]) -> None:
        self._budget = budget
        # Another replica keeps the budget now.
        self._speaks = speaks

    def closed_lanes(self, now: datetime) -> Collection[str]:
        """Chats that must wait."""
        return [lane_of(chat_id) for chat_id in self._budget.blocked(now)]

    def is_open(self, lane: str, now: datetime) -> bool:
        """Whether that chat may be spoken to now."""
        return self.room(now) > 0 and self._budget.wait_until(chat_of_lane(lane), now) is None

    def room(self, now: datetime) -> int:
        """What is left of the second for all chats together."""
        return self._budget.room(now) if self._speaks() else 0

    def taken(self, lane: str, now: datetime) -> None:
        """One operation in that chat."""
        self._budget.spend(chat_of_lane(lane), now)

    def returned(self, lane: str) -> None:
        """That operation was none."""
        self._budget.unspend(chat_of_lane(lane))

    def opens_at(self, now: datetime) -> datetime | None:
        """When the first chat may be spoken to again."""
        return min(self._budget.blocked(now).values(), default=None)


class Pace:
    """The pace at which a group's minute lasts."""

    def __init__(self, storage: Storage, budget: Budget, ending: Ending) -> None:
        self._storage = storage
        self._budget = budget
        self._ending = ending
        # Per group whose minute is short: new messages with cases since the last edit.
        self._fresh: dict[int, int] = {}

    async def held(self, row: OutboxRow, *, edits: bool, now: datetime) -> bool:
        """Put the row off, where its group's minute is short: meanwhile more is gathered in it.

        New messages and edits take turns: neither should the admins sit before an empty list, nor
        see for long as open what somebody has decided.
        """
        chat_id = chat_of_lane(row.lane)
        paces = _GATHER_LOOKS if edits and row.priority >= COSMETIC else GATHER
        turn = self._budget.turn(chat_id, now, since=row.created_at, paces=paces)
        if turn is None:
            return False
        until = turn.at
        if until <= now:
            fresh = self._fresh.get(chat_id, 0)
            if not (edits and fresh < _FRESH and await self._is_card_due(row, now)):
                # An outcome is a new message too, but brings the admins nothing to decide.
                brings_cases = not edits and row.kind != "tell"
                self._fresh[chat_id] = 0 if edits else fresh + brings_cases
                return False
            until = now + turn.pace
        self._budget.unspend(chat_id)
        await self._ending.later(row, until, "")
        return True

    async def _is_card_due(self, row: OutboxRow, now: datetime) -> bool:
        async with self._storage.look() as uow:
            return await uow.lanes.is_first_card_due(row.lane, now=now)

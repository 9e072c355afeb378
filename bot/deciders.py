"""Whether anybody may decide in a chat: asked for every card, and changed once a month."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.flows.base import Flow
from storage.uow import UnitOfWork

#: So long a «yes» is believed; a «no» never is: the owner may be giving the role right now.
_BELIEVED = timedelta(seconds=10)


class Deciders:
    """One process's memory of who decides."""

    def __init__(self) -> None:
        self._seen: dict[str, datetime] = {}

    async def anybody(self, uow: UnitOfWork, flow: Flow[Any], now: datetime) -> bool:
        """Whether somebody has a role that decides in this flow."""
        seen = self._seen.get(flow.name)
        if seen is not None and timedelta() <= now - seen < _BELIEVED:
            return True
        for role in flow.deciders:
            if await uow.people.having(role):
                self._seen[flow.name] = now
                return True
        return False

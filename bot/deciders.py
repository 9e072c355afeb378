"""Who decides: whether anybody does in a chat now, and what waits for somebody.

The first is asked for every card, and changed twice a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.flows.base import Flow
from bot.flows.records import Action, Actor, Case
from storage.uow import UnitOfWork

#: So long a «yes» is believed; a «no» never is: the owner may be giving the role right now.
_BELIEVED = timedelta(seconds=10)


class Deciders:
    """One process's memory of who decides."""

    def __init__(self) -> None:
        self._seen: dict[str, datetime] = {}

    async def anybody(self, uow: UnitOfWork, flow: Flow[Any], now: datetime) -> bool:
        """Whether somebody on duty has a role that decides in this flow."""
        seen = self._seen.get(flow.name)
        if seen is not None and timedelta() <= now - seen < _BELIEVED:
            return True
        if await uow.people.is_anybody_on_duty(flow.deciders):
            self._seen[flow.name] = now
            return True
        return False

    def changed(self) -> None:
        """Somebody went on duty or off: ask anew."""
        self._seen.clear()


def waits_for(flow: Flow[Any], case: Case[Any], actor: Actor, now: datetime) -> bool:
    """Whether the card has a button for those who decide, which he may press now."""
    if not flow.deciders & actor.roles:
        return False
    return any(
        any(rule.who.roles for rule in flow.table.get((case.state, button.action), ()))
        and flow.may(case, Action(name=button.action, by=actor, arg=button.arg), now)
        for row in flow.buttons(case)
        for button in row
    )

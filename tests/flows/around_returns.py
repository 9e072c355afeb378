"""What may be around a case of «Возврат Обмен»."""

from __future__ import annotations

from typing import Any

from bot.flows.base import Flow
from bot.flows.records import Around, Role
from tests.flows.world import plain


def somebody_away(flow: Flow[Any]) -> tuple[Around, ...]:
    """Everybody who may decide here is on a pause."""
    roles = {*flow.deciders, Role.OWNER}
    ids = {actor.person.id for actor in plain().actors if actor.roles & roles}
    return (Around(away=frozenset(ids)),)

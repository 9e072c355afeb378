"""What may be around a case: flows that look around (`Flow.needs`) name examples here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from bot.flows.base import Around, Flow, Role
from tests.flows.world import plain


def _somebody_away(flow: Flow[Any]) -> tuple[Around, ...]:
    """Everybody who may decide here is on a pause."""
    roles = {*flow.deciders, Role.OWNER}
    ids = {actor.person.id for actor in plain().actors if actor.roles & roles}
    return (Around(away=frozenset(ids)),)


#: Flow's name → examples, besides an empty chat. A line for each flow that has `needs`.
EXAMPLES: dict[str, Callable[[Flow[Any]], tuple[Around, ...]]] = {
    "returns": _somebody_away,
}


@cache
def arounds(flow: Flow[Any]) -> tuple[Around, ...]:
    """An empty chat first, then the examples."""
    more = EXAMPLES.get(flow.name)
    return (Around(), *(() if more is None else more(flow)))

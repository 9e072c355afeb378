"""What may be around a case: flows that look around (`Flow.needs`) name examples here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from bot.flows.base import Flow
from bot.flows.records import Around
from tests.flows.around_anomalies import anomalies
from tests.flows.around_it import tickets
from tests.flows.around_pauses import pauses
from tests.flows.around_returns import somebody_away

#: Flow's name → examples, besides an empty chat. A line for each flow that has `needs`.
EXAMPLES: dict[str, Callable[[Flow[Any]], tuple[Around, ...]]] = {
    "anomalies": lambda _: (anomalies(),),
    "it": tickets,
    "pauses": pauses,
    "returns": somebody_away,
}


@cache
def arounds(flow: Flow[Any]) -> tuple[Around, ...]:
    """An empty chat first, then the examples."""
    more = EXAMPLES.get(flow.name)
    return (Around(), *(() if more is None else more(flow)))

"""What people read of each case that was met: rendered once for all tests of a process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.cards import Card, Cards
from bot.flows.base import Flow
from bot.flows.records import Case

T = TypeVar("T", bound=str | Card)


class CardsOnce(Cards):
    """Renders a case once and remembers it: for cases that stay, as those of `explored` do."""

    def __init__(self) -> None:
        super().__init__(ZoneInfo("Europe/Moscow"))
        #: What was rendered of what → what it gave, and that: while it lives its id is its own.
        self._made: dict[tuple[Any, ...], tuple[Any, Any]] = {}
        #: Of thousands of cases the cards are a few hundred.
        self._alike: dict[Any, Any] = {}

    def card(self, flow: Flow[Any], case: Case[Any], now: datetime) -> Card:
        return self._once("card", super().card, flow, case, now)

    def notice(
        self, flow: Flow[Any], case: Case[Any], what: str, now: datetime, link: str = ""
    ) -> Card:
        return self._once("notice", super().notice, flow, case, what, now, link)

    def late(self, flow: Flow[Any], case: Case[Any]) -> str:
        return self._once("late", super().late, flow, case)

    def _once(self, name: str, render: Callable[..., T], *arguments: Any) -> T:
        key = (name, *map(id, arguments))
        if key not in self._made:
            rendered = render(*arguments)
            self._made[key] = (self._alike.setdefault(rendered, rendered), arguments)
        made: T = self._made[key][0]
        return made


@cache
def cards_once() -> CardsOnce:
    """The one of this process."""
    return CardsOnce()

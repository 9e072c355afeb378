"""What is tidied: one part's fault holds up no other, and owners hear of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bot.tidying import Tidying
from storage.errors import StorageDown
from tests.flows.rendering import cards_once

NOW = datetime(2026, 3, 10, 11, 2, tzinfo=UTC)


class Parts:
    """Each part only says that it was its turn; one of them fails. Owners are told here, too."""

    def __init__(self, fails: str, error: Exception) -> None:
        self._fails, self._error = fails, error
        self.done: list[str] = []
        self.told: list[tuple[str, str]] = []

    def _do(self, part: str) -> None:
        self.done.append(part)
        if part == self._fails:
            raise self._error

    async def leave_unbound(self) -> None:
        self._do("groups")

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Any]:
        self._do("figures")
        yield None

    async def summarize(self) -> None:
        self._do("summaries")

    async def sweep(self) -> None:
        self._do("rows")

    @asynccontextmanager
    async def change(self) -> AsyncIterator[Any]:
        yield None

    async def warn_owners(
        self, uow: object, what: str, *, now: datetime, about: str, error: str, part: str
    ) -> None:
        self.told.append((what, part))


class Summing:
    def __init__(self, parts: Parts) -> None:
        self.look = parts.summarize


class Walking:
    def __init__(self, parts: Parts) -> None:
        self.walks = (parts.sweep, parts.sweep)


class Figures(Tidying):
    """Measures nothing, but may fail."""

    async def measure(self) -> None:
        async with self._storage.look():
            pass


def tidying(parts: Parts) -> Tidying:
    faked = cast("Any", parts)
    return Figures(
        storage=faked,
        enqueue=faked,
        chats=faked,
        budget=faked,
        summaries=cast("Any", Summing(parts)),
        sweeper=cast("Any", Walking(parts)),
        clock=lambda: NOW,
        metrics=faked,
    )


_ALL = ["groups", "figures", "summaries", "rows", "rows"]


@pytest.mark.parametrize("part", sorted(set(_ALL)))
async def test_what_cannot_be_tidied_holds_up_nothing_else_and_owners_hear_of_it(part: str) -> None:
    parts = Parts(part, ZeroDivisionError())
    await tidying(parts).tidy()
    assert parts.done == _ALL
    assert set(parts.told) == {("owner_tidying", part)}
    words = cards_once().common("owner_tidying", error="ZeroDivisionError", part=part).text
    assert words.startswith("⚠️ Сбой бота (ZeroDivisionError): не выходит ")


async def test_nothing_is_tidied_while_the_database_is_away() -> None:
    parts = Parts("figures", StorageDown("ConnectionError"))
    with pytest.raises(StorageDown):
        await tidying(parts).tidy()
    assert parts.done == ["groups", "figures"]
    assert parts.told == []

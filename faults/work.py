"""People who work side by side until somebody ends their day."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Unbroken(Generic[T]):
    """What somebody does to its end, also where he goes home in the middle: it is written down."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[T]] = set()

    async def all_of(self, deed: Coroutine[Any, Any, T]) -> T:
        """Do it; whoever is cancelled meanwhile leaves it to itself."""
        task = asyncio.create_task(deed)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return await asyncio.shield(task)


async def ended(tasks: Iterable[asyncio.Task[Any]], rest: Iterable[asyncio.Task[Any]] = ()) -> None:
    """End these; wait for them, and for the rest to end by themselves.

    Raises:
        Exception: the first that one of them has died of.
    """
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    for one in await asyncio.gather(*tasks, *rest, return_exceptions=True):
        if isinstance(one, Exception):
            raise one

"""People who work side by side until somebody ends their day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any


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

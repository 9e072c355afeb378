"""What every handler of the small CRM needs: its store, its clock, its zone and its thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web

from .store import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The application's own things.

    Attributes:
        thread: the one thread that talks to the database, so that the disk holds nobody up.
    """

    store: Store
    clock: Callable[[], datetime]
    zone: ZoneInfo
    thread: ThreadPoolExecutor

    async def run(self, work: Callable[[], T]) -> T:
        """Do `work` in the database's thread."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)


DESK = web.AppKey("desk", Desk)


def answer(body: Any, status: int = 200) -> web.Response:
    """A JSON answer with its Cyrillic readable."""
    return web.json_response(body, status=status, dumps=lambda b: json.dumps(b, ensure_ascii=False))


async def body_of(request: web.Request) -> Any:
    """The request's JSON; None where there is none, or it cannot be read."""
    try:
        return json.loads(await request.read())
    except (ValueError, RecursionError):
        return None

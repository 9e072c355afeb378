"""Telegram that gives no answer for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.harness import World, a_world, eventually
from tests.harness.time import PATIENCE


class Slow:
    """Between the bot and Telegram: while `held`, what it sends arrives, and gets no answer."""

    def __init__(self, method: str = "sendMessage") -> None:
        self._path = f"/{method}"
        self.held = False
        self._holding = asyncio.Event()
        self._answers = asyncio.Event()

    async def holds(self) -> None:
        """Wait until something has arrived that gets no answer."""
        async with asyncio.timeout(PATIENCE):
            await self._holding.wait()

    def let_go(self) -> None:
        """Everything is answered."""
        self.held = False
        self._answers.set()

    @asynccontextmanager
    async def world(
        self, database_url: str, *, running: bool = True, kind: str = "supergroup"
    ) -> AsyncIterator[World]:
        @web.middleware
        async def slow(request: web.Request, handler: Handler) -> web.StreamResponse:
            answer = await handler(request)
            if self.held and request.path.endswith(self._path):
                self._holding.set()
                await self._answers.wait()
            return answer

        async with a_world(database_url, running=running, kind=kind, middleware=slow) as world:
            yield world


async def comes_to(world: World, state: str) -> None:
    """A case is in that state."""
    those = "SELECT count(*) FROM cases WHERE state = :state"
    await eventually(lambda: world.count(those, state=state), f"a case is {state}")


async def digest_on_its_way(world: World, slow: Slow) -> int:
    """The digest of four who wait has arrived, and whoever has sent it does not know yet."""
    slow.held = True
    await world.pass_time(31)
    shown = await world.tg.control.until(
        world.group, lambda message: "Ждут ответа: 4" in message.get("text", "")
    )
    number: int = shown["message_id"]
    return number

"""The bot's own port, and a world whose bot listens there instead of polling."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sandbox.world import OLYA
from tests.harness.world import World, a_world
from tests.ports import free_ports

SECRET = "a-secret-of-the-tests"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Port:
    """Speaks to the bot's port."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        """Any request; the status and what was said."""
        async with self._session.request(method, self.url + path, **more) as response:
            return response.status, await response.text(errors="replace")

    async def get(self, path: str) -> tuple[int, str]:
        return await self.ask("GET", path)

    async def post(
        self,
        body: bytes | str | io.BytesIO,
        secret: bytes | str | None = SECRET,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Post to the webhook and give the status."""
        sent = {} if secret is None else {HEADER: _as_sent(secret)}
        return (await self.ask("POST", "/hook", data=body, headers={**sent, **(headers or {})}))[0]


def _as_sent(secret: bytes | str) -> str:
    return secret if isinstance(secret, str) else secret.decode(errors="surrogateescape")


def an_update(number: int, **message: object) -> str:
    """A post by Оля that names nothing, or whatever `message` says."""
    usual = {
        "message_id": 900 + number,
        "date": 1_790_000_000,
        "chat": {"id": -1, "type": "supergroup", "title": "-"},
        "from": {"id": OLYA.id, "is_bot": False, "first_name": "Оля"},
        "text": "привет",
    }
    return json.dumps({"update_id": number, "message": usual | message})


@asynccontextmanager
async def a_world_with_webhook(database_url: str, **settings: Any) -> AsyncIterator[World]:
    """Its bot listens to a webhook. The port is free a moment before the bot takes it."""
    (port,) = free_ports(1)
    async with a_world(
        database_url,
        http_port=port,
        webhook_url=f"http://127.0.0.1:{port}/hook",
        webhook_secret=SECRET,
        **settings,
    ) as running:
        yield running


@asynccontextmanager
async def port_of(world: World) -> AsyncIterator[Port]:
    """The port of this world's bot."""
    async with aiohttp.ClientSession() as session:
        yield Port(f"http://127.0.0.1:{world.settings.http_port}", session)

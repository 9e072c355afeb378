"""Updates pushed to the bot's webhook, in order, until each is accepted."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import aiohttp

from sandbox.telegram.errors import ConnectionCut
from sandbox.telegram.model import Json

if TYPE_CHECKING:
    from sandbox.telegram.telegram import Telegram

#: Waits between tries, seconds; the last one repeats.
BACKOFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
#: How long a bot may take to answer.
PATIENCE = 60.0

Sleep = Callable[[float], Awaitable[object]]


class Pusher:
    """Sends one update after the other to the webhook, while one is set.

    An answer that is not 2xx, or none, is tried again after a while, for as long as the update
    lives; later updates wait. A 2xx whose body is JSON with a `method` is a call of that method,
    as Telegram has it.
    """

    def __init__(
        self,
        telegram: Telegram,
        call: Callable[[str, Json], Awaitable[Json]],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._telegram = telegram
        self._call = call
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what is unconfirmed stays in the queue."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        updates = self._telegram.updates
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            failures = 0
            while not self._telegram.stopping:
                await updates.signal.wait_for(self._has_work, 3600.0)
                if not self._has_work():
                    continue
                if await self._push(session, updates.pending(1)[0]):
                    failures = 0
                else:
                    await self._sleep(BACKOFF[min(failures, len(BACKOFF) - 1)])
                    failures += 1

    def _has_work(self) -> bool:
        return bool(self._telegram.world.webhook.url) and self._telegram.updates.count() > 0

    async def _push(self, session: aiohttp.ClientSession, update: Json) -> bool:
        hook = self._telegram.world.webhook
        headers = (
            {"X-Telegram-Bot-Api-Secret-Token": hook.secret_token} if hook.secret_token else {}
        )
        try:
            async with session.post(hook.url, json=update, headers=headers) as answer:
                if answer.status // 100 != 2:  # noqa: PLR2004 - 2xx is the whole protocol
                    words = f"{answer.status} {answer.reason}"
                    self._failed(f"Wrong response from the webhook: {words}")
                    return False
                body = await answer.read()
                is_json = answer.content_type == "application/json"
        except TimeoutError:
            self._failed("Read timeout expired")
            return False
        except aiohttp.ClientError:
            self._failed("Connection failed")
            return False
        self._telegram.updates.confirm_below(update["update_id"] + 1)
        self._telegram.touch()
        if is_json and body:
            await self._call_back(body)
        return True

    async def _call_back(self, body: bytes) -> None:
        # A body that is no call, or a fault that cuts this one off, must not end the pushing.
        with contextlib.suppress(ValueError, ConnectionCut):
            asked = json.loads(body)
            if isinstance(asked, dict) and isinstance(asked.get("method"), str):
                await self._call(asked.pop("method"), asked)

    def _failed(self, words: str) -> None:
        hook = self._telegram.world.webhook
        hook.last_error_date = self._telegram.clock.date()
        hook.last_error_message = words
        self._telegram.touch()

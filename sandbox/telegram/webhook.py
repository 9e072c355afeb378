"""Updates pushed to the bot's webhook, those of a chat in order, until each is accepted."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import aiohttp

from sandbox.telegram.errors import ConnectionCut
from sandbox.telegram.model import Json, QueuedUpdate

if TYPE_CHECKING:
    from sandbox.telegram.telegram import Telegram

#: Waits between tries, seconds; the last one repeats.
BACKOFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
#: How long a bot may take to answer.
PATIENCE = 60.0

Sleep = Callable[[float], Awaitable[object]]
#: What keeps its order: ("chat" or "from", its id).
Lane = tuple[str, int]


def lane_of(update: QueuedUpdate) -> Lane:
    """The lane of an update."""
    whose = "chat" if "chat" in update.payload else "from"
    return whose, update.payload.get(whose, {}).get("id", 0)


class Pusher:
    """Sends updates to the webhook, while one is set: lane by lane, lanes side by side.

    A lane is a chat, or a person for what is pressed or typed (the Bot API server's own queues); at
    most the webhook's `max_connections` are served at a time. An answer that is not 2xx, or none,
    is tried again after a while, for as long as the update lives; what follows in its lane waits. A
    2xx whose body is JSON with a `method` is a call of that method, as Telegram has it.
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
        self._served: set[Lane] = set()

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
        signal = self._telegram.updates.signal
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as lanes:
            while not self._telegram.stopping:
                await signal.wait_for(lambda: self._waiting_lane() is not None, 3600.0)
                lane = self._waiting_lane()
                if lane is not None:
                    self._served.add(lane)
                    lanes.create_task(self._serve(session, lane))

    async def _serve(self, session: aiohttp.ClientSession, lane: Lane) -> None:
        failures = 0
        try:
            while (update := self._first_of(lane)) is not None:
                if await self._push(session, update):
                    failures = 0
                else:
                    await self._sleep(BACKOFF[min(failures, len(BACKOFF) - 1)])
                    failures += 1
        finally:
            self._served.discard(lane)
            self._telegram.updates.signal.fire()

    def _waiting_lane(self) -> Lane | None:
        """A lane with something to push that nobody serves yet, if there is room for it."""
        hook = self._telegram.world.webhook
        if not hook.url or len(self._served) >= hook.max_connections:
            return None
        lanes = map(lane_of, self._telegram.updates.queued())
        return next((lane for lane in lanes if lane not in self._served), None)

    def _first_of(self, lane: Lane) -> QueuedUpdate | None:
        if not self._telegram.world.webhook.url:
            return None
        queued = self._telegram.updates.queued()
        return next((update for update in queued if lane_of(update) == lane), None)

    async def _push(self, session: aiohttp.ClientSession, update: QueuedUpdate) -> bool:
        hook, sent = self._telegram.world.webhook, self._telegram.updates.json(update)
        headers = (
            {"X-Telegram-Bot-Api-Secret-Token": hook.secret_token} if hook.secret_token else {}
        )
        try:
            async with session.post(hook.url, json=sent, headers=headers) as answer:
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
        self._telegram.updates.confirm(update)
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

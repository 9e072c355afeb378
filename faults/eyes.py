"""What people see: every message of every chat as it is now, and waiting for what is to be seen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Callable
from typing import Any, Self, TypeVar

import aiohttp

Message = dict[str, Any]
T = TypeVar("T")

#: The data of a button that decides a duplicate: case, round, action.
DECIDES = re.compile(r"(\d+):(\d+):(?:allow|deny)(?::\w+)?$")


class Eyes:
    """Listens to the sandbox.

    Attributes:
        messages: by (chat, number), deleted ones left out.
        asking: those of them that have a button which decides.
    """

    def __init__(self, http: aiohttp.ClientSession, sandbox_url: str) -> None:
        self._http = http
        self._events = f"{sandbox_url}/control/events"
        self._listening: asyncio.Task[None] | None = None
        self._open = asyncio.Event()
        self._seen = asyncio.Event()
        self.messages: dict[tuple[int, int], Message] = {}
        self.asking: dict[tuple[int, int], Message] = {}

    async def __aenter__(self) -> Self:
        """Look from now on."""
        self._listening = asyncio.create_task(self._listen())
        await self._open.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them."""
        assert self._listening is not None
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)

    async def until(self, look: Callable[[], T | None], within: float) -> T | None:
        """Look whenever something happens until there is something to be seen; None: too late."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while True:
                    seen = look()
                    if seen is not None:
                        return seen
                    await self._seen.wait()
        return None

    def of_chat(self, chat: int) -> list[Message]:
        """A chat's messages, oldest first."""
        return [self.messages[where] for where in sorted(self.messages) if where[0] == chat]

    async def _listen(self) -> None:
        forever = aiohttp.ClientTimeout(total=None)
        async with self._http.get(self._events, timeout=forever, read_bufsize=1 << 22) as events:
            self._open.set()
            async for line in events.content:
                if line.startswith(b"data: "):
                    self._notice(json.loads(line.removeprefix(b"data: ")))

    def _notice(self, event: dict[str, Any]) -> None:
        message = event.get("message")
        if message is None:
            return
        where = (event["chat_id"], message["message_id"])
        self.messages.pop(where, None)
        self.asking.pop(where, None)
        if not message["deleted"]:
            self.messages[where] = message
            if any(DECIDES.match(data) for data in buttons_of(message)):
                self.asking[where] = message
        self._seen.set()
        self._seen = asyncio.Event()


def replies_to(message: Message) -> int:
    """The number of the message that it answers; 0: none."""
    number: int = message.get("reply_to_message", {}).get("message_id", 0)
    return number


def buttons_of(message: Message) -> list[str]:
    """The data of a message's buttons."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]

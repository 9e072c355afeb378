"""What the bot says that belongs to no case: answers to commands, greetings.

What it says of cases is wanted by decisions (`bot.enqueue`); all of it goes out by `bot.speaking`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.enqueue import Enqueue
from storage.uow import Storage


class Saying:
    """Says it, each in a transaction of its own."""

    def __init__(
        self, *, storage: Storage, enqueue: Enqueue, clock: Callable[[], datetime]
    ) -> None:
        self._storage = storage
        self._enqueue = enqueue
        self._clock = clock

    async def say(
        self,
        chat_id: int,
        what: str,
        *,
        topic_id: int = 0,
        reply_to: int = 0,
        once: str | None = None,
        **words: Any,
    ) -> None:
        """As `Enqueue.say`: `what` names the template's words, `words` are its facts."""
        async with self._storage.change() as uow:
            await self._enqueue.say(
                uow, chat_id, what, now=self._clock(), topic_id=topic_id, reply_to=reply_to,
                once=once, words=words,
            )  # fmt: skip

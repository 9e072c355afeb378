"""What an owner mends by hand: what went aside or was put off, and what /retry tries again.

Updates that went aside are taken again by `bot.intake`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from storage.uow import Storage


class Repair:
    """Shows what waits for a person, and revives it."""

    def __init__(self, *, storage: Storage, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock

    async def aside(self) -> list[tuple[int, str]]:
        """(id, error) of the updates that could not be taken."""
        async with self._storage.look() as uow:
            return [(update_id, error) for update_id, _, error in await uow.aside.all()]

    async def put_off(self) -> list[int]:
        """Cases with a deadline that could not be dealt with so far."""
        async with self._storage.look() as uow:
            return await uow.deadlines.put_off_cases()

    async def retry(self, case_id: int | None, chat_id: int, message_id: int) -> int | None:
        """Revive what is dead, waits or was put off of a case.

        Args:
            case_id: None: the case that the message is about.
            chat_id: where that message is.
            message_id: its number; 0: there is none.

        Returns:
            How many rows; None: no such case.
        """
        async with self._storage.change() as uow:
            if case_id is None:
                message = await uow.messages.get(chat_id, message_id)
                case_id = None if message is None else message.case_id
            if case_id is None or await uow.cases.get(case_id) is None:
                return None
            revived = await uow.outbox.revive(case_id, now=self._clock())
            return revived + await uow.deadlines.revive(case_id)

"""Takes updates from Telegram and confirms them only when they are committed.

aiogram's own loops confirm too early: polling runs handlers as tasks and swallows their errors, the
webhook answers 200 before the work is done. So: `getUpdates` → all of the batch, in order per chat,
chats side by side → all committed → the next offset; and a webhook that answers 5xx on `NotNow`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetUpdates
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from pydantic import ValidationError

from bot.enqueue import Enqueue
from bot.errors import NotNow
from bot.metrics import Metrics
from bot.way_in import ALLOWED, WayIn
from storage.errors import Stale, StorageDown, StorageError
from storage.uow import Storage

log = structlog.get_logger(__name__)

#: Seconds that Telegram holds a request without updates, and that we wait after a failure, or where
#: the update was only too early: no chat is heard meanwhile.
_HOLD = 25
_PAUSE = 1.0
_MOMENT = 0.25


# What aiogram's filters may meet when they ask Telegram: no fault of the update.
_AWAY = (
    TelegramNetworkError,
    TelegramServerError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
    TelegramNotFound,
)

# An update that cannot be read. The error quotes it: only its class may be logged.
_UNREADABLE = (ValidationError, UpdateTypeLookupError)


class Intake:
    """The one way in for updates."""

    def __init__(
        self,
        *,
        bot: Bot,
        dispatcher: Dispatcher,
        storage: Storage,
        enqueue: Enqueue,
        clock: Callable[[], datetime],
        metrics: Metrics,
        way_in: WayIn,
    ) -> None:
        self._bot = bot
        self._dispatcher = dispatcher
        self._storage = storage
        self._enqueue = enqueue
        self._clock = clock
        self._metrics = metrics
        self._way_in = way_in
        # How long the batch that was taken last wants to be waited with.
        self._pause = 0.0
        self._replays = False

    async def take(self, update: Update) -> None:
        """Take one update. When this returns, it may be confirmed.

        Raises:
            NotNow: the database or Telegram is down: it must come again.
        """
        try:
            await self._dispatcher.feed_update(self._bot, update)
        except StorageError as error:
            raise NotNow(str(error), soon=isinstance(error, Stale)) from error
        except _AWAY as error:
            # Whose name stands behind a command («/bind@…») Telegram alone tells, once in a life.
            raise NotNow(type(error).__name__) from error
        except Exception as error:
            # It would fail again and again, and block everybody behind it.
            log.exception("update_set_aside", update=update.update_id)
            body = update.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
            await self._set_aside(update.update_id, body, error)

    async def take_raw(self, raw: dict[str, Any]) -> None:
        """Take one update as Telegram wrote it; one that cannot be read is set aside.

        Raises:
            NotNow: as `take`.
        """
        update = await self._read(raw)
        if update is not None:
            await self.take(update)

    async def _read(self, raw: dict[str, Any]) -> Update | None:
        """The update; None: it cannot be read, and has been set aside."""
        try:
            update = Update.model_validate(raw, context={"bot": self._bot})
            _chat_of(update)
        except _UNREADABLE as error:
            # Telegram's news that aiogram does not know yet: it would come again for a day.
            log.error("update_not_read", update=raw.get("update_id"), why=type(error).__name__)  # noqa: TRY400 -- it quotes what people wrote
            await self._set_aside(int(raw["update_id"]), raw, error)
            return None
        return update

    async def _set_aside(self, update_id: int, body: dict[str, Any], error: Exception) -> None:
        now = self._clock()
        # The class alone: a message may quote what people wrote.
        what = type(error).__name__
        try:
            async with self._storage.change() as uow:
                await uow.aside.put(update_id, body, what, now=now)
                await self._enqueue.warn_owners(
                    uow, "owner_aside", now=now, about="aside", error=what
                )
        except StorageError as down:
            raise NotNow(str(down)) from down
        self._metrics.set_aside()

    async def replay(self) -> tuple[int, int] | None:
        """Take the updates again that were set aside.

        Returns:
            (done, failed). None: they are being taken already. A command for that may have been set
            aside itself, and would take itself again.
        """
        if self._replays:
            return None
        self._replays = True
        try:
            return await self._replay()
        finally:
            self._replays = False

    async def _replay(self) -> tuple[int, int]:
        async with self._storage.look() as uow:
            aside = await uow.aside.all()
        done = 0
        for update_id, body, _ in aside:
            try:
                update = Update.model_validate(body, context={"bot": self._bot})
                await self._dispatcher.feed_update(self._bot, update)
            except StorageDown:
                break
            except _UNREADABLE as error:
                log.error("replay_failed", update=update_id, why=type(error).__name__)  # noqa: TRY400 -- as in `_read`
                continue
            except Exception:
                log.exception("replay_failed", update=update_id)
                continue
            async with self._storage.change() as uow:
                await uow.aside.replayed(update_id, now=self._clock())
            done += 1
        return done, len(aside) - done

    async def take_batch(self, updates: Iterable[Update]) -> int | None:
        """Take updates in order per chat, chats side by side.

        Returns:
            The offset up to which all are committed; None: not even the first.
        """
        self._pause = 0.0
        chats: defaultdict[int, list[Update]] = defaultdict(list)
        for update in updates:
            chats[_chat_of(update)].append(update)
        # Whoever has pressed looks at his button: his chat first.
        pressed_first = sorted(chats.values(), key=lambda line: line[0].callback_query is None)
        lines = [self._in_order(line) for line in pressed_first]
        # One line is as well taken here: a task of its own would only begin later.
        ends = await asyncio.gather(*lines) if len(lines) > 1 else [await line for line in lines]
        failed = [one for one in ends if one is not None]
        ids = [update.update_id for line in chats.values() for update in line]
        if not failed:
            return max(ids) + 1
        # Those behind the first failure come again, taken or not: taking them twice is harmless.
        first = min(failed)
        return first if any(one < first for one in ids) else None

    async def _in_order(self, line: list[Update]) -> int | None:
        for update in line:
            try:
                await self.take(update)
            except NotNow as error:
                log.warning("update_waits", update=update.update_id, why=str(error))
                self._pause = max(self._pause, _MOMENT if error.soon else _PAUSE)
                return update.update_id
        return None

    async def poll(self) -> None:
        """Long polling until cancelled."""
        offset: int | None = None
        while True:
            try:
                updates, end = await self._ask(offset)
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
                continue
            except TelegramConflictError as error:
                await self._way_in.refused(error.message)
                await asyncio.sleep(5 * _PAUSE)
                continue
            except (TelegramNetworkError, TelegramAPIError, NotNow) as error:
                log.warning("polling_waits", why=type(error).__name__)
                await asyncio.sleep(_PAUSE)
                continue
            committed = await self.take_batch(updates) if updates else end
            if committed is None or (updates and committed <= updates[-1].update_id):
                await asyncio.sleep(self._pause)
                offset = committed or offset
            else:
                offset = end

    async def _ask(self, offset: int | None) -> tuple[list[Update], int | None]:
        """The next updates that can be read, and the offset behind all that came."""
        try:
            updates = await self._bot.get_updates(
                offset=offset,
                timeout=_HOLD,
                allowed_updates=ALLOWED,
                request_timeout=_HOLD + 10,
            )
        except ClientDecodeError as error:
            # One of them cannot be read. Taken one by one, it holds up none of the others.
            raws = _updates_in(error.data)
            if not raws:
                # Whoever answered so is not the Bot API: it passes, as a proxy's page does.
                odd = "these are no updates"
                raise TelegramServerError(method=GetUpdates(), message=odd) from None
            read = [await self._read(raw) for raw in raws]
            return [update for update in read if update is not None], raws[-1]["update_id"] + 1
        return updates, updates[-1].update_id + 1 if updates else offset


def _updates_in(answer: Any) -> list[dict[str, Any]]:
    """What can be an update in an answer that aiogram cannot read."""
    found = answer.get("result") if isinstance(answer, dict) else None
    return [
        one
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, dict) and type(one.get("update_id")) is int
    ]


def _chat_of(update: Update) -> int:
    """What must be kept in order: a chat's updates; those of no chat by themselves."""
    event: Any = update.event
    message = getattr(event, "message", None) or event
    chat = getattr(message, "chat", None)
    return chat.id if chat is not None else update.update_id

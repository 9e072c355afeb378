"""How updates come in, by polling or by the webhook, and whether it stays so.

A token has one way in, and Telegram gives it to whoever has spoken last: setting a webhook ends the
polling, and whoever polls takes the webhook away first. Two processes of different modes would take
it from each other for ever. So a poller takes the webhook away when it starts, and not again; who
has the webhook looks whether it still stands, and sets it again. Nothing that waits at Telegram is
dropped by either, and a person is told that there are two.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramUnauthorizedError
from aiogram.types import WebhookInfo

from bot.enqueue import Enqueue
from bot.errors import SettingsError
from storage.errors import StorageError
from storage.uow import Storage

log = structlog.get_logger(__name__)

#: What the bot wants to hear of. `my_chat_member`: it was added or removed, or somebody blocked it.
ALLOWED = ["message", "edited_message", "callback_query", "inline_query", "my_chat_member"]

#: Seconds between two looks whether the webhook still stands, and between two tries at the start.
_LOOK_EVERY = 60.0
_PAUSE = 2.0
#: A trouble that Telegram names so often in so short a time is told to people: a process that ends
#: while the next one starts, or a rolling restart, is none.
_OFTEN, _LATELY = 6, timedelta(minutes=5)
#: So many looks in a row: another's webhook; updates that Telegram has failed to bring of late.
_LOOKS_ELSEWHERE, _LOOKS_UNHEARD = 2, 3
_OF_LATE = timedelta(minutes=10)

_WHY = {
    "owner_polling_webhook": "a webhook is set and this process polls: WEBHOOK_URL is empty here. "
    "Another process uses this token: stop it, then start this one again, which removes the "
    "webhook; or set WEBHOOK_URL here",
    "owner_polling_twice": "another process polls with this token: stop one of the two",
    "owner_webhook_gone": "somebody has removed the webhook, it is set again: stop whatever polls "
    "with this token",
    "owner_webhook_elsewhere": "another process has set a webhook of its own: stop it, then start "
    "this one again",
}


class WayIn:
    """This process's way in.

    Args:
        bot: Telegram.
        storage: opens the transactions.
        enqueue: tells the owners.
        clock: the time.
        url: the webhook's address; "": this process polls.
        secret: what Telegram shows there.
    """

    def __init__(
        self,
        *,
        bot: Bot,
        storage: Storage,
        enqueue: Enqueue,
        clock: Callable[[], datetime],
        url: str,
        secret: str,
    ) -> None:
        self._bot = bot
        self._storage = storage
        self._enqueue = enqueue
        self._clock = clock
        self._url = url
        self._secret = secret
        self._troubles: deque[datetime] = deque(maxlen=_OFTEN)
        # So many looks in a row have found another's webhook, or updates that wait.
        self._elsewhere = self._unheard = 0

    async def open(self) -> None:
        """Make it known to Telegram; the bot may start before the network does.

        Raises:
            SettingsError: Telegram does not know the token.
        """
        make_known = self._set if self._url else self._take_away
        while True:
            try:
                await make_known()
            except TelegramUnauthorizedError as error:
                raise SettingsError("BOT_TOKEN is not known to Telegram") from error
            except TelegramBadRequest as error:
                # An address that cannot be reached, or found: trying again alone mends nothing.
                log.error("webhook_refused", why=error.message)  # noqa: TRY400
                await self._tell_if_it_lasts("owner_webhook_refused", error=error.message)
                await asyncio.sleep(_PAUSE)
            except AiogramError as error:
                log.warning("telegram_waits", why=type(error).__name__)
                await asyncio.sleep(_PAUSE)
            else:
                return

    async def _set(self) -> None:
        await self._bot.set_webhook(
            self._url,
            secret_token=self._secret,
            allowed_updates=ALLOWED,
            drop_pending_updates=False,
        )

    async def _take_away(self) -> None:
        """The documented way from the webhook to polling."""
        found = (await self._bot.get_webhook_info()).url
        if found:
            why = "WEBHOOK_URL is empty: this process polls"
            log.warning("webhook_removed", host=urlsplit(found).hostname, why=why)
        await self._bot.delete_webhook(drop_pending_updates=False)

    # --- it was taken by another process ----------------------------------------------------------

    async def refused(self, said: str) -> None:
        """Telegram does not let this process poll, in these words."""
        # The one who sets a webhook ends the poll that waits, in words of its own.
        is_webhook = "webhook" in said.casefold()
        what = "owner_polling_webhook" if is_webhook else "owner_polling_twice"
        log.error("polling_conflict", why=_WHY[what])
        await self._tell_if_it_lasts(what)

    async def watch(self) -> None:
        """Look now and then, until cancelled, whether the webhook still stands."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                await self.look()
            except AiogramError as error:
                log.warning("webhook_not_looked_at", why=type(error).__name__)
            except Exception:
                # A fault of ours: what is sent to the webhook is taken all the same.
                log.exception("webhook_look_failed")

    async def look(self) -> None:
        """Set the webhook again where somebody has removed it; all else is left to people."""
        info = await self._bot.get_webhook_info()
        is_elsewhere = bool(info.url) and info.url.casefold() != self._url.casefold()
        is_unheard = not is_elsewhere and self._is_unheard(info)
        self._elsewhere = self._elsewhere + 1 if is_elsewhere else 0
        self._unheard = self._unheard + 1 if is_unheard else 0
        if not info.url:
            log.warning("webhook_gone", why=_WHY["owner_webhook_gone"])
            await self._set_again()
        elif is_elsewhere:
            why = _WHY["owner_webhook_elsewhere"]
            log.error("webhook_elsewhere", host=urlsplit(info.url).hostname, why=why)
            if self._elsewhere >= _LOOKS_ELSEWHERE:
                await self._tell("owner_webhook_elsewhere")
        elif self._unheard >= _LOOKS_UNHEARD:
            log.error("webhook_unheard", why=info.last_error_message)
            await self._tell("owner_webhook_unheard", error=info.last_error_message)

    async def _set_again(self) -> None:
        try:
            await self._set()
        except TelegramBadRequest as error:
            log.error("webhook_refused", why=error.message)  # noqa: TRY400
            await self._tell("owner_webhook_refused", error=error.message)
        else:
            await self._tell("owner_webhook_gone")

    def _is_unheard(self, info: WebhookInfo) -> bool:
        """Updates wait that Telegram fails to bring: a certificate has run out, a proxy is down."""
        failed = info.last_error_date
        if not info.url or not info.pending_update_count or failed is None:
            return False
        return abs(self._clock() - failed) < _OF_LATE

    # --- people are told --------------------------------------------------------------------------

    async def _tell_if_it_lasts(self, what: str, **words: str) -> None:
        now = self._clock()
        self._troubles.append(now)
        if len(self._troubles) == _OFTEN and now - self._troubles[0] < _LATELY:
            self._troubles.clear()
            await self._tell(what, **words)

    async def _tell(self, what: str, **words: str | None) -> None:
        now = self._clock()
        try:
            async with self._storage.change() as uow:
                await self._enqueue.warn_owners(uow, what, now=now, about=what, **words)
        except StorageError as error:
            log.warning("owners_not_told", what=what, why=str(error))

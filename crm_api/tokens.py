"""Where an access token lives between calls, and between replicas."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class TokenStore(Protocol):
    """One token per account, shared by all replicas of the bot.

    A CRM with one session per account (CRMKA) kills the old token at a new login, so replicas must
    log in one at a time and tell each other: hence the lock.
    """

    async def get(self, account: str) -> str | None:
        """The token that was stored last, or None."""

    async def set(self, account: str, token: str) -> None:
        """Store a token for all replicas."""

    def lock(self, account: str) -> AbstractAsyncContextManager[None]:
        """Held by one replica at a time while it logs in."""


class MemoryTokens:
    """Tokens of one process: enough for a bot without replicas, lost at its end."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, account: str) -> str | None:
        """The token that was stored last, or None."""
        return self._tokens.get(account)

    async def set(self, account: str, token: str) -> None:
        """Store a token."""
        self._tokens[account] = token

    def lock(self, account: str) -> AbstractAsyncContextManager[None]:
        """Held by one task at a time."""
        return _Held(self._locks[account])


class _Held(AbstractAsyncContextManager[None]):
    """An asyncio.Lock as a context that gives nothing."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock

    async def __aenter__(self) -> None:
        await self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()

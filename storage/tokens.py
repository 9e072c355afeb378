"""The CRM session that all replicas share: the CRM allows one per account."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from sqlalchemy import select, text

from storage import tables as t
from storage.db import Database
from storage.upsert import upsert


class DatabaseTokens:
    """Keeps tokens in the database, and lets one replica at a time log in."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._here: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, account: str) -> str | None:
        """The token, or None where nobody has logged in yet."""
        async with self._database.reading() as connection:
            found: str | None = await connection.scalar(
                select(t.crm_tokens.c.token).where(t.crm_tokens.c.account == account)
            )
            return found

    async def set(self, account: str, token: str) -> None:
        """Keep a token for all replicas."""
        async with self._database.transaction() as connection:
            values = {"account": account, "token": token, "at": self._clock()}
            await upsert(connection, t.crm_tokens, ("account",), values)

    @contextlib.asynccontextmanager
    async def lock(self, account: str) -> AsyncIterator[None]:
        """Only one replica logs in at a time.

        A session lock on a connection of its own: no transaction stays open while the CRM is asked.
        """
        async with self._here[account]:
            if self._database.is_sqlite:
                yield
                return
            key = {"key": zlib.crc32(account.encode())}
            async with self._database.alone() as alone:
                await alone.execute(text("SELECT pg_advisory_lock(:key)"), key)
                try:
                    yield
                finally:
                    await alone.execute(text("SELECT pg_advisory_unlock(:key)"), key)

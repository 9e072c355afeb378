"""The naive bot, with the least that the promises ask of any bot: what it has accepted is kept.

It shows what keeping alone costs on a machine, whoever does it and however well. For a round it
makes two transactions (the post becomes a case; the press decides what is undecided), committed
before anything else happens, and five notes of what has happened outside (the lead was read, the
card is there, the comment is written, the card is edited, the operator knows), without which nobody
could go on after a death. On PostgreSQL each is one round trip, and there can be no fewer: one
statement, raw on the driver. It never looks into what it keeps, and could not go on after a death.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import aiohttp
import asyncpg
from aiogram import Bot, Dispatcher
from aiogram.types import CallbackQuery, Message

from bench import naive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_TABLES = (
    "CREATE TABLE IF NOT EXISTS kept_cases (lead TEXT PRIMARY KEY, chat BIGINT, state TEXT)",
    "CREATE TABLE IF NOT EXISTS kept_history (lead TEXT, who TEXT, what TEXT)",
    (
        "CREATE TABLE IF NOT EXISTS kept_outbox"
        " (lead TEXT, kind TEXT, state TEXT, PRIMARY KEY (lead, kind))"
    ),
)


class Kept(Protocol):
    """Where it keeps."""

    async def opened(self, lead: str, chat: int, who: str) -> None:
        """A post has become a case, which wants its lead read."""

    async def decided(self, lead: str, chat: int, who: str) -> None:
        """A press has decided: the lead, the card and the operator must be told."""

    async def delivered(self, lead: str, kind: str) -> None:
        """One of them has been."""


_OPENED = (
    "WITH c AS (INSERT INTO kept_cases VALUES ($1, $2, 'waiting')),"
    " h AS (INSERT INTO kept_history VALUES ($1, $3, 'open'))"
    " INSERT INTO kept_outbox VALUES ($1, 'read', 'pending'), ($1, 'card', 'pending')"
)
_DECIDED = (
    "WITH c AS (UPDATE kept_cases SET state = 'allowed' WHERE lead = $1 AND chat = $2"
    " AND state = 'waiting' RETURNING lead),"
    " h AS (INSERT INTO kept_history SELECT lead, $3, 'allow' FROM c)"
    " INSERT INTO kept_outbox"
    " SELECT lead, kind, 'pending' FROM c, unnest(ARRAY['comment', 'edit', 'tell']) AS kind"
)


class OnPostgres:
    """Each is one statement, and a transaction by itself."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def opened(self, lead: str, chat: int, who: str) -> None:
        """See `Kept`."""
        await self._pool.execute(_OPENED, lead, chat, who)

    async def decided(self, lead: str, chat: int, who: str) -> None:
        """See `Kept`. The row's own lock lets one press decide."""
        await self._pool.execute(_DECIDED, lead, chat, who)

    async def delivered(self, lead: str, kind: str) -> None:
        """See `Kept`."""
        done = "UPDATE kept_outbox SET state = 'done' WHERE lead = $1 AND kind = $2"
        await self._pool.execute(done, lead, kind)


class OnSqlite:
    """Statements on the event loop; the disk is waited for in a thread."""

    def __init__(self, file: str) -> None:
        self._one = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._alone = asyncio.Lock()
        self._one.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
        for table in _TABLES:
            self._one.execute(table)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[sqlite3.Connection]:
        async with self._alone:
            self._one.execute("BEGIN IMMEDIATE")
            yield self._one
            await asyncio.to_thread(self._one.execute, "COMMIT")

    async def opened(self, lead: str, chat: int, who: str) -> None:
        """See `Kept`."""
        async with self._transaction() as one:
            one.execute("INSERT INTO kept_cases VALUES (?, ?, 'waiting')", (lead, chat))
            one.execute("INSERT INTO kept_history VALUES (?, ?, 'open')", (lead, who))
            for kind in ("read", "card"):
                one.execute("INSERT INTO kept_outbox VALUES (?, ?, 'pending')", (lead, kind))

    async def decided(self, lead: str, chat: int, who: str) -> None:
        """See `Kept`."""
        del chat
        async with self._transaction() as one:
            one.execute("SELECT * FROM kept_cases WHERE lead = ?", (lead,)).fetchone()
            one.execute("UPDATE kept_cases SET state = 'allowed' WHERE lead = ?", (lead,))
            one.execute("INSERT INTO kept_history VALUES (?, ?, 'allow')", (lead, who))
            for kind in ("comment", "edit", "tell"):
                one.execute("INSERT INTO kept_outbox VALUES (?, ?, 'pending')", (lead, kind))

    async def delivered(self, lead: str, kind: str) -> None:
        """See `Kept`."""
        async with self._transaction() as one:
            done = "UPDATE kept_outbox SET state = 'done' WHERE lead = ? AND kind = ?"
            one.execute(done, (lead, kind))


async def on_post(message: Message, crm: naive.Crm, kept: Kept) -> None:
    """As the naive bot, which reads and shows; the case first, the notes behind."""
    lead = naive.lead_of(message)
    if lead is None or message.from_user is None:
        return
    await kept.opened(lead, message.chat.id, message.from_user.full_name)
    card = await naive.read_card(lead, message, crm)
    await kept.delivered(lead, "read")
    await naive.show(message, card)
    await kept.delivered(lead, "card")


async def on_press(query: CallbackQuery, crm: naive.Crm, bot: Bot, kept: Kept) -> None:
    """The decision first, then the answer, and what follows from it side by side."""
    if not isinstance(query.message, Message):
        return
    press = naive.press_of(query)
    await kept.decided(press.lead, query.message.chat.id, query.from_user.full_name)
    await query.answer("Разрешено")
    await naive.write(press, crm)
    await kept.delivered(press.lead, "comment")
    await naive.edit(press, query.message)
    await kept.delivered(press.lead, "edit")
    await bot.send_message(press.operator, f"{press.said}: {press.lead}")
    await kept.delivered(press.lead, "tell")


@asynccontextmanager
async def keeping(url: str) -> AsyncIterator[Kept]:
    """The place that the product's address names."""
    scheme, _, rest = url.partition("://")
    if scheme.startswith("sqlite"):
        yield OnSqlite(rest.removeprefix("/"))
        return
    async with asyncpg.create_pool(f"postgresql://{rest}", min_size=8, max_size=20) as pool:
        for table in _TABLES:
            await pool.execute(table)
        yield OnPostgres(pool)


async def main() -> None:
    """Run until the signal; the environment is the product's."""
    bot = naive.make_bot(os.environ["BOT_TOKEN"], os.environ["TELEGRAM_API_URL"])
    dispatcher = Dispatcher()
    dispatcher.message.register(on_post)
    dispatcher.callback_query.register(on_press)
    async with (
        aiohttp.ClientSession(os.environ["CRM_URL"]) as http,
        keeping(os.environ["DATABASE_URL"]) as kept,
    ):
        crm = naive.Crm(http)
        await crm.log_in(os.environ["CRM_LOGIN"], os.environ["CRM_PASSWORD"])
        dispatcher.startup.register(lambda: print("ready", file=sys.stderr, flush=True))
        await dispatcher.start_polling(bot, crm=crm, kept=kept)


if __name__ == "__main__":
    asyncio.run(main())

"""Bots that take turns on one stand, each for so many rounds."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Measured
from bench.processes import Running, running
from bench.rounds import ADMIN_NAME
from bench.stand import Stand, stand
from tests import postgres as real_postgres

#: Turns of each bot, and rounds at the beginning of a turn that are not counted.
_TURNS, _WARM = 4, 10

#: As a server has it that nobody has set up; the tests' own has less.
_AS_USUAL = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
}


@contextlib.asynccontextmanager
async def furnished(
    operators: int, groups: int
) -> AsyncIterator[tuple[Stand, real_postgres.Postgres]]:
    """A stand, and a PostgreSQL server that writes through to the disk, as SQLite does."""
    real_postgres._SETTINGS.update(_AS_USUAL)  # noqa: SLF001 -- the tests need no other way
    postgres = real_postgres.Postgres()
    with tempfile.TemporaryDirectory(prefix="workchats-bench-") as folder:
        try:
            await asyncio.to_thread(postgres.start)
            async with stand(Path(folder), operators=operators, groups=groups) as at:
                yield at, postgres
        finally:
            await asyncio.to_thread(postgres.stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A bot. `remembers`: it keeps groups and roles, which it must be told once."""

    module: str
    database: str
    measured: Measured
    remembers: bool = True


async def turn(at: Stand, bot: Contender, rounds: int, *, first: bool) -> None:
    """Let one bot start, get warm and work; then look whether the CRM has it all, once."""
    environment = at.environment(bot.database)
    async with running(
        "-m", bot.module, home=at.home, until="ready", environment=environment
    ) as process:
        try:
            keys = await _work(at, bot, process, rounds, first=first)
        except* (TimeoutError, AssertionError) as stuck:
            raise RuntimeError(f"{bot.measured.name} got stuck: {process.lines[-20:]}") from stuck
    for key in keys:
        comments = [text for text in await at.clerk.comments(key) if ADMIN_NAME in text]
        if len(comments) != 1:
            raise RuntimeError(f"{bot.measured.name}: {len(comments)} comments in a lead, not 1")


async def _work(
    at: Stand, bot: Contender, process: Running, rounds: int, *, first: bool
) -> list[str]:
    """Rounds that are not counted, then those that are. Returns the keys of the latter's leads."""
    if first and bot.remembers:
        await at.centre.introduce()
    await at.centre.block(await at.clerk.leads(_WARM))
    keys = await at.clerk.leads(rounds)
    await at.clerk.calls()
    began, busy = time.time(), process.processor_time()
    block = await at.centre.block(keys)
    bot.measured.processor.append(process.processor_time() - busy)
    bot.measured.blocks.append(block)
    bot.measured.telegram_calls += await at.telegram_calls(began)
    bot.measured.crm_calls += await at.clerk.calls()
    bot.measured.resident = process.resident()
    return keys


async def compare(at: Stand, bots: Sequence[Contender], rounds: int) -> None:
    """Turns of all bots; each turn begins with another one."""
    each = -(-rounds // _TURNS)
    for number in range(_TURNS):
        by = number % len(bots)
        for bot in (*bots[by:], *bots[:by]):
            await turn(at, bot, each, first=not number)

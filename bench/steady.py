"""Thirty presses a second, as fast as Telegram lets a bot speak, for as long as one likes.

Posts come by the clock, not when the last one has been dealt with: a bot that is too slow falls
behind, and its outbox grows old.

Its memory grows by less than 2 MB in the second half. What it takes to get warm it has by then:
PostgreSQL's connections come to the last of their statements within some minutes. In ten minutes
the second half are 9000 rounds, and the bar is 230 bytes for each: a leak by the round that
`bench memory`, with its thousand, cannot find. A bot without one has grown by 0.5 there. Of a
minute or two the bar says nothing: the second half is warming too.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import text

from bench.figures import Bar, half_and_most, table
from bench.processes import running
from bench.rounds import PATIENCE, Timing
from bench.stand import Stand
from bench.turns import furnished
from storage.db import Database

#: Seconds between two looks at the outbox.
_EVERY = 0.5
#: What is due and has not gone out: a row that waits for a later time is not late.
_DUE = text("SELECT due_at FROM outbox WHERE state = 'pending' ORDER BY due_at LIMIT 1")
#: The bar, in seconds: the outbox must never be older.
_OLDEST = 5.0
#: The bar of memory, in MB: see above.
_MOST = 2.0
#: Rounds at the beginning that are not counted.
_WARM = 20


@dataclass(slots=True, kw_only=True)
class Steady:
    """What a bot has shown on one database.

    Attributes:
        ages: how many seconds the oldest row was overdue, at each look.
        resident: MB at the beginning, when half of the posts have come, and at the end.
        stuck: rounds of which a step took longer than people have patience.
    """

    name: str
    rate: float
    timings: list[Timing] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    seconds: float = 0.0
    resident: list[float] = field(default_factory=list)
    stuck: int = 0

    @property
    def growth(self) -> float:
        """MB in the second half."""
        _, half, last = self.resident
        return last - half


async def steady(options: argparse.Namespace) -> list[Bar]:
    """Measure both engines and print."""
    found: list[Steady] = []
    # Nobody waits for his own last lead: there are as many operators as rounds in a second or two.
    operators = round(2 * options.rate)
    for name in ("SQLite", "PostgreSQL"):
        async with (
            furnished(operators, options.groups) as (at, postgres),
            postgres.database() as url,
        ):
            database = url if name == "PostgreSQL" else at.sqlite("steady")
            found.append(await lived(at, name, database, options.rate, 60 * options.minutes))
    print(f"\n{options.rate:g} presses a second for {options.minutes:g} minutes\n")
    print(steady_table(found), end="\n\n")
    return [bar for one in found for bar in bars_of(one)]


def bars_of(bot: Steady) -> list[Bar]:
    """What is asked of it."""
    oldest, grown = max(bot.ages), bot.growth
    memory = f"{bot.name}: memory grows by less than {_MOST:g} MB in the second half"
    return [
        Bar(f"{bot.name}: no row overdue by {_OLDEST:g} s ({oldest:.2f})", oldest <= _OLDEST),
        Bar(f"{bot.name}: no step of a round takes {PATIENCE:g} s ({bot.stuck})", not bot.stuck),
        Bar(f"{memory} ({grown:+.1f})", grown < _MOST),
    ]


async def lived(at: Stand, name: str, database: str, rate: float, seconds: float) -> Steady:
    """Let one bot live through it."""
    found = Steady(name=name, rate=rate)
    keys = await at.clerk.leads(_WARM + round(rate * seconds))
    async with running(
        "-m", "bench.ours", home=at.home, until="ready", environment=at.environment(database)
    ) as process:
        await at.centre.introduce()
        await at.centre.block(keys[:_WARM])
        found.resident.append(process.resident())
        looking = asyncio.create_task(_look(database, found))
        began = time.perf_counter()
        async with asyncio.TaskGroup() as rounds:
            for number, key in enumerate(keys[_WARM:]):
                await asyncio.sleep(began + number / rate - time.perf_counter())
                if number == (len(keys) - _WARM) // 2:
                    found.resident.append(process.resident())
                rounds.create_task(_one(at, found, number, key))
        found.seconds = time.perf_counter() - began
        if looking.done():
            # It has failed: nobody has looked since.
            looking.result()
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        found.resident.append(process.resident())
    return found


async def _one(at: Stand, found: Steady, number: int, key: str) -> None:
    centre = at.centre
    operator = centre.operators[number % len(centre.operators)]
    group = centre.groups[number % len(centre.groups)]
    try:
        found.timings.append(await centre.round(operator, group, key))
    except TimeoutError:
        found.stuck += 1


async def _look(url: str, found: Steady) -> None:
    database = Database(url)
    try:
        while True:
            async with database.reading() as connection:
                due = await connection.scalar(_DUE)
            found.ages.append(0.0 if due is None else max(0.0, _overdue(due)))
            await asyncio.sleep(_EVERY)
    finally:
        await database.close()


def _overdue(due: object) -> float:
    """Seconds since then. SQLite gives a text of UTC, PostgreSQL a time."""
    moment = datetime.fromisoformat(str(due))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (datetime.now(UTC) - moment).total_seconds()


def _memory(bot: Steady) -> str:
    return " → ".join(f"{one:.0f}" for one in bot.resident)


def steady_table(bots: list[Steady]) -> str:
    """One column for each database."""
    rows = [
        ["", *(bot.name for bot in bots)],
        ["presses", *(str(len(bot.timings)) for bot in bots)],
        ["rounds that got stuck", *(str(bot.stuck) for bot in bots)],
        ["presses a second", *(f"{len(bot.timings) / bot.seconds:.1f}" for bot in bots)],
    ]
    for words, name in (
        ("post → card, ms p50 / p95", "post_to_card"),
        ("press → answer, ms p50 / p95", "press_to_answer"),
        ("post → operator told, ms p50 / p95", "post_to_told"),
    ):
        cells = [half_and_most(getattr(one, name) for one in bot.timings) for bot in bots]
        rows.append([words, *(f"{half:.0f} / {most:.0f}" for half, most in cells)])
    rows += [
        ["oldest row overdue, s (most)", *(f"{max(bot.ages):.2f}" for bot in bots)],
        ["memory, first → half → last, MB", *(_memory(bot) for bot in bots)],
        ["  growth in the second half, MB", *(f"{bot.growth:+.1f}" for bot in bots)],
    ]
    return table(rows)

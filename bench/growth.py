"""The same rounds with no old cases, with many and with very many, on one engine.

Each size is a database of its own, aged before the first round; the bots on them take turns.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bench.ages import age
from bench.figures import Bar, Measured, table
from bench.stand import Stand
from bench.turns import Contender, compare, furnished
from storage.db import Database
from storage.migrate import migrate

#: Post → card with all the old cases, as a part of what it takes without any (p95).
_MOST = 1.2


async def growth(options: argparse.Namespace) -> list[Bar]:
    """Measure both engines and print."""
    sizes = [int(size) for size in options.old.split(",")]
    bars: list[Bar] = []
    for engine in ("SQLite", "PostgreSQL"):
        async with (
            contextlib.AsyncExitStack() as databases,
            furnished(options.operators, options.groups) as (at, postgres),
        ):
            bots = []
            for size in sizes:
                url = at.sqlite(f"old{size}")
                if engine == "PostgreSQL":
                    url = await databases.enter_async_context(postgres.database())
                await aged(url, size, at)
                measured = Measured(name=f"{size:,} old")
                bots.append(Contender(module="bench.ours", database=url, measured=measured))
            await compare(at, bots, options.rounds)
            # Before the server stops.
            await databases.aclose()
        measured_bots = [bot.measured for bot in bots]
        print(f"\n{engine}, {options.rounds} rounds at each size\n")
        print(growth_table(measured_bots), end="\n\n")
        empty = measured_bots[0].milliseconds("post_to_card")[1]
        for one in measured_bots[1:]:
            times = one.milliseconds("post_to_card")[1] / empty
            what = f"{engine}, {one.name}: post → card, p95 within {_MOST} of empty's"
            bars.append(Bar(f"{what} ({times:.2f})", times <= _MOST))
    return bars


async def aged(url: str, cases: int, at: Stand) -> None:
    """A migrated database with so many closed cases, in the groups that work on."""
    database = Database(url)
    try:
        await migrate(database)
        then = datetime.now(UTC) - timedelta(days=45)
        if cases:
            await age(database, cases, chat=max(at.centre.groups), at=then)
    finally:
        await database.close()


def growth_table(sizes: Sequence[Measured]) -> str:
    """One column for each size; the ratio is to the first."""
    empty = sizes[0].milliseconds("post_to_card")
    rows = [
        ["", *(size.name for size in sizes)],
        ["rounds per second", *(f"{size.per_second:.1f}" for size in sizes)],
    ]
    for words, name in (
        ("post → card, ms p50 / p95", "post_to_card"),
        ("press → answer, ms p50 / p95", "press_to_answer"),
    ):
        cells = [size.milliseconds(name) for size in sizes]
        rows.append([words, *(f"{half:.0f} / {most:.0f}" for half, most in cells)])
    ratios = [size.milliseconds("post_to_card") for size in sizes]
    rows += [
        [
            "post → card as a part of empty's, p50 / p95",
            *(f"{half / empty[0]:.2f} / {most / empty[1]:.2f}" for half, most in ratios),
        ],
        ["memory after its rounds, MB", *(f"{size.resident:.0f}" for size in sizes)],
    ]
    return table(rows)

"""The naive bot, the naive bot that keeps (`bench/keeping.py`), and the product, on each engine.

What keeping alone takes is the product's floor: no bot that holds the promises can do better.
"""

from __future__ import annotations

import argparse
import os
import platform

from bench.figures import Bar, Measured, load_table
from bench.turns import Contender, compare, furnished


async def floor(options: argparse.Namespace) -> list[Bar]:
    """Measure both engines and print. Nothing is asked of them."""
    async with (
        furnished(options.operators, options.groups) as (at, postgres),
        postgres.database() as url,
        postgres.database() as another,
    ):
        first = Contender(
            module="bench.naive", database="", measured=Measured(name="naive"), remembers=False
        )
        others = [
            Contender(
                module=module, database=database, measured=Measured(name=name), remembers=remembers
            )
            for module, database, name, remembers in (
                ("bench.keeping", at.sqlite("floor"), "keeps: SQLite", False),
                ("bench.ours", at.sqlite("load"), "SQLite", True),
                ("bench.keeping", another, "keeps: PostgreSQL", False),
                ("bench.ours", url, "PostgreSQL", True),
            )
        ]
        await compare(at, [first, *others], options.rounds)
    print(
        f"\n{options.rounds} rounds of each bot, {options.operators} operators side by side in"
        f" {options.groups} groups; Python {platform.python_version()},"
        f" {os.cpu_count()} processors\n"
    )
    print(load_table(first.measured, [one.measured for one in others]))
    return []

"""The round beside the naive bot's, and both bots at rest.

Measured twice: with a Telegram and a CRM that answer at once, where nothing counts but processor
time on a machine that all of them share; and with such as take a while, as over any network.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from asyncio import sleep
from collections.abc import Iterator, Sequence

from bench.figures import AtRest, Bar, Measured, load_table, rest_table
from bench.processes import running
from bench.stand import Stand
from bench.turns import Contender, compare, furnished

_STARTS = 4
#: Seconds of quiet before memory is read.
_REST = 2.0

#: The bars. Of naive's rounds per second: what must be where answers come at once, and what is
#: wanted; of naive's p95 from a press to its answer.
_LEAST_RATIO, _WANTED_RATIO, _MOST_WAITING = 0.5, 0.8, 1.5
_MOST_MEGABYTES, _MOST_SECONDS = 150, 3.0


async def speed(options: argparse.Namespace) -> list[Bar]:
    """Measure and print."""
    began = time.monotonic()
    bars: list[Bar] = []
    for milliseconds in options.answers:
        naive, ours = await _rounds(options, milliseconds / 1000)
        after = f"after {milliseconds:g} ms" if milliseconds else "at once"
        print(f"\nTelegram and the CRM answer {after}:\n")
        print(load_table(naive, ours))
        bars += bars_of_rounds(naive, ours, after, at_once=not milliseconds)
    async with furnished(options.operators, options.groups) as (at, _):
        rest = await _at_rest(at)
    print("", rest_table(rest), sep="\n", end="\n\n")
    bars += bars_of_rest(rest[-1])
    print(
        f"{options.rounds} rounds of each bot, {options.operators} operators side by side in"
        f" {options.groups} groups; Python {platform.python_version()},"
        f" {os.cpu_count()} processors, {time.monotonic() - began:.0f} s in all\n"
    )
    return bars


async def _rounds(
    options: argparse.Namespace, seconds: float
) -> tuple[Measured, Sequence[Measured]]:
    """The naive bot, and ours on each engine; answers take so many seconds."""
    async with (
        furnished(options.operators, options.groups) as (at, postgres),
        postgres.database() as url,
    ):
        await at.answer_after(seconds)
        naive = Contender(
            module="bench.naive", database="", measured=Measured(name="naive"), remembers=False
        )
        ours = [
            Contender(module="bench.ours", database=database, measured=Measured(name=name))
            for name, database in (("SQLite", at.sqlite("load")), ("PostgreSQL", url))
        ]
        await compare(at, [naive, *ours], options.rounds)
    return naive.measured, [one.measured for one in ours]


async def _at_rest(at: Stand) -> list[AtRest]:
    """Start the bots in turn and leave them alone: `python -m bot run` itself, on SQLite."""
    commands = {
        "naive": ("-m", "bench.naive"),
        "product": ("-m", "bot", "run"),
    }
    found = [AtRest(name=name, ready=[], resident=[]) for name in commands]
    for _ in range(_STARTS):
        for bot, command in zip(found, commands.values(), strict=True):
            environment = at.environment(at.sqlite("rest"))
            async with running(
                *command, home=at.home, until="ready", environment=environment
            ) as process:
                await sleep(_REST)
                bot.ready.append(process.ready_in)
                bot.resident.append(process.resident())
    return found


def bars_of_rounds(
    naive: Measured, ours: Sequence[Measured], after: str, *, at_once: bool
) -> Iterator[Bar]:
    """What was wanted of the rounds; at once it is not counted, but for the least that must be."""
    for bot in ours:
        ratio, waiting = bot.ratio_to(naive)[0], bot.waiting_to(naive)
        where = f"{bot.name}, answers {after}"
        if at_once:
            yield Bar(
                f"{where}: at least {_LEAST_RATIO} of naive's rounds per second ({ratio:.2f})",
                ratio >= _LEAST_RATIO,
            )
        yield Bar(
            f"{where}: at least {_WANTED_RATIO} of naive's rounds per second ({ratio:.2f})",
            ratio >= _WANTED_RATIO,
            counts=not at_once,
        )
        yield Bar(
            f"{where}: a press is answered within {_MOST_WAITING} times naive's p95"
            f" ({waiting:.2f})",
            waiting <= _MOST_WAITING,
            counts=not at_once,
        )


def bars_of_rest(rest: AtRest) -> Iterator[Bar]:
    """What a bot may take that does nothing yet."""
    most, median = max(rest.resident), statistics.median(rest.ready)
    yield Bar(f"at rest under {_MOST_MEGABYTES} MB ({most:.0f})", most < _MOST_MEGABYTES)
    yield Bar(f"ready in under {_MOST_SECONDS:g} s ({median:.1f})", median < _MOST_SECONDS)

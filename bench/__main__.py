"""`python -m bench`: the product beside the naive bot, in one run on this machine.

Telegram (the sandbox), the CRM (the small one), PostgreSQL, the bot and its users are processes of
their own. The bots take turns, A B C B C A, since a machine has moods. What counts is the ratio:
the figures themselves belong to the machine.

`python -m bench burst` measures the burst alone (`bench/burst.py`), `rounds` all the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.burst import burst
from bench.figures import AtRest, Measured, load_table, rest_table
from bench.processes import Running, running
from bench.rounds import ADMIN_NAME
from bench.stand import Stand, stand
from tests import postgres as real_postgres

#: Turns of each bot, and rounds at the beginning of a turn that are not counted.
_TURNS, _WARM = 4, 10
_STARTS = 4
#: Seconds of quiet before memory is read.
_REST = 2.0

_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}

#: The bar: a bot must not be worse than this.
_LEAST_RATIO, _MOST_MEGABYTES, _MOST_SECONDS = 0.5, 150, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A bot. `remembers`: it keeps groups and roles, which it must be told once."""

    module: str
    database: str
    measured: Measured
    remembers: bool = True


async def at_rest(at: Stand) -> list[AtRest]:
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
                await asyncio.sleep(_REST)
                bot.ready.append(process.ready_in)
                bot.resident.append(process.resident())
    return found


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
    spoken, busy = await at.telegram_calls(), process.processor_time()
    block = await at.centre.block(keys)
    bot.measured.processor.append(process.processor_time() - busy)
    bot.measured.blocks.append(block)
    bot.measured.telegram_calls += await at.telegram_calls() - spoken
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


async def bench(options: argparse.Namespace) -> bool:
    """Measure and print. Returns whether the bar was passed."""
    began = time.monotonic()
    # The tests' server has nothing to lose; this one writes through to the disk, as SQLite does.
    real_postgres._SETTINGS.update(_DURABLE)  # noqa: SLF001 -- the tests need no other way
    postgres = real_postgres.Postgres()
    with tempfile.TemporaryDirectory(prefix="workchats-bench-") as folder:
        try:
            await asyncio.to_thread(postgres.start)
            async with (
                postgres.database() as url,
                stand(Path(folder), operators=options.operators, groups=options.groups) as at,
            ):
                naive = Contender(
                    module="bench.naive", database="", measured=Measured(name="naive"),
                    remembers=False,
                )  # fmt: skip
                ours = [
                    Contender(module="bench.ours", database=database, measured=Measured(name=name))
                    for name, database in (("SQLite", at.sqlite("load")), ("PostgreSQL", url))
                ]
                await compare(at, [naive, *ours], options.rounds)
                rest = await at_rest(at)
        finally:
            await asyncio.to_thread(postgres.stop)
    print(
        f"\n{options.rounds} rounds of each bot, {options.operators} operators side by side in"
        f" {options.groups} groups; Python {platform.python_version()},"
        f" {os.cpu_count()} processors, {time.monotonic() - began:.0f} s in all\n"
    )
    measured = [one.measured for one in ours]
    print(load_table(naive.measured, measured), end="\n\n")
    print(rest_table(rest), end="\n\n")
    return judged(naive.measured, measured, rest[-1])


def judged(naive: Measured, ours: Sequence[Measured], rest: AtRest) -> bool:
    """Say what passes the bar and what does not."""
    verdicts = {
        f"{bot.name}: at least {_LEAST_RATIO} of naive's rounds per second": bot.ratio_to(naive)[0]
        >= _LEAST_RATIO
        for bot in ours
    }
    verdicts[f"at rest under {_MOST_MEGABYTES} MB"] = max(rest.resident) < _MOST_MEGABYTES
    verdicts[f"ready in under {_MOST_SECONDS:g} s"] = statistics.median(rest.ready) < _MOST_SECONDS
    for what, passed in verdicts.items():
        print(f"{'passed' if passed else 'FAILED'}  {what}")
    return all(verdicts.values())


#: What there is to measure.
_PARTS: dict[str, Callable[[argparse.Namespace], bool]] = {
    "rounds": lambda options: asyncio.run(bench(options)),
    "burst": lambda _: burst(),
}


def main() -> int:
    """Read the command line. Returns 0 where the bar was passed, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="of each bot (200)")
    parser.add_argument("--operators", type=int, default=8, help="at work side by side (8)")
    parser.add_argument("--groups", type=int, default=8, help="among which they post (8)")
    parser.add_argument("what", nargs="?", choices=_PARTS, help="only this part (both)")
    options = parser.parse_args()
    wanted = [options.what] if options.what else list(_PARTS)
    passed = [_PARTS[what](options) for what in wanted]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())

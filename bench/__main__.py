"""`python -m bench`: the product beside the naive bot, in one run on this machine.

Telegram (the sandbox), the CRM (the small one), PostgreSQL, the bot and its users are processes of
their own. The bots take turns, A B C B C A, since a machine has moods. What counts is the ratio:
the figures themselves belong to the machine.

`python -m bench rounds` and `burst` (`bench/burst.py`) measure one of the two alone. `floor` (what
keeping alone costs), `growth` (old cases in the database), `steady` (a load by the clock, for
minutes), `memory` (a hundred thousand updates, most of them chatter) and `replicas` (one, two,
three of them behind haproxy) run only when they are named.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from bench.burst import burst
from bench.figures import AtRest, Measured, load_table, rest_table, verdict
from bench.floor import floor
from bench.growth import growth
from bench.memory import memory
from bench.processes import running, stopped_with_us
from bench.replicas import replicas
from bench.stand import Stand
from bench.steady import steady
from bench.turns import Contender, compare, furnished

_Part = Callable[[argparse.Namespace], bool]

_STARTS = 4
#: Seconds of quiet before memory is read.
_REST = 2.0

#: The bar: a bot must not be worse than this.
_LEAST_RATIO, _MOST_MEGABYTES, _MOST_SECONDS = 0.5, 150, 3.0


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


async def bench(options: argparse.Namespace) -> bool:
    """Measure and print. Returns whether the bar was passed."""
    began = time.monotonic()
    async with furnished(options.operators, options.groups) as (at, postgres):
        async with postgres.database() as url:
            naive = Contender(
                module="bench.naive", database="", measured=Measured(name="naive"), remembers=False
            )
            ours = [
                Contender(module="bench.ours", database=database, measured=Measured(name=name))
                for name, database in (("SQLite", at.sqlite("load")), ("PostgreSQL", url))
            ]
            await compare(at, [naive, *ours], options.rounds)
        rest = await at_rest(at)
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
        print(verdict(what, passed=passed))
    return all(verdicts.values())


def _alone(part: Callable[[argparse.Namespace], Awaitable[bool]]) -> _Part:
    async def whole(options: argparse.Namespace) -> bool:
        stopped_with_us()
        return await part(options)

    return lambda options: asyncio.run(whole(options))


#: What there is to measure; the last five only run when they are named.
_PARTS: dict[str, _Part] = {
    "rounds": _alone(bench),
    "burst": lambda _: burst(),
    "floor": _alone(floor),
    "growth": _alone(growth),
    "steady": _alone(steady),
    "memory": _alone(memory),
    "replicas": _alone(replicas),
}
_USUAL = ("rounds", "burst")


def main() -> int:
    """Read the command line. Returns 0 where the bar was passed, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="of each bot (200)")
    parser.add_argument("--operators", type=int, default=8, help="at work side by side (8)")
    parser.add_argument("--groups", type=int, default=8, help="among which they post (8)")
    parser.add_argument(
        "--old", default="0,100000,1000000", help="growth: closed cases (0,100000,1000000)"
    )
    parser.add_argument("--rate", type=float, default=30, help="steady: presses a second (30)")
    parser.add_argument("--minutes", type=float, default=10, help="steady: how long (10)")
    parser.add_argument("--updates", type=int, default=100_000, help="memory: how many (100000)")
    parser.add_argument("what", nargs="?", choices=_PARTS, help="only this (rounds and burst)")
    options = parser.parse_args()
    wanted = [options.what] if options.what else _USUAL
    passed = [_PARTS[what](options) for what in wanted]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())

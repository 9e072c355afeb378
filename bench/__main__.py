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
import sys
from collections.abc import Awaitable, Callable

from bench.burst import burst
from bench.floor import floor
from bench.growth import growth
from bench.memory import memory
from bench.processes import stopped_with_us
from bench.replicas import replicas
from bench.speed import speed
from bench.steady import steady

_Part = Callable[[argparse.Namespace], bool]


def _alone(part: Callable[[argparse.Namespace], Awaitable[bool]]) -> _Part:
    async def whole(options: argparse.Namespace) -> bool:
        stopped_with_us()
        return await part(options)

    return lambda options: asyncio.run(whole(options))


#: What there is to measure; the last five only run when they are named.
_PARTS: dict[str, _Part] = {
    "rounds": _alone(speed),
    "burst": lambda _: burst(),
    "floor": _alone(floor),
    "growth": _alone(growth),
    "steady": _alone(steady),
    "memory": _alone(memory),
    "replicas": _alone(replicas),
}
_USUAL = ("rounds", "burst")


def milliseconds(given: str) -> list[float]:
    """Read "20,0"."""
    return [float(one) for one in given.split(",")]


def main() -> int:
    """Read the command line. Returns 0 where the bar was passed, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="of each bot (200)")
    parser.add_argument("--operators", type=int, default=8, help="at work side by side (8)")
    parser.add_argument("--groups", type=int, default=8, help="among which they post (8)")
    parser.add_argument(
        "--answers",
        type=milliseconds,
        default="20,0",
        help="rounds: ms that Telegram and the CRM take for an answer, one time after the other"
        " (20,0)",
    )
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

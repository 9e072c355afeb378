"""`python -m bench`: the product beside the naive bot and its own bars, on this machine.

Telegram (the sandbox), the CRM (the small one), PostgreSQL, the bot and its users are processes of
their own. The bots take turns, A B C B C A, since a machine has moods. What counts is the ratio:
the figures themselves belong to the machine.

Without a name all parts are measured at full length, one after the other; names choose among them
(`python -m bench rounds burst`). `floor` (what keeping alone costs) only runs when it is named.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from bench.burst import burst
from bench.figures import Bar
from bench.floor import floor
from bench.growth import growth
from bench.memory import memory
from bench.parts import Part, measured
from bench.processes import stopped_with_us
from bench.replicas import replicas
from bench.speed import speed
from bench.steady import steady


def _alone(
    part: Callable[[argparse.Namespace], Awaitable[list[Bar]]],
) -> Callable[[argparse.Namespace], list[Bar]]:
    async def whole(options: argparse.Namespace) -> list[Bar]:
        stopped_with_us()
        return await part(options)

    return lambda options: asyncio.run(whole(options))


#: What there is to measure, in this order. Times are those of two processors, at full length.
_PARTS = {
    "rounds": Part(
        "post, card, press, comment, answer beside the naive bot; start and rest",
        "two to four minutes",
        _alone(speed),
    ),
    "burst": Part(
        "60 and 200 lead links within a minute, on virtual time",
        "one to three minutes",
        lambda _: burst(),
    ),
    "floor": Part(
        "what keeping alone costs, beside the naive bot", "two to four minutes", _alone(floor)
    ),
    "replicas": Part(
        "the rounds with one, two and three replicas behind haproxy",
        "one to three minutes",
        _alone(replicas),
    ),
    "growth": Part(
        "the rounds on databases with up to a million old cases",
        "ten to fifteen minutes",
        _alone(growth),
    ),
    "steady": Part(
        "thirty presses a second by the clock, ten minutes on each engine",
        "some 21 minutes",
        _alone(steady),
    ),
    "memory": Part(
        "a hundred thousand updates on each engine", "five to eight minutes", _alone(memory)
    ),
}
_USUAL = ("rounds", "burst", "replicas", "growth", "steady", "memory")


def milliseconds(given: str) -> list[float]:
    """Read "20,0"."""
    return [float(one) for one in given.split(",")]


def _parser() -> argparse.ArgumentParser:
    parts = "\n".join(
        f"  {name:10}{part.what} ({part.lasts})" + ("" if name in _USUAL else "; only when named")
        for name, part in _PARTS.items()
    )
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog=f"parts:\n{parts}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
    parser.add_argument(
        "what", nargs="*", metavar="part", help=f"only these ({' '.join(_USUAL)}); see below"
    )
    return parser


def main() -> int:
    """Read the command line. Returns 0 where every bar that counts was met, else 1."""
    parser = _parser()
    options = parser.parse_args()
    unknown = [name for name in options.what if name not in _PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)} (there are {', '.join(_PARTS)})")
    return measured({name: _PARTS[name] for name in options.what or _USUAL}, options)


if __name__ == "__main__":
    sys.exit(main())

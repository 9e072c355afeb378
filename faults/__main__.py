"""`python -m faults`: attack the product on both engines, and print what became of it.

The seed fixes the schedule: which attacks, in which order, at which moments, on which leads. Two
runs of one seed differ only by what the machine's own scheduling does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.balancer import PROGRAM
from bench.processes import stopped_with_us
from faults.attacks import ALL
from faults.bars import kills_bar, longest_wait
from faults.chats import OtherChats
from faults.people import People
from faults.scene import Judge, Outcome, Scene, play
from faults.stand import stand
from faults.table import broken_promises, closing_line, outcome_table
from tests import postgres as real_postgres

_SEED = 20_261_124
#: Side by side: an attack waits more than it works.
_SIDE_BY_SIDE = (("sqlite", "postgresql"), ("2 replicas", "3 replicas"))
_NO_BALANCER = "Replicas were not attacked: haproxy is missing (Debian: apt-get install haproxy)."
_ENGINES = ("sqlite", "postgresql", "replicas")
#: Killed, it must keep what it has told to be committed; the machine's own death is not tried.
_DURABLE = {"synchronous_commit": "on"}


async def on_engine(engine: str, options: argparse.Namespace) -> list[Outcome]:
    """All acts on one engine."""
    outcomes: list[Outcome] = []
    with (
        tempfile.TemporaryDirectory(prefix="workchats-faults-") as folder,
        _server(engine) as postgres,
    ):
        home = Path(folder)
        url, port = f"sqlite+aiosqlite:///{home}/workchats.db", None
        if postgres is not None:
            url = await postgres.fresh_database()
            port = int(url.rpartition(":")[2].partition("/")[0])
        replicas = int(engine.removesuffix("replicas")) if engine.endswith("replicas") else 0
        async with stand(home, url, seed=options.seed, database_port=port, replicas=replicas) as at:
            people = People(at, random.Random(f"{options.seed}:people"))  # noqa: S311 -- replayed
            chats = OtherChats(at, people, random.Random(f"{options.seed}:chats"))  # noqa: S311 -- the same
            await at.live()
            await people.arrive()
            judge = Judge()
            for act in ALL:
                times = act.times(engine, long=options.long)
                if not times or not any(word in act.name for word in options.only.split(",")):
                    continue
                chance = random.Random(f"{options.seed}:{act.name}")  # noqa: S311 -- replayed
                scene = Scene(at=at, people=people, chats=chats, chance=chance, postgres=postgres)
                outcome = await play(scene, act, times, judge, engine)
                outcomes.append(outcome)
                told = "survived" if not outcome.broken else f"{len(outcome.broken)} BROKEN"
                if outcome.missed:
                    told += f", {len(outcome.missed)} DID NOT STRIKE"
                if judge.papers:
                    told += f", see {_kept(judge.papers, engine, options)}"
                print(f"{engine}: {act.name}: {outcome.attacks} attacks, {told}", flush=True)
    return outcomes


def _kept(papers: str, engine: str, options: argparse.Namespace) -> Path:
    """The file of that engine, with these papers behind what it has already."""
    options.papers.mkdir(parents=True, exist_ok=True)
    file: Path = options.papers / f"faults-{options.seed}-{engine.replace(' ', '-')}.txt"
    with file.open("a", encoding="utf-8") as out:
        out.write(f"{papers}\n\n")
    return file


@contextlib.contextmanager
def _server(engine: str) -> Iterator[real_postgres.Postgres | None]:
    if engine == "sqlite":
        yield None
        return
    real_postgres._SETTINGS.update(_DURABLE)  # noqa: SLF001 -- the tests need no other way
    server = real_postgres.Postgres()
    try:
        server.start()
        yield server
    finally:
        server.stop()


async def attack(options: argparse.Namespace) -> bool:
    """Attack and print. Returns whether all promises held."""
    began = time.monotonic()
    stopped_with_us()
    outcomes: list[Outcome] = []
    unfit = PROGRAM is None and options.engine in {"all", "replicas"}
    for engines in _SIDE_BY_SIDE[: 1 if unfit else None]:
        async with asyncio.TaskGroup() as group:
            runs = [
                group.create_task(on_engine(engine, options))
                for engine in engines
                if options.engine == "all" or engine.endswith(options.engine)
            ]
        outcomes += [outcome for run in runs for outcome in run.result()]
    print(
        f"\nSeed {options.seed}, {'long' if options.long else 'short'} form; Python"
        f" {platform.python_version()}, {os.cpu_count()} processors,"
        f" {time.monotonic() - began:.0f} s in all\n"
    )
    print(outcome_table(outcomes), end="\n\n")
    broken = broken_promises(outcomes)
    if broken:
        print(broken, end="\n\n")
    if unfit:
        print(_NO_BALANCER)
    print(longest_wait(outcomes))
    has_killed = True
    if options.engine == "all" and not options.only:
        has_killed, words = kills_bar(outcomes, long=options.long)
        print(words)
    print(closing_line(outcomes))
    # What is left out there is not proven.
    return not broken and has_killed and not (unfit and os.environ.get("CI"))


def main() -> int:
    """Read the command line. Returns 0 where all promises held, else 1."""
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--short", action="store_true", help="the usual form (the default)")
    form.add_argument("--long", action="store_true", help="at least 300 kills on each engine")
    parser.add_argument("--engine", choices=("all", *_ENGINES), default="all")
    parser.add_argument("--seed", type=int, default=_SEED, help=f"of the schedule ({_SEED})")
    parser.add_argument("--only", default="", help="acts whose name has one of these words (comma)")
    parser.add_argument(
        "--papers",
        type=Path,
        default=Path(tempfile.gettempdir()),
        metavar="FOLDER",
        help="where all is kept that is known of a broken promise (the system's temporary folder)",
    )
    return 0 if asyncio.run(attack(parser.parse_args())) else 1


if __name__ == "__main__":
    sys.exit(main())

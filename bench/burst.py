"""`python -m bench burst`: 60 and 200 lead links within a minute in one group, on virtual time.

Telegram (the sandbox) keeps its limits and is the judge. Everything is in one process whose clock
jumps to the next thing due, so that nothing is waited for in real time: figures are seconds that
people wait for Telegram's limits and for each other, as on a machine that costs no time.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bench.figures import Bar, table
from bench.naive import running_naive
from bench.shift import People, Shift, operators
from bot.budget import Budget
from sandbox.world import ADMINS, DemoPerson
from storage.db import Database
from storage.migrate import migrate
from tests.harness.crm import LOGIN, PASSWORD
from tests.harness.virtual import VirtualClock, run_virtually
from tests.harness.world import World, a_world

#: The bars (seconds, and times less than the naive bot).
_MOST_SECONDS = {60: 20.0, 200: 60.0}
_TIMES_LESS = 5.0
_SEED = 20_261_123


class Refusals:
    """Stands before Telegram and counts its 429s."""

    def __init__(self) -> None:
        self.count = 0

    @property
    def middleware(self) -> Middleware:
        """For the sandbox's application."""

        @web.middleware
        async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            self.count += response.status == web.HTTPTooManyRequests.status_code
            return response

        return counted


@contextlib.asynccontextmanager
async def _furnished(
    database_url: str, staff: Sequence[DemoPerson], refusals: Refusals
) -> AsyncIterator[World]:
    """The group with its people; no bot yet."""
    async with a_world(
        database_url,
        limits=True,
        bound=False,
        running=False,
        budget=Budget,
        middleware=refusals.middleware,
        clock=VirtualClock(),
    ) as world:
        world.idle = 1.0
        for who in staff:
            await world.arrive(who)
        world.group = await world.new_group(members=(*staff, *ADMINS))
        world.tg.telegram.updates.drop_pending()
        yield world


async def _ticking(world: World) -> None:
    """The scheduler's own timer knows the wall's time only."""
    while True:
        await asyncio.sleep(1)
        await world.bot.parts.deadlines.tick()


async def ours(database_url: str, posts: int, *, strangers: float = 0.0) -> Shift:
    """The product under a burst. `strangers`: the part of the operators who never started it."""
    staff, refusals = operators(posts, strangers=strangers), Refusals()
    async with _furnished(database_url, staff, refusals) as world:
        await world.bind(world.group)
        await world.give_roles(staff)
        await world.start_bot()
        leads: dict[int, str] = {}

        async def decides(data: str) -> str | None:
            case, _, rest = data.partition(":")
            if ":allow" not in rest:
                return None
            if int(case) not in leads:
                leads.update(await world.rows("SELECT id, lead FROM cases"))
            return leads[int(case)]

        ticking = asyncio.create_task(_ticking(world))
        try:
            shift = await People(world, decides, posts=posts, seed=_SEED).work(staff)
        finally:
            ticking.cancel()
    shift.refused = refusals.count
    return shift


async def naive(database_url: str, posts: int) -> Shift:
    """The naive bot under the same burst."""
    staff, refusals = operators(posts), Refusals()
    async with (
        _furnished(database_url, staff, refusals) as world,
        running_naive(world.tg.token, world.tg.url, world.crm.url, LOGIN, PASSWORD),
    ):

        async def decides(data: str) -> str | None:
            return data.partition(":")[0]

        shift = await People(world, decides, posts=posts, seed=_SEED).work(staff)
    shift.refused = refusals.count
    return shift


async def _on_a_new_file(play: Callable[[str], Awaitable[Shift]]) -> Shift:
    with tempfile.TemporaryDirectory(prefix="workchats-burst-") as folder:
        url = f"sqlite+aiosqlite:///{Path(folder)}/workchats.db"
        database = Database(url)
        try:
            await migrate(database)
        finally:
            await database.close()
        return await play(url)


def play(what: Callable[[str], Awaitable[Shift]]) -> Shift:
    """One burst on a database of its own, in a time of its own."""
    return run_virtually(_on_a_new_file(what))


def most(waits: Sequence[float], part: float = 0.95) -> float:
    """The percentile, in seconds."""
    return statistics.quantiles(waits, n=100, method="inclusive")[round(100 * part) - 1]


def _three(waits: Sequence[float]) -> str:
    return f"{statistics.median(waits):.0f} / {most(waits):.0f} / {waits[-1]:.0f}"


def burst_table(shifts: dict[str, Shift]) -> str:
    """All bursts side by side."""
    rows = [["", *shifts]]
    for words, since, until in (
        ("post → admins can act, s median / p95 / worst", "posted", "shown"),
        ("post → operator knows, s", "posted", "told"),
        ("press → operator knows, s", "pressed", "told"),
        ("press → the chat shows it, s", "pressed", "seen"),
    ):
        rows.append([words, *(_three(one.waits(until, since)) for one in shifts.values())])
    for words, name in (
        ("messages sent to the group", "sent"),
        ("edits in the group", "edited"),
        ("messages to people", "private"),
        ("429s drawn", "refused"),
    ):
        rows.append([words, *(str(getattr(one, name)) for one in shifts.values())])
    return table(rows)


def burst(counts: Sequence[int] = (60, 200)) -> list[Bar]:
    """Play all, print the tables."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    bars: list[Bar] = []
    for posts in counts:
        shifts = {
            "naive": play(partial(naive, posts=posts)),
            "product": play(partial(ours, posts=posts)),
            "a third not started": play(partial(ours, posts=posts, strangers=1 / 3)),
        }
        print(f"\n{posts} lead links within a minute, 2 admins\n")
        print(burst_table(shifts), end="\n\n")
        bars += bars_of_burst(posts, shifts.pop("naive"), shifts, times_less=posts == counts[0])
    return bars


def bars_of_burst(
    posts: int, naive: Shift, ours: Mapping[str, Shift], *, times_less: bool
) -> Iterator[Bar]:
    """What was wanted of the product in a burst; the first column is compared with naive's."""
    limit = _MOST_SECONDS[posts]
    for name, shift in ours.items():
        seconds = most(shift.waits("shown"))
        yield Bar(
            f"{posts} posts, {name}: p95 until admins can act under {limit:g} s ({seconds:.0f})",
            seconds < limit,
        )
        yield Bar(f"{posts} posts, {name}: no 429 drawn ({shift.refused})", not shift.refused)
    if times_less:
        mine = next(iter(ours.values()))
        less = statistics.mean(naive.waits("shown")) / statistics.mean(mine.waits("shown"))
        yield Bar(
            f"{posts} posts: {_TIMES_LESS:g} times less waiting than naive ({less:.1f})",
            less >= _TIMES_LESS,
        )

"""One run on one engine: acts one after another, each healed and judged before the next."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import func, select

from faults.evidence import gather, looking
from faults.invariants import Violation, repeats, violations
from faults.people import ADMINS, People
from faults.stand import Stand
from sandbox.telegram.errors import ControlError
from storage import tables as t
from tests.postgres import Postgres

#: Real seconds in which a healthy world must have done everything.
_PATIENCE = 90.0
#: Time that may be let pass for it, all together.
_MOST_AHEAD = 7200.0
#: Of this time an act may need so much: a lease of somebody dead (50 s at most) and a few pauses
#: between tries; where the CRM was away for hours the pauses have grown to five minutes.
_SOON, _LATER = 120.0, 600.0
_FOR_HOURS = ("for hours", "everything")
#: Real seconds without any progress after which time is let pass, and seconds of it at least.
_STILL, _STEP = 1.0, 5.0


@dataclass(slots=True, kw_only=True)
class Scene:
    """What an attack has at hand. `chance` is the act's own: the seed and its name make it."""

    at: Stand
    people: People
    chance: random.Random
    postgres: Postgres | None
    attacks: int = 0
    waited: float = 0.0
    broken: list[Violation] = field(default_factory=list)

    def attack(self) -> None:
        """One more attack is being made."""
        self.attacks += 1

    def breaks(self, rule: str, what: str) -> None:
        """An attack has seen by itself that a promise is broken."""
        self.broken.append(Violation(kind="lost", rule=rule, case=0, what=what))

    @contextlib.asynccontextmanager
    async def troubled(self) -> AsyncIterator[None]:
        """All the while something may be sent and not noted: messages may come twice."""

        async def tick() -> None:
            while True:
                self.at.trouble()
                await asyncio.sleep(1.0)

        ticking = asyncio.create_task(tick())
        try:
            yield
        finally:
            self.at.trouble()
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A kind of attack.

    Attributes:
        name: as the table shows it.
        run: makes so many attacks.
        short, long: how many, in either form.
        engine: the one that it is about; "" for both, "replicas" for several bots on PostgreSQL.
    """

    name: str
    run: Callable[[Scene, int], Awaitable[None]]
    short: int
    long: int
    engine: str = ""

    def is_for(self, engine: str) -> bool:
        """Whether it is made there: an engine, or "2 replicas"."""
        if self.engine == "replicas":
            return engine.endswith(self.engine)
        return self.engine == engine or (not self.engine and not engine.endswith("replicas"))


@dataclass(slots=True, kw_only=True)
class Outcome:
    """How an act ended.

    Attributes:
        repeated: private answers that came twice, as the docs allow after a death.
        waited: seconds of turned clocks until nothing was left to do.
        seconds: that it took.
    """

    name: str
    engine: str
    attacks: int
    kills: int
    broken: list[Violation] = field(default_factory=list)
    repeated: int = 0
    waited: float = 0.0
    seconds: float = 0.0

    def count(self, kind: str) -> int:
        """How many promises were broken in that way."""
        return sum(1 for one in self.broken if one.kind == kind)

    @property
    def survived(self) -> int:
        """Attacks that broke nothing."""
        return max(0, self.attacks - len(self.broken))


@dataclass(slots=True, kw_only=True)
class Judge:
    """Knows what was broken before: each act answers for its own."""

    known: set[Violation] = field(default_factory=set)
    repeated: int = 0

    async def of(self, scene: Scene) -> tuple[list[Violation], int]:
        """What is newly broken, and how many more answers were repeated."""
        seen = await gather(scene.at, scene.people.ledger, ADMINS)
        found = violations(seen)
        if any(one not in self.known for one in found):
            # Something may have been under way.
            await asyncio.sleep(2.0)
            await settled(scene)
            seen = await gather(scene.at, scene.people.ledger, ADMINS)
            found = violations(seen)
        fresh = [one for one in found if one not in self.known]
        self.known.update(fresh)
        before, self.repeated = self.repeated, repeats(seen)
        return fresh, self.repeated - before


async def play(scene: Scene, act: Act, times: int, judge: Judge, engine: str) -> Outcome:
    """Make the attacks, heal the world, and look what has become of it."""
    began, deaths = time.monotonic(), scene.at.deaths
    try:
        await act.run(scene, times)
    except (RuntimeError, AssertionError, TimeoutError, ControlError) as error:
        # What should have come never came: that is a finding, and the other acts go on.
        scene.breaks("nothing is stuck", f"{type(error).__name__}: {error}")
    await heal(scene)
    await settled(scene)
    broken, repeated = await judge.of(scene)
    return Outcome(
        name=act.name,
        engine=engine,
        attacks=scene.attacks,
        kills=scene.at.deaths - deaths,
        broken=[*scene.broken, *broken, *too_late(act.name, scene.waited)],
        repeated=repeated,
        waited=scene.waited,
        seconds=time.monotonic() - began,
    )


def too_late(name: str, waited: float) -> list[Violation]:
    """Whether an act left more to wait for than anything of it explains."""
    most = _LATER if any(words in name for words in _FOR_HOURS) else _SOON
    if waited <= most:
        return []
    what = (
        f"it took {waited:.0f} s until nothing was left to do, {most:.0f} s at most are explained"
    )
    return [Violation(kind="lost", rule="nothing is stuck", case=0, what=what)]


async def heal(scene: Scene) -> None:
    """The world is well again; the bot lives."""
    at = scene.at
    if scene.postgres is not None:
        await asyncio.to_thread(scene.postgres.resume)
    for keeper in at.keepers:
        keeper.traps.clear()
    at.turn_clock(0.0)
    await at.crm_heals()
    await at.control.clear_faults()
    if at.database_wire is not None:
        at.database_wire.is_open = True
        at.database_wire.lose_commits = 0
    await at.live()


async def settled(scene: Scene) -> None:
    """Let admins decide what waits, and the bot do all that it has to do."""
    async with scene.people.admins_at_work():
        await _quiet(scene, with_cases=True)
    await _quiet(scene, with_cases=False)


async def _quiet(scene: Scene, *, with_cases: bool) -> None:
    until, ahead, calm = time.monotonic() + _PATIENCE, 0.0, 0
    before, since = None, time.monotonic()
    while time.monotonic() < until and calm < 2:  # noqa: PLR2004 -- a second look, to be sure
        left, next_due = await _left(scene, with_cases=with_cases)
        calm = 0 if any(left) else calm + 1
        if left != before:
            before, since = left, time.monotonic()
        elif time.monotonic() - since > _STILL and ahead < _MOST_AHEAD:
            # It waits for its next try, for a lease, for Telegram's minute: let time pass.
            step = max(next_due - scene.at.now(), _STEP)
            await scene.at.advance(step)
            ahead, since = ahead + step, time.monotonic()
            scene.waited += step
        await asyncio.sleep(0.15)


async def _left(scene: Scene, *, with_cases: bool) -> tuple[tuple[int, ...], float]:
    """What is left to do, counted, and when the first row of the outbox is due."""
    at = scene.at
    now = datetime.fromtimestamp(at.now(), UTC)
    o, d, c = t.outbox.c, t.deadlines.c, t.cases.c
    async with looking(at) as connection:
        rows = await connection.scalar(select(func.count()).where(o.state == "pending"))
        due = await connection.scalar(select(func.min(o.due_at)).where(o.state == "pending"))
        late = await connection.scalar(
            select(func.count()).where(d.state == "pending", d.due_at <= now)
        )
        cases = await connection.scalar(
            select(func.count()).where(c.closed_at.is_(None), c.state.in_(("reading", "waiting")))
        )
    left = (rows, late, cases if with_cases else 0, await at.waiting_updates())
    return left, 0.0 if due is None else due.timestamp()

"""One run on one engine: acts one after another, each healed and judged before the next."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from faults.chats import OtherChats
from faults.dossier import dossier
from faults.evidence import Evidence, gather, looking
from faults.invariants import Violation, other_chats, repeats, violations
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
#: Real seconds in which an attack must have struck, and between two looks.
_STRIKES, _LOOK = 20.0, 0.03


@dataclass(slots=True, kw_only=True)
class Scene:
    """What an attack has at hand. `chance` is the act's own: the seed and its name make it.

    Attributes:
        everywhere: there is work in all six chats, not in «РФ Админы» alone.
        missed: attacks that did not strike, and why.
    """

    at: Stand
    people: People
    chats: OtherChats
    chance: random.Random
    postgres: Postgres | None
    everywhere: bool = False
    attacks: int = 0
    missed: list[str] = field(default_factory=list)
    waited: float = 0.0
    broken: list[Violation] = field(default_factory=list)

    def attack(self) -> None:
        """One more attack is being made."""
        self.attacks += 1

    def misses(self, why: str) -> None:
        """The attack did not strike: nothing is proven by it."""
        self.missed.append(why)

    async def strikes(
        self, has_struck: Callable[[], bool | Awaitable[bool]], what: str, within: float = _STRIKES
    ) -> bool:
        """Wait until the attack is seen to have struck; else it counts as missed."""
        until = time.monotonic() + within
        while True:
            seen = has_struck()
            if seen if isinstance(seen, bool) else await seen:
                return True
            if time.monotonic() > until:
                self.misses(what)
                return False
            await asyncio.sleep(_LOOK)

    async def crm_goes_wrong(self, **order: Any) -> bool:
        """Let it, and wait until a request of the bot has met that."""
        times = order.get("times", 1)
        number = await self.at.crm_fault(**order)

        async def met() -> bool:
            return bool((await self.at.crm_faults()).get(number, 0) < times)

        return await self.strikes(met, f"no request met {order}")

    async def telegram_goes_wrong(self, method: str, kind: str, **order: Any) -> bool:
        """The same of Telegram. What an earlier one has left over is forgotten."""
        await self.at.control.clear_faults()
        await self.at.control.fault(method, kind, **order)
        times = order.get("times", 1)

        async def met() -> bool:
            return bool(await self.at.telegram_faults() < times)

        return await self.strikes(met, f"no call of {method} met {kind}, {order}")

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Whoever works in this act does."""
        async with contextlib.AsyncExitStack() as work:
            await work.enter_async_context(self.people.at_work())
            if self.everywhere:
                await work.enter_async_context(self.chats.at_work())
            yield

    @contextlib.asynccontextmanager
    async def deciders_at_work(self) -> AsyncIterator[None]:
        """Only what waits is decided."""
        async with self.people.admins_at_work(), self.chats.staff_at_work():
            yield

    async def all_taken(self) -> None:
        """Wait until the bot has confirmed whatever was posted and pressed."""

        async def none_waits() -> bool:
            return not await self.at.waiting_updates()

        await self.strikes(none_waits, "the bot has not taken what was before it", _PATIENCE)

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
        replicas: how many on several bots, in the short and in the long form, where it is not about
            these alone.
        everywhere: with work in all six chats.
    """

    name: str
    run: Callable[[Scene, int], Awaitable[None]]
    short: int
    long: int
    engine: str = ""
    replicas: tuple[int, int] = (0, 0)
    everywhere: bool = False

    def times(self, engine: str, *, long: bool) -> int:
        """How many are made there: on an engine, or "2 replicas"; 0: it is not made."""
        here = (self.short, self.long)
        if engine.endswith("replicas"):
            return (here if self.engine == "replicas" else self.replicas)[long]
        return here[long] if self.engine in {"", engine} else 0


@dataclass(slots=True, kw_only=True)
class Outcome:
    """How an act ended.

    Attributes:
        missed: attacks that did not strike, and why.
        repeated: private answers that came twice, as the docs allow after a death.
        waited: seconds of turned clocks until nothing was left to do.
        seconds: that it took.
    """

    name: str
    engine: str
    attacks: int
    kills: int
    missed: list[str] = field(default_factory=list)
    broken: list[Violation] = field(default_factory=list)
    repeated: int = 0
    waited: float = 0.0
    seconds: float = 0.0

    def count(self, kind: str) -> int:
        """How many promises were broken in that way."""
        return sum(1 for one in self.broken if one.kind == kind)

    @property
    def survived(self) -> int:
        """Attacks that struck and broke nothing."""
        return max(0, self.attacks - len(self.missed) - len(self.broken))


@dataclass(slots=True, kw_only=True)
class Judge:
    """Knows what was broken before: each act answers for its own.

    Attributes:
        papers: what was seen of the promises that the last act has broken.
    """

    known: set[Violation] = field(default_factory=set)
    repeated: int = 0
    papers: str = ""

    async def of(self, scene: Scene) -> tuple[list[Violation], int]:
        """What is newly broken, and how many more answers were repeated."""
        seen, found = await self._look(scene)
        if any(one not in self.known for one in found):
            # Something may have been under way.
            await asyncio.sleep(2.0)
            await settled(scene)
            seen, found = await self._look(scene)
        fresh = [one for one in found if one not in self.known]
        self.papers = dossier(seen, fresh)
        self.known.update(fresh)
        before, self.repeated = self.repeated, repeats(seen)
        return fresh, self.repeated - before

    async def _look(self, scene: Scene) -> tuple[Evidence, list[Violation]]:
        seen = await gather(scene.at, scene.people.ledger, ADMINS)
        found = violations(other_chats.of_admins(seen))
        if scene.chats.groups:
            there = other_chats.Elsewhere(
                seen=seen, memory=scene.chats.memory, managers=await scene.chats.managers()
            )
            found += other_chats.violations(there)
        return seen, list(dict.fromkeys(found))


async def play(scene: Scene, act: Act, times: int, judge: Judge, engine: str) -> Outcome:
    """Make the attacks, heal the world, and look what has become of it."""
    began, deaths = time.monotonic(), scene.at.deaths
    try:
        if act.everywhere:
            await scene.chats.open()
            scene.everywhere = True
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
        missed=scene.missed,
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
    async with scene.deciders_at_work():
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

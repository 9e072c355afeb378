"""`kill -9`: at random times, and at every named step."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence

from faults.people import OPERATORS
from faults.scene import Act, Scene

#: Seconds that a life with a trap has for meeting it, under load.
_PATIENCE = 20.0
#: Seconds that a start takes at least; where it is quicker, who aims too late aims earlier.
_START = 0.4
_TRIES = 8
_BEFORE, _AFTER = "before commit", "after commit"

#: (step, moment, commit). An update's first transaction notes the person's name, if this life has
#: not met him yet; the second decides.
_BEFORE_COMMIT = (("message", _BEFORE, 2), ("callback_query", _BEFORE, 2), ("*", _BEFORE, 1))
_BEFORE_CONFIRM = (("message", _AFTER, 2), ("callback_query", _AFTER, 2))
_SENT = (("card", _BEFORE, 1), ("tell", _BEFORE, 1))
_WRITTEN = (
    ("write_comment", _BEFORE, 1),
    ("set_disposition", _BEFORE, 1),
    ("read_lead", _BEFORE, 1),
    ("write_comment", _AFTER, 1),
)
#: More posts than a group's minute has room for.
_BURST = 16
_MOVED = (("migrate", _BEFORE, 1), ("migrate", _AFTER, 1))


async def at_random(scene: Scene, times: int) -> None:
    """Whatever it is doing just then."""
    keeper = scene.at.keeper
    async with scene.at_work():
        for _ in range(times):
            await keeper.ready()
            await asyncio.sleep(scene.chance.uniform(0.0, 1.2))
            scene.attack()
            if not await keeper.kill():
                scene.misses("it was dead already")


async def as_it_starts(scene: Scene, times: int) -> None:
    """Before it is ready: while it migrates the schema, takes up its rows, greets Telegram."""
    keeper, longest = scene.at.keeper, _START
    async with scene.at_work():
        for _ in range(times):
            scene.attack()
            for _ in range(_TRIES):
                await keeper.kill()
                await keeper.born()
                await asyncio.sleep(scene.chance.uniform(0.0, longest))
                if await keeper.kill() and not keeper.deaths[-1].got_ready:
                    break
                longest *= 0.5
            else:
                scene.misses("it was ready each time")
            # Sometimes it gets ready before the next one.
            await asyncio.sleep(scene.chance.uniform(0.0, 1.2))


def at_steps(
    steps: Sequence[tuple[str, str, int]], *, most: int = 3
) -> Callable[[Scene, int], Awaitable[None]]:
    """At these steps in turn, the first to the `most`th time that they are done in a life."""

    async def run(scene: Scene, times: int) -> None:
        keeper = scene.at.keeper
        for step, moment, commit in itertools.islice(itertools.cycle(steps), times - 1):
            nth = scene.chance.randint(1, most) if commit == 1 and step != "*" else 1
            keeper.traps.append(f"{step}:{moment}:{nth}:{commit}")
        async with scene.at_work():
            # The life that has no trap ends first.
            scene.attack()
            await keeper.kill()
            for trap in list(keeper.traps):
                deaths = len(keeper.deaths)
                scene.attack()
                if not await keeper.dead(deaths, _PATIENCE):
                    raise RuntimeError(f"nobody came by the trap {trap}")
                if keeper.deaths[deaths].trap != trap:
                    scene.misses(f"it did not die by the trap {trap}")

    return run


async def as_a_group_moves(scene: Scene, times: int) -> None:
    """In the middle of a group's becoming a supergroup, with open cases in it."""
    at, people = scene.at, scene.people
    for step, moment, commit in itertools.islice(itertools.cycle(_MOVED), times):
        group = await people.found_group("Переезд", kind="group")
        asked = [await people.ask(group, operator) for operator in OPERATORS[-3:]]
        for one in asked:
            await people.card(one)
        await at.keeper.lay_down()
        fresh = await at.control.migrate(group)
        # Somebody asks in the new one before the bot has heard of it.
        await people.ask(fresh, scene.chance.choice(OPERATORS))
        at.keeper.traps.append(f"{step}:{moment}:1:{commit}")
        deaths = len(at.keeper.deaths)
        scene.attack()
        at.keeper.keeps.set()
        if not await at.keeper.dead(deaths, _PATIENCE):
            raise RuntimeError("the group did not move")
        async with people.admins_at_work():
            await at.keeper.ready()
            await asyncio.sleep(1.0)


async def in_a_burst(scene: Scene, times: int) -> None:
    """While more is posted than Telegram lets it say: one digest speaks for many."""
    at, people = scene.at, scene.people
    at.keeper.environment["FAULTS_BUDGET"] = "own"
    await at.control.limits(on=True)
    try:
        for _ in range(times):
            group = await people.found_group("Наплыв")
            await at.keeper.lay_down()
            for number in range(_BURST):
                await people.ask(group, OPERATORS[number % len(OPERATORS)])
            # The second card is a digest.
            at.keeper.traps.append(f"card:{_BEFORE}:{scene.chance.randint(1, 2)}:1")
            deaths = len(at.keeper.deaths)
            scene.attack()
            at.keeper.keeps.set()
            if not await at.keeper.dead(deaths, _PATIENCE):
                raise RuntimeError("nobody sent a card")
            await at.keeper.ready()
            async with people.admins_at_work():
                await asyncio.sleep(2.0)
                scene.attack()
                await at.keeper.kill()
            await at.advance(60.0)
    finally:
        await at.control.limits(on=False)
        at.keeper.environment["FAULTS_BUDGET"] = "boundless"
        await at.keeper.kill()


ACTS = (
    Act(name="kill -9 at random", run=at_random, short=12, long=120),
    Act(name="kill -9 as it starts", run=as_it_starts, short=3, long=50),
    Act(name="kill -9 before commit", run=at_steps(_BEFORE_COMMIT), short=5, long=30),
    Act(
        name="kill -9 after commit, before confirm", run=at_steps(_BEFORE_CONFIRM), short=5,
        long=30,
    ),
    Act(name="kill -9 after send, before note", run=at_steps(_SENT), short=5, long=30),
    Act(name="kill -9 after CRM write, before note", run=at_steps(_WRITTEN), short=6, long=36),
    Act(name="kill -9 as a group becomes a supergroup", run=as_a_group_moves, short=2, long=6),
    Act(name="kill -9 in a burst", run=in_a_burst, short=1, long=3),
)  # fmt: skip

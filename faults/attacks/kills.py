"""`kill -9`: at random times, and at every named step."""

from __future__ import annotations

import asyncio

from faults.scene import Act, Scene

#: Seconds that a life with a trap has for meeting it, under load.
_PATIENCE = 12.0

#: An update's first transaction notes the person's name; the second decides.
_STEPS = {
    "before commit: post": ("message", "before commit", 2),
    "before commit: press": ("callback_query", "before commit", 2),
    "after commit, before confirm: post": ("message", "after commit", 2),
    "after commit, before confirm: press": ("callback_query", "after commit", 2),
    "after send, before note: card": ("card", "before commit", 1),
    "after send, before note: answer": ("tell", "before commit", 1),
    "after CRM read, before note": ("read_lead", "before commit", 1),
    "after CRM write, before note: comment": ("write_comment", "before commit", 1),
    "after CRM write, before note: status": ("set_disposition", "before commit", 1),
    "after note": ("write_comment", "after commit", 1),
    "as it starts": ("*", "before commit", 1),
}


async def at_random(scene: Scene, times: int) -> None:
    """Whatever it is doing just then."""
    keeper = scene.at.keeper
    async with scene.people.at_work():
        for _ in range(times):
            await keeper.ready()
            await asyncio.sleep(scene.chance.uniform(0.0, 1.5))
            scene.attack()
            await keeper.kill()


def _at(step: tuple[str, str, int]) -> object:
    name, moment, commit = step

    async def run(scene: Scene, times: int) -> None:
        keeper = scene.at.keeper
        async with scene.people.at_work():
            for _ in range(times):
                nth = 1 if name == "*" else scene.chance.randint(1, 3)
                keeper.traps.append(f"{name}:{moment}:{nth}:{commit}")
                await keeper.kill()
                deaths = len(keeper.deaths)
                scene.attack()
                if not await keeper.dead(deaths, _PATIENCE):
                    raise RuntimeError(f"nobody came by the trap {name}:{moment}:{nth}:{commit}")

    return run


ACTS = (
    Act(name="kill -9 at random", run=at_random, short=14, long=120),
    *(
        Act(name=f"kill -9 {name}", run=_at(step), short=2, long=12)  # type: ignore[arg-type]
        for name, step in _STEPS.items()
    ),
)

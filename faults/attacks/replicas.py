"""Several bots behind a balancer: killed one by one, restarted in turn, and the one that speaks."""

from __future__ import annotations

import asyncio
import signal

import aiohttp
from sqlalchemy import text

from bench.processes import running
from faults.keeper import Keeper
from faults.scene import Act, Scene
from faults.stand import Stand

#: Seconds in which somebody else must speak when the one that spoke is gone.
_SILENCE = 5.0
#: As the deployment guide has it: so long after it is ready the balancer knows.
_NOTICED = 1.0
_PATIENCE = 60.0
#: What a backup has from beginning to end, seconds.
_AS_A_BACKUP = text("LOCK TABLE cases, outbox, people, history IN ACCESS SHARE MODE")
_BACKUP = 5.0


async def killed_one_by_one(scene: Scene, times: int) -> None:
    """Any of them, whatever it is doing; before the last one is back, too."""
    keepers = scene.at.keepers
    async with scene.at_work():
        for _ in range(times):
            await asyncio.sleep(scene.chance.uniform(0.0, 1.2))
            scene.attack()
            await scene.chance.choice(keepers).kill()


async def restarted_in_turn(scene: Scene, times: int) -> None:
    """As an upgrade does it: each is told to end, the next one when it is ready again.

    Telegram must not have to bring a single update twice: whoever presses is answered at once.
    """
    at, front, ledger = scene.at, scene.at.balancer, scene.people.ledger
    assert front is not None
    async with scene.at_work():
        await asyncio.sleep(1.0)
        before, pressed = front.failed(), len(ledger.pressed)
        for number in range(times):
            place = number % len(at.keepers)
            scene.attack()
            await _restart(at.keepers[place])
            await _is_ready(at.http, front.ready_url(place))
            await asyncio.sleep(_NOTICED)
        failed = front.failed() - before
        unanswered = [one for one in ledger.pressed[pressed:] if not one.text]
    if failed:
        scene.breaks("a rolling restart is not felt", f"{failed} updates had to come again")
    # Taken, or it would have come again, and lost all the same.
    for one in unanswered:
        scene.breaks("a rolling restart is not felt", f"no answer to {one}")


async def _restart(keeper: Keeper) -> None:
    await keeper.ready()
    deaths = len(keeper.deaths)
    keeper.signal(signal.SIGTERM)
    if not await keeper.dead(deaths, _PATIENCE):
        raise RuntimeError("it does not end")
    if keeper.deaths[-1].status:
        raise RuntimeError(f"it ended with {keeper.deaths[-1].status}: {list(keeper.lines)}")
    await keeper.ready()


async def _is_ready(http: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            async with http.get(url) as answer:
                if answer.ok:
                    return
            await asyncio.sleep(0.1)


async def speaker_killed(scene: Scene, times: int) -> None:
    """The one replica that speaks to Telegram; another one must go on at once."""
    async with scene.at_work():
        for _ in range(times):
            await scene.at.live()
            await asyncio.sleep(scene.chance.uniform(0.2, 1.5))
            before = await _speaker(scene)
            # The dead one lives again at once: it may as well be the one that goes on.
            scene.attack()
            await before.kill()
            began = asyncio.get_running_loop().time()
            await _speaker(scene)
            silent = asyncio.get_running_loop().time() - began
            if silent > _SILENCE:
                scene.breaks("somebody speaks", f"nobody did for {silent:.1f} s")


async def _speaker(scene: Scene) -> Keeper:
    """Who has last said that he speaks, and lives."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            last = max(scene.at.keepers, key=lambda keeper: keeper.spoke_at)
            if last.spoke_at:
                return last
            await asyncio.sleep(0.05)


async def speaker_killed_in_a_burst(scene: Scene, times: int) -> None:
    """While more is posted than Telegram lets a bot say: all of them together have one budget."""
    at = scene.at
    for keeper in at.keepers:
        keeper.environment["FAULTS_BUDGET"] = "own"
        await keeper.kill()
    await at.advance(60.0)
    await at.control.limits(on=True)
    began = at.now()
    try:
        await at.live()
        await speaker_killed(scene, times)
    finally:
        drawn = [
            note
            for note in await at.control.log()
            if note["at"] >= began and note["error_code"] == _TOO_MANY
        ]
        await at.control.limits(on=False)
        for keeper in at.keepers:
            keeper.environment["FAULTS_BUDGET"] = "boundless"
            await keeper.kill()
    if drawn:
        scene.breaks("one budget for all", f"{len(drawn)} times too much was said: {drawn[0]}")


_TOO_MANY = 429


async def migrated_meanwhile(scene: Scene, times: int) -> None:
    """The next release migrates while replicas of this one work, and somebody makes a backup.

    They stay in service, whoever presses is answered, and one that dies lives again.
    """
    at, front, ledger = scene.at, scene.at.balancer, scene.people.ledger
    assert front is not None
    async with scene.at_work():
        await asyncio.sleep(1.0)
        failed, pressed = front.failed(), len(ledger.pressed)
        for _ in range(times):
            scene.attack()
            async with at.database.transaction() as backup:
                await backup.execute(_AS_A_BACKUP)
                migration = asyncio.create_task(_next_release(at))
                await asyncio.sleep(_BACKUP)
            await migration
            await asyncio.sleep(1.0)
        failed = front.failed() - failed
        unanswered = [one for one in ledger.pressed[pressed:] if not one.text]
        if failed or unanswered:
            what = f"{failed} updates had to come again, {len(unanswered)} presses had no answer"
            scene.breaks("a migration is not felt", what)
        for keeper in at.keepers:
            scene.attack()
            await keeper.kill()
            await keeper.ready()


async def _next_release(at: Stand) -> None:
    async with running(
        *("-m", "faults.newer"), home=at.home, environment=at.keeper.environment,
        until="The database is at schema 9001",
    ):  # fmt: skip
        pass


ACTS = (
    Act(
        name="kill -9 of replicas, one by one", run=killed_one_by_one, short=8, long=50,
        engine="replicas",
    ),
    Act(name="rolling restart", run=restarted_in_turn, short=4, long=36, engine="replicas"),
    Act(name="the next release migrates", run=migrated_meanwhile, short=1, long=1,
        engine="replicas"),
    Act(name="kill -9 of the one that speaks", run=speaker_killed, short=3, long=20,
        engine="replicas"),
    Act(name="the same in a burst", run=speaker_killed_in_a_burst, short=1, long=30,
        engine="replicas"),
)  # fmt: skip

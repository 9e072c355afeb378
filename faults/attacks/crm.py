"""The CRM: away, slow, out of its mind, deaf after it has heard, and other people in it."""

from __future__ import annotations

import asyncio
from functools import partial

from crm_api.server.seed import BOT_LOGIN, BOT_PASSWORD
from faults.people import ADMINS, OPERATORS
from faults.scene import Act, Scene
from faults.stand import Stand

_TOO_EXPENSIVE = 100
#: Longer than the bot's CRM_TIMEOUT of the stand.
_TOO_LONG = 4.0
#: What writes into a lead; the second pins a refusal to an operator.
_WRITES = ({"method": "PUT"}, {"method": "POST", "path": "*refuse_order*"})
#: Between two tries of the bot, at first.
_LONGEST_PAUSE = 20.0


async def down_for_hours(scene: Scene, times: int) -> None:
    """Nobody answers at its door; admins decide all the same."""
    at = scene.at
    for _ in range(times):
        scene.attack()
        async with scene.at_work():
            await asyncio.sleep(0.5)
            refused = at.crm_wire.refused
            at.crm_wire.is_open = False
            at.crm_wire.cut()
            await asyncio.sleep(2.0)
            await scene.strikes(partial(_knocked, at, refused), "nobody knocked at its door")
        for _ in range(scene.chance.randint(2, 4)):
            await at.advance(scene.chance.uniform(1200, 3600))
            await asyncio.sleep(0.3)
        at.crm_wire.is_open = True


def _knocked(at: Stand, before: int) -> bool:
    return at.crm_wire.refused > before


async def slow(scene: Scene, times: int) -> None:
    """The effect comes late, or its answer does: sooner and later than the bot waits."""
    async with scene.at_work():
        for _ in range(times):
            scene.attack()
            await scene.crm_goes_wrong(
                kind=scene.chance.choice(("hang", "late", "behind")),
                status=scene.chance.choice((200, 502)),
                seconds=scene.chance.choice((0.5, 1.5, _TOO_LONG)),
                method=scene.chance.choice(("GET", "PUT")),
                times=scene.chance.randint(1, 3),
            )
            await asyncio.sleep(0.5)
    await _has_come()


async def slow_as_the_bot_dies(scene: Scene, times: int) -> None:
    """A write is on its way in a slow CRM when its sender is killed: it comes all the same.

    Whoever goes on finds no comment there yet, and must not write a second one.
    """
    async with scene.at_work():
        for _ in range(times):
            scene.attack()
            seconds = scene.chance.uniform(1.0, _TOO_LONG)
            if await scene.crm_goes_wrong(kind="hang", seconds=seconds, method="PUT", times=2):
                # It is on its way now.
                await asyncio.sleep(scene.chance.uniform(0.0, 0.9))
            await scene.chance.choice(scene.at.keepers).kill()
    await _has_come()


async def _has_come() -> None:
    """Whatever is on its way in a slow CRM. The bot waits for longer, by a clock nobody turns."""
    await asyncio.sleep(_TOO_LONG)


async def out_of_its_mind(scene: Scene, times: int) -> None:
    """Errors of the server, proxies' pages, garbage, nothing at all."""
    async with scene.at_work():
        for _ in range(times):
            scene.attack()
            kind = scene.chance.choice(("status", "garbage", "html", "empty", "cut_before"))
            more = {"status": scene.chance.choice((500, 502, 503, 504))}
            await scene.crm_goes_wrong(
                kind=kind,
                times=scene.chance.randint(1, 6),
                method=scene.chance.choice(("*", "GET", "PUT")),
                **(more if kind == "status" else {}),
            )
            await asyncio.sleep(0.4)


async def answers_lost(scene: Scene, times: int) -> None:
    """It writes, and the connection breaks before it can say so."""
    async with scene.at_work():
        for _ in range(times):
            scene.attack()
            what = _WRITES if scene.everywhere else _WRITES[:1]
            await scene.crm_goes_wrong(kind="cut_after", times=1, **scene.chance.choice(what))
            await asyncio.sleep(0.4)


async def changed_by_a_person(scene: Scene, times: int) -> None:
    """Somebody sets another status after the admin has decided and before the bot can write."""
    at, people = scene.at, scene.people
    for _ in range(times):
        asked = await people.ask(scene.chance.choice(people.groups), OPERATORS[0])
        # The card must know the lead: else nothing burns, and no status follows.
        button = await people.see(partial(people.button, asked.lead, "deny", "Первый заказ"))
        assert button is not None
        await at.crm_fault(kind="status", status=503, times=10_000)
        scene.attack()
        admin = scene.chance.choice(ADMINS)
        await people.press(asked.chat, button[0], admin, button[1])
        await at.set_status(asked.lead, _TOO_EXPENSIVE)
        people.ledger.touched[asked.lead] = _TOO_EXPENSIVE
        await at.crm_heals()
        await at.advance(_LONGEST_PAUSE)
        told = partial(people.words_to, asked.chat, asked.lead, "Статус лида уже другой")
        if await people.see(told) is None:
            scene.breaks("a conflict is shown", f"{asked.lead} was changed, and nobody says so")


async def token_stolen(scene: Scene, times: int) -> None:
    """Another program logs in with the bot's account: the CRM knows one session of each."""
    url = f"{scene.at.clerk.url}/api/v2/users/auth"
    async with scene.at_work():
        for _ in range(times):
            scene.attack()
            credentials = {"login": BOT_LOGIN, "password": BOT_PASSWORD}
            async with scene.at.http.post(url, json=credentials) as answer:
                assert answer.ok
            await scene.at.crm_forgets_requests()
            await scene.strikes(partial(_logs_in, scene.at), "the bot did not log in again")
            await asyncio.sleep(scene.chance.uniform(0.0, 0.5))


async def _logs_in(at: Stand) -> bool:
    return any(path.endswith("/users/auth") for path in await at.crm_requests())


ACTS = (
    Act(name="CRM down for hours", run=down_for_hours, short=1, long=3, replicas=(0, 2)),
    Act(name="CRM slow", run=slow, short=6, long=20, replicas=(0, 12)),
    Act(name="CRM slow, kill -9 meanwhile", run=slow_as_the_bot_dies, short=4, long=25),
    Act(
        name="CRM slow, kill -9 of replicas", run=slow_as_the_bot_dies, short=4, long=25,
        engine="replicas",
    ),
    Act(name="CRM says 5xx, garbage, nothing", run=out_of_its_mind, short=6, long=25,
        replicas=(0, 12)),
    Act(name="CRM writes, its answer is lost", run=answers_lost, short=8, long=25,
        replicas=(2, 10)),
    Act(name="CRM: a person changes the lead first", run=changed_by_a_person, short=2, long=6,
        replicas=(0, 4)),
    Act(name="CRM: the token is stolen", run=token_stolen, short=5, long=20, replicas=(0, 10)),
)  # fmt: skip

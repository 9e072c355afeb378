"""Telegram: updates twice and out of order, limits, errors, and groups that change under us."""

from __future__ import annotations

import asyncio
from functools import partial

from faults.people import ADMINS, OPERATORS, SHY, STRANGER, Asked, Pressed
from faults.scene import Act, Scene
from faults.stand import BOT_ID, OWNER, Stand

_HOUR = 3600.0
#: So many have one.
_AN_ORDER = 2
#: So many of the people's presses must be under way before the first of them is answered.
_AT_ONCE = 8


async def twice_and_out_of_order(scene: Scene, times: int) -> None:
    """What has waited comes in another order, and what was confirmed comes again."""
    at = scene.at
    for _ in range(times):
        async with scene.at_work():
            await at.live()
            await asyncio.sleep(1.0)
            scene.attack()
            if not await _again(at, scene.chance.randint(5, 40)):
                scene.misses("nothing came again")
            await asyncio.sleep(0.3)
            await at.lay_down()
            await asyncio.sleep(0.7)
            scene.attack()
            await _again(at, scene.chance.randint(1, 10))
            if await at.control.shuffle(scene.chance.randrange(10**6)) < _AN_ORDER:
                scene.misses("nothing could come in another order")
            await at.live()
            await asyncio.sleep(0.5)


async def _again(at: Stand, count: int) -> int:
    """How many come again."""
    return int((await at.control.call("POST", "/redeliver", {"count": count}))["count"])


async def ten_admins_at_once(scene: Scene, times: int) -> None:
    """Different buttons in the same moment, each press under several ids.

    The operator who asked presses as well, and somebody from the street. Behind a balancer all of
    these are posted to the replicas side by side: Telegram keeps the presses of one person in
    order, not those of a chat.
    """
    people, at = scene.people, scene.at
    for _ in range(times):
        asked = await people.ask(scene.chance.choice(people.groups), OPERATORS[0])
        found = await people.see(partial(people.button, asked.lead, "allow", "Первый заказ"))
        assert found is not None
        message, data = found
        presses = [(admin, scene.chance.choice(("allow", "deny"))) for admin in ADMINS]
        presses += [(person, "allow") for person in (STRANGER, OPERATORS[0], OPERATORS[1])]
        scene.chance.shuffle(presses)
        scene.attack()
        spans: list[tuple[float, float]] = []

        async def press(person: int, action: str, repeat: int) -> Pressed | None:
            began = at.now()
            answer = await people.press(
                asked.chat, message, person, data.replace("allow", action), wait=15.0,  # noqa: B023
                repeat=repeat,
            )  # fmt: skip
            spans.append((began, at.now()))  # noqa: B023
            return answer

        answers = await asyncio.gather(
            *(press(*one, repeat=scene.chance.randint(1, 5)) for one in presses)
        )
        first = min(end for _, end in spans)
        if sum(began < first for began, _ in spans) < _AT_ONCE:
            scene.misses("they did not press at once")
        winners = {(one.by, one.action) for one in answers if one is not None and one.is_accepted}
        if len(winners) != 1:
            scene.breaks("each decision is made once", f"{winners} were all told that they decided")


async def out_of_breath(scene: Scene, times: int) -> None:
    """429, again and again."""
    async with scene.at_work():
        for _ in range(times):
            scene.attack()
            await scene.telegram_goes_wrong(
                scene.chance.choice(("*", "sendMessage", "editMessageText")), "error",
                retry_after=scene.chance.randint(1, 3), times=scene.chance.randint(1, 8),
            )  # fmt: skip
            # The chats that were told to wait may speak again.
            await scene.at.advance(scene.chance.uniform(0.0, 3.0))
            await asyncio.sleep(0.5)


async def out_of_order(scene: Scene, times: int) -> None:
    """5xx, connections that break, answers that come late or never."""
    async with scene.troubled(), scene.at_work():
        for _ in range(times):
            scene.attack()
            kind = scene.chance.choice(("error", "drop", "lost_answer", "slow"))
            methods = ["*", "sendMessage", "editMessageText"]
            if scene.at.balancer is None:
                methods.append("getUpdates")
            await scene.telegram_goes_wrong(
                scene.chance.choice(methods), kind,
                times=scene.chance.randint(1, 4), code=scene.chance.choice((500, 502, 504)),
                seconds=scene.chance.uniform(0.1, 1.5),
            )  # fmt: skip
            await asyncio.sleep(0.5)


async def cards_deleted(scene: Scene, times: int) -> None:
    """Somebody deletes cards: before the decision, or just as it is being written down."""
    at, people = scene.at, scene.people
    for _ in range(times):
        asked = await people.ask(scene.chance.choice(people.groups), scene.chance.choice(OPERATORS))
        found = await people.see(partial(people.button, asked.lead, "allow"))
        assert found is not None
        message, data = found
        scene.attack()
        if scene.chance.random() < 0.5:  # noqa: PLR2004 -- one half
            await at.control.delete(asked.chat, message)
            # Another asks about the same lead: the card must be edited, and is gone.
            await people.ask(asked.chat, scene.chance.choice(OPERATORS), asked.lead)
            continue
        pressing = asyncio.create_task(people.press(asked.chat, message, ADMINS[0], data))
        await asyncio.sleep(scene.chance.uniform(0.0, 0.1))
        await at.control.delete(asked.chat, message)
        await pressing


async def group_moves(scene: Scene, times: int) -> None:
    """A group becomes a supergroup in the middle of cases, while admins press."""
    at, people = scene.at, scene.people
    for _ in range(times):
        group = await people.found_group("Переезд", kind="group")
        asked = [await people.ask(group, operator) for operator in OPERATORS[-4:]]
        await people.card(asked[0])
        async with people.admins_at_work():
            await asyncio.sleep(scene.chance.uniform(0.0, 0.4))
            scene.attack()
            fresh = await at.control.migrate(group)
            await people.ask(fresh, OPERATORS[0])
            await people.ask(fresh, SHY)
            await asyncio.sleep(1.0)


async def thrown_out(scene: Scene, times: int) -> None:
    """An admin throws the bot out in the middle of cases, and takes it back."""
    at, people = scene.at, scene.people
    for _ in range(times):
        group = await people.found_group("Выгнали")
        asked = [await people.ask(group, operator) for operator in OPERATORS[-4:]]
        for one in asked:
            await people.card(one)
        # Decided in the moment in which it is thrown out: its answers are still to be given.
        pressing = [asyncio.create_task(_press(scene, one)) for one in asked[2:]]
        await asyncio.sleep(scene.chance.uniform(0.0, 0.15))
        scene.attack()
        await at.control.member(group, BOT_ID, "kicked", by=OWNER)
        await asyncio.gather(*pressing)
        unheard = await people.ask(group, OPERATORS[1])
        people.ledger.dropped.add((unheard.chat, unheard.message))
        await asyncio.sleep(1.5)
        await at.control.member(group, BOT_ID, "administrator", by=OWNER)
        await asyncio.sleep(0.5)


async def _press(scene: Scene, asked: Asked) -> None:
    found = scene.people.button(asked.lead, scene.chance.choice(("allow", "deny")))
    if found is not None:
        await scene.people.press(asked.chat, found[0], ADMINS[0], found[1])


async def silent_for(hours: float, scene: Scene, times: int) -> None:
    """The bot is away for so long; what Telegram has dropped by then is dropped, nothing else."""
    at, people = scene.at, scene.people
    for _ in range(times):
        before = [await people.ask(group, OPERATORS[0]) for group in people.groups[:2]]
        for one in before:
            await people.card(one)
        await at.lay_down()
        scene.attack()
        away = [await people.ask(group, OPERATORS[1]) for group in people.groups]
        for one in before[:1]:
            await _press(scene, one)
        await at.advance(hours * _HOUR)
        if hours > 24:  # noqa: PLR2004 -- Telegram's hours
            people.ledger.dropped |= {(one.chat, one.message) for one in away}
        away = [await people.ask(group, OPERATORS[2]) for group in people.groups]
        await at.live()
        for one in away:
            if await people.card(one) is None:
                scene.breaks("no silence is for ever", f"no card for {one.lead} after {hours} h")


ACTS = (
    Act(name="updates twice and out of order", run=twice_and_out_of_order, short=2, long=5,
        replicas=(1, 4)),
    Act(name="ten admins at once", run=ten_admins_at_once, short=5, long=15,
        replicas=(5, 15)),
    Act(name="429 storms", run=out_of_breath, short=4, long=20, replicas=(0, 10)),
    Act(name="Telegram: 5xx, lost answers, drops", run=out_of_order, short=8, long=30,
        replicas=(0, 15)),
    Act(name="cards are deleted", run=cards_deleted, short=4, long=12, replicas=(0, 6)),
    Act(name="a group becomes a supergroup", run=group_moves, short=2, long=4,
        replicas=(1, 4)),
    Act(name="the bot is thrown out and taken back", run=thrown_out, short=2, long=4,
        replicas=(0, 3)),
    Act(name="silence for 23 hours", run=partial(silent_for, 23.0), short=1, long=2,
        replicas=(0, 1)),
    Act(name="silence for 25 hours", run=partial(silent_for, 25.0), short=1, long=2,
        replicas=(0, 1)),
)  # fmt: skip

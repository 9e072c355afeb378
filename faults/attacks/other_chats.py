"""The same troubles with work in all six chats; and what only the others know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from faults.attacks import crm, database, kills, replicas, telegram
from faults.chats import FLOWS, SUPERVISORS
from faults.evidence import looking
from faults.people import OPERATORS
from faults.scene import Act, Scene
from storage import tables as t

Run = Callable[[Scene, int], Awaitable[None]]

_ZONE = ZoneInfo("Europe/Moscow")
_HOUR = 3600.0
#: For so long the bot is dead: the call back was promised within 15, a pause is over in one.
_HOURS = (16.0, 1.0, 30.0, 5.0, 0.2)
_EVENING = (20, 0)
#: The summaries of one evening: of each chat to each supervisor. Seconds in which they must come.
_ALL_OF_THEM = len(FLOWS) * len(SUPERVISORS)
_LOOKS = 20.0
#: What the card says when nobody had done anything for so many hours.
_MISSED = {"returns": (15.0, "Просрочено"), "anomalies": (0.25, "не согласована")}
_BEFORE, _AFTER = "before commit", "after commit"

_CONFIRM = (("message", _AFTER, 2), ("callback_query", _AFTER, 2))
_SENT = (("card", _BEFORE, 1), ("tell", _BEFORE, 1))
# Statuses are set seldom there: no trap waits for the second one of a life.
_WRITTEN = (
    ("pin_refusal", _BEFORE, 1),
    ("write_comment", _BEFORE, 1),
    ("set_disposition", _BEFORE, 1),
    ("pin_refusal", _AFTER, 1),
)


async def the_day_ends(scene: Scene, times: int) -> None:
    """The summary is due: a bot is killed as it tells it, or all sleep over it; the day changes."""
    at, chats = scene.at, scene.chats
    await at.born_again(SUMMARY_TIME="{:02}:{:02}".format(*_EVENING))
    try:
        for number in range(times):
            # Telegram gives up what has waited for a day, and a webhook's next try is seconds away.
            await scene.all_taken()
            await at.advance(_seconds_until(at.now(), *_EVENING) - 4.0)
            async with scene.at_work():
                await asyncio.sleep(2.0)
                scene.attack()
                before = _summaries(scene)
                if number % 2:
                    await at.lay_down()
                    await at.advance(scene.chance.uniform(0.1, 3.0) * _HOUR)
                    await at.live()
                elif await scene.strikes(lambda: _summaries(scene) > before, "no summary came"):  # noqa: B023
                    for keeper in at.keepers:
                        await keeper.kill()
                chats.memory.evenings.append(at.now())
                # It looks every ten seconds whether it is time.
                await at.eyes.until(
                    lambda: _summaries(scene) >= before + _ALL_OF_THEM or None,  # noqa: B023
                    _LOOKS,
                )
                await at.advance(_seconds_until(at.now(), 0, 0) - 1.0)
                await asyncio.sleep(2.5)
    finally:
        await at.born_again(SUMMARY_TIME="off")


def _summaries(scene: Scene) -> int:
    """How many the supervisors have."""
    return sum(
        ", итоги " in message.get("text", "")
        for (chat, _), message in scene.at.eyes.messages.items()
        if chat in SUPERVISORS
    )


def _seconds_until(now: float, hour: int, minute: int) -> float:
    here = datetime.fromtimestamp(now, _ZONE)
    then = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if then <= here:
        then += timedelta(days=1)
    return (then - here).total_seconds()


async def due_while_away(scene: Scene, times: int) -> None:
    """A call that was promised, a pause's end, a question's last minute: the bot is dead."""
    at, chats = scene.at, scene.chats
    for number, hours in enumerate(islice(cycle(_HOURS), times)):
        posted = [
            await chats.post(flow, OPERATORS[(place + number) % len(OPERATORS)])
            for place, flow in enumerate((*FLOWS, *FLOWS))
        ]
        await scene.people.ask(scene.people.groups[0], OPERATORS[0])
        await scene.all_taken()
        await at.lay_down()
        scene.attack()
        if not await _falls_due(scene, hours * _HOUR):
            scene.misses(f"nothing was to fall due in {hours} h")
        await at.advance(hours * _HOUR)
        await at.live()
        for one in posted:
            after, words = _MISSED.get(one.flow, (0.0, ""))
            if words and hours > after and not await chats.shown(one, words):
                what = f"the card of {one.words} does not say «{words}» {hours} h later"
                scene.breaks("what fell due is dealt with", what)


async def _falls_due(scene: Scene, seconds: float) -> int:
    """How many deadlines will have by then."""
    then = datetime.fromtimestamp(scene.at.now() + seconds, UTC)
    d = t.deadlines.c
    async with looking(scene.at) as connection:
        query = select(func.count()).where(d.state == "pending", d.due_at <= then)
        return int(await connection.scalar(query) or 0)


def _act(name: str, run: Run, short: int, long: int, engine: str = "", **more: Any) -> Act:
    return Act(
        name=f"six chats: {name}", run=run, short=short, long=long, engine=engine,
        everywhere=True, **more,
    )  # fmt: skip


ACTS = (
    _act("kill -9 at random", kills.at_random, 2, 30),
    _act("kill -9 after commit, before confirm", kills.at_steps(_CONFIRM, most=1), 0, 12),
    _act("kill -9 after send, before note", kills.at_steps(_SENT, most=1), 0, 12),
    _act("kill -9 after CRM write, before note", kills.at_steps(_WRITTEN, most=1), 3, 16),
    _act("kill -9 of replicas", replicas.killed_one_by_one, 2, 15, "replicas"),
    _act("the commit's answer is lost", database.commits_lost, 1, 10, "postgresql",
         replicas=(0, 5)),
    _act("CRM down for hours", crm.down_for_hours, 0, 2, replicas=(0, 1)),
    _act("CRM says 5xx, garbage, nothing", crm.out_of_its_mind, 2, 15, replicas=(0, 6)),
    _act("CRM writes, its answer is lost", crm.answers_lost, 2, 15, replicas=(0, 6)),
    _act("updates twice and out of order", telegram.twice_and_out_of_order, 0, 2,
         replicas=(0, 1)),
    _act("429 storms", telegram.out_of_breath, 0, 6, replicas=(0, 3)),
    _act("the day ends", the_day_ends, 0, 2, replicas=(0, 1)),
    _act("deadlines due while the bot is dead", due_while_away, 1, 4, replicas=(0, 1)),
)  # fmt: skip

"""Is the bot's memory flat over a hundred thousand updates, as a working chat brings them?

Of fifty updates forty-three are chatter. The others are a round (`bench/rounds.py`) and what people
do beside it: the post is edited, post and card are replied to, a card that was decided long ago is
pressed twice.

They come as fast as the bot takes them. It takes a chat's updates in order, and each fifty end with
a press that is waited for: nobody has more than fifty under way, whatever the sandbox could keep.

Flat: in the second half of the updates it grows by less than 2 MB. Before, connections are opened
and caches filled: each of PostgreSQL's twenty keeps each statement that it has ever run (some 5 KB,
by the count of blocks), and comes to the last ones late. What is left are 50,000 updates and 1,000
rounds, and the bar is 42 bytes for each update, less than a number takes in a set; but 2 KB for
each round, and a smaller leak there would pass. Of far fewer updates the bar says nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.figures import Bar, table
from bench.processes import running
from bench.rounds import ADMIN, PATIENCE
from bench.stand import Stand
from bench.turns import furnished

#: What people say that asks for nothing.
_CHATTER = (
    "Коллеги, у кого ещё пропадает звук в гарнитуре?",
    "На линии много звонков, отойду через десять минут",
    "Да, у меня тоже так было, помогла перезагрузка",
    "Кто сегодня до девяти? 🙋",
    "Клиент доволен, спасибо всем! Пожелания записала, передам, как только появится кто-нибудь",
)
#: Updates of one lot: those of a round, an edit, two replies, two presses; the others are chatter.
_LOT, _DEEDS = 50, 7
_TENTHS, _HALF = 10, 5
#: The bar, in MB: see above.
_MOST = 2.0


@dataclass(slots=True, kw_only=True)
class Lived:
    """What a bot has shown on one database.

    Attributes:
        lots: how many it is to live through.
        done: how many it has.
        resident: MB at the beginning and after each tenth of the lots.
    """

    name: str
    lots: int
    done: int = 0
    seconds: float = 0.0
    resident: list[float] = field(default_factory=list)

    @property
    def updates(self) -> int:
        """All that it has taken."""
        return _LOT * self.done

    @property
    def growth(self) -> float:
        """MB in the second half."""
        return self.resident[-1] - self.resident[_HALF]

    @property
    def growth_of_thousand(self) -> float:
        """KB for each thousand updates of the second half."""
        return 1024 * self.growth / (self.updates * (1 - _HALF / _TENTHS) / 1000)

    @property
    def is_flat(self) -> bool:
        """Whether it keeps nothing of what it has dealt with."""
        return self.growth < _MOST

    def one_more(self, resident: Callable[[], float]) -> None:
        """A lot has been dealt with; `resident` is asked where that makes another tenth."""
        self.done += 1
        if self.done * _TENTHS // self.lots >= len(self.resident):
            self.resident.append(resident())


async def memory(options: argparse.Namespace) -> list[Bar]:
    """Measure both engines and print."""
    found: list[Lived] = []
    lots = max(_TENTHS, options.updates // _LOT)
    for name in ("SQLite", "PostgreSQL"):
        async with (
            furnished(options.operators, options.groups) as (at, postgres),
            postgres.database() as url,
        ):
            database = url if name == "PostgreSQL" else at.sqlite("memory")
            found.append(Lived(name=name, lots=lots))
            await _live(at, database, found[-1])
    print(f"\n{_LOT * lots} updates, one round in {_LOT}\n")
    print(memory_table(found), end="\n\n")
    return [
        Bar(
            f"{one.name}: memory grows by less than {_MOST:g} MB in the second half"
            f" ({one.growth:+.1f})",
            one.is_flat,
        )
        for one in found
    ]


async def _live(at: Stand, database: str, found: Lived) -> None:
    """Let one bot live through it."""
    waiting = iter(range(found.lots))

    async def work(operator: int, group: int) -> None:
        cards: list[tuple[int, str]] = []
        for number in waiting:
            await _lot(at, operator, group, number, cards)
            found.one_more(process.resident)

    async with running(
        "-m", "bench.ours", home=at.home, until="ready", environment=at.environment(database)
    ) as process:
        await at.centre.introduce()
        found.resident.append(process.resident())
        began = time.perf_counter()
        async with asyncio.TaskGroup() as shift:
            for number, operator in enumerate(at.centre.operators):
                shift.create_task(work(operator, at.centre.groups[number % len(at.centre.groups)]))
        found.seconds = time.perf_counter() - began
    aside = [line for line in process.lines if "update_set_aside" in line]
    if aside:
        raise RuntimeError(f"{found.name}: {len(aside)} updates failed, as {aside[0]}")


async def _lot(
    at: Stand, operator: int, group: int, number: int, cards: list[tuple[int, str]]
) -> None:
    """A round and what belongs to it. `cards`: those of one's rounds, and the button pressed."""
    [key] = await at.clerk.leads(1)
    post = (await at.centre.round(operator, group, key)).post
    _, card = await at.watch.moment("card", group, post)
    button = card["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    cards.append((card["message_id"], button))
    await at.control.edit(group, post, operator, f"{at.clerk.url}/orders/{key} Оформляю")
    for answered in (post, card["message_id"]):
        await at.control.post(group, operator, "Поняла, оформляю", reply_to=answered)
    for line in range(_LOT - _DEEDS):
        said = _CHATTER[line % len(_CHATTER)]
        await at.control.post(group, operator, f"{said} {number}.{line}")
    old, button = cards[len(cards) // 2]
    await at.control.press(group, old, ADMIN, button)
    answer = await at.control.press(group, old, ADMIN, button, wait=PATIENCE)
    assert answer["answered"], "the press was not answered"


def memory_table(bots: list[Lived]) -> str:
    """One column for each database."""
    rows = [
        ["", *(bot.name for bot in bots)],
        ["updates", *(str(bot.updates) for bot in bots)],
        ["seconds", *(f"{bot.seconds:.0f}" for bot in bots)],
        ["updates a second", *(f"{bot.updates / bot.seconds:.0f}" for bot in bots)],
    ]
    for words, tenth in (("at the start", 0), ("at 10 %", 1), ("at 50 %", _HALF), ("at 100 %", 10)):
        rows.append([f"memory {words}, MB", *(f"{bot.resident[tenth]:.1f}" for bot in bots)])
    rows += [
        ["memory, the most of all tenths, MB", *(f"{max(bot.resident):.1f}" for bot in bots)],
        ["growth in the second half, MB", *(f"{bot.growth:+.1f}" for bot in bots)],
        [
            "  KB for each thousand updates",
            *(f"{bot.growth_of_thousand:+.1f}" for bot in bots),
        ],
    ]
    return table(rows)

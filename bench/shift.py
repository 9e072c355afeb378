"""A minute of many posts in one group, and the people of it, on virtual time.

Operators post lead links and wait. Two admins sit side by side, so that no two of them take the
same lead: each takes the oldest one that the chat shows as undecided, looks at it for some seconds
and presses. They know only what the chat shows and what they have decided themselves.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sandbox.telegram.errors import ControlError
from sandbox.telegram.model import Json
from sandbox.world import ADMINS, DemoPerson
from tests.harness.world import World, buttons_of

#: Seconds that an admin needs for one lead, from and to.
_THINKS = (3.0, 5.0)
#: Seconds in which operators post.
MINUTE = 60.0
#: Posts of one operator in the minute: a call takes that long.
_POSTS_EACH = 5
#: How an outcome reads, of either bot. An open question reads otherwise.
_OUTCOME = re.compile(r"Можно оформлять|Оформлять можно")
_KEY = re.compile(r"\b[0-9a-f]{10}\b")
#: The chat is looked at for so long, seconds of virtual time; then whatever is left is stuck.
_LONGEST = 7200.0


@dataclass(slots=True, kw_only=True)
class Asked:
    """What became of one lead link: moments in seconds."""

    posted: float
    shown: float | None = None
    pressed: float | None = None
    told: float | None = None
    seen: float | None = None


@dataclass(slots=True, kw_only=True)
class Shift:
    """What was seen of a burst.

    Attributes:
        asked: per lead.
        sent, edited: messages of the bot in the group.
        private: messages of the bot to people.
        refused: calls that Telegram answered with 429.
    """

    asked: dict[str, Asked] = field(default_factory=dict)
    sent: int = 0
    edited: int = 0
    private: int = 0
    refused: int = 0

    def waits(self, until: str, since: str = "posted") -> list[float]:
        """Seconds from one moment of a lead to another, of all leads, the shortest first."""
        return sorted(getattr(one, until) - getattr(one, since) for one in self.asked.values())


def operators(posts: int, *, strangers: float = 0.0) -> list[DemoPerson]:
    """As many as it takes. `strangers`: the part of them who never started the bot."""
    count = -(-posts // _POSTS_EACH)
    return [
        DemoPerson(
            id=600_000 + number,
            first_name=f"Оператор {number}",
            username=f"operator_{number}",
            about="оператор",
            starts=number >= count * strangers,
        )
        for number in range(count)
    ]


class People:
    """The people of a burst, and what they see.

    Args:
        decides: the lead that a button decides, or None: what its data says of it.
    """

    def __init__(
        self,
        world: World,
        decides: Callable[[str], Awaitable[str | None]],
        *,
        posts: int,
        seed: int,
    ) -> None:
        self._world = world
        self._decides = decides
        self._posts = posts
        self._random = random.Random(seed)  # noqa: S311 -- the same minute each time
        self.shift = Shift()
        self._loop = asyncio.get_running_loop()
        # What the chat shows now: message → the leads that can be decided there, in order.
        self._open: dict[int, list[tuple[str, str]]] = {}
        self._taken: set[str] = set()
        self._news = asyncio.Event()

    async def work(self, staff: list[DemoPerson]) -> Shift:
        """The burst, until every operator knows and the chat shows every decision."""
        leads = [await self._world.crm.burning() for _ in range(self._posts)]
        watching = asyncio.create_task(self._watch())
        deciding = [asyncio.create_task(self._decide(admin)) for admin in ADMINS]
        began = self._loop.time()
        moments = sorted(self._random.uniform(0, MINUTE) for _ in leads)
        try:
            for number, (lead, moment) in enumerate(zip(leads, moments, strict=True)):
                await asyncio.sleep(began + moment - self._loop.time())
                self.shift.asked[lead] = Asked(posted=self._loop.time())
                await self._world.ask(staff[number % len(staff)], lead)
            async with asyncio.timeout(_LONGEST):
                while not self._is_over():
                    await self._news.wait()
        finally:
            for task in (watching, *deciding):
                task.cancel()
            await asyncio.gather(watching, *deciding, return_exceptions=True)
        return self.shift

    def _is_over(self) -> bool:
        return all(one.told and one.seen for one in self.shift.asked.values())

    # --- admins ---------------------------------------------------------------------------------

    async def _decide(self, admin: DemoPerson) -> None:
        while True:
            found = self._oldest()
            if found is None:
                await self._news.wait()
                continue
            message, lead, data = found
            self._taken.add(lead)
            await asyncio.sleep(self._random.uniform(*_THINKS))
            try:
                await self._world.press_data(admin, message, data)
            except ControlError:
                # The row has gone meanwhile.
                continue
            self.shift.asked[lead].pressed = self._loop.time()

    def _oldest(self) -> tuple[int, str, str] | None:
        for message in sorted(self._open):
            for lead, data in self._open[message]:
                if lead not in self._taken:
                    return message, lead, data
        return None

    # --- what is to be seen ---------------------------------------------------------------------

    async def _watch(self) -> None:
        events = self._world.tg.telegram.events
        seen = events.last
        while True:
            for number, event in events.since(seen):
                seen = number
                if event["kind"] in {"message", "edit"}:
                    await self._notice(event["kind"] == "edit", event["chat_id"], event["message"])
            self._news.set()
            self._news = asyncio.Event()
            await events.signal.wait_for(lambda: events.last > seen, _LONGEST)  # noqa: B023

    async def _notice(self, is_edit: bool, chat: int, message: Json) -> None:  # noqa: FBT001
        if message.get("from", {}).get("id") != self._world.tg.bot_id:
            return
        now, text = self._loop.time(), message.get("text", "")
        if chat != self._world.group:
            self.shift.private += 1
        elif is_edit:
            self.shift.edited += 1
        else:
            self.shift.sent += 1
        if not is_edit and _OUTCOME.search(text):
            for one in self._named(text):
                one.told = one.told or now
        if chat == self._world.group:
            await self._look_at(message, now)

    async def _look_at(self, message: Json, now: float) -> None:
        number = message["message_id"]
        before = {lead for lead, _ in self._open.get(number, [])}
        after = [
            (lead, data)
            for _, data in buttons_of(message)
            if (lead := await self._decides(data)) is not None
        ]
        self._open[number] = after
        for lead, _ in after:
            one = self.shift.asked[lead]
            one.shown = one.shown or now
        for lead in before - {lead for lead, _ in after}:
            self.shift.asked[lead].seen = now

    def _named(self, text: str) -> list[Asked]:
        return [self.shift.asked[key] for key in _KEY.findall(text) if key in self.shift.asked]

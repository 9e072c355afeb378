"""The people of the benchmark: operators post, an admin presses, and the clock is read.

A round is done when the operator was told and the card says that the CRM has it. Whether the CRM
really has it, once, is looked up afterwards, outside the measured time.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from sandbox.telegram.control_client import ControlClient

#: Seconds that one step of a round may take.
PATIENCE = 20.0
#: On the card of either bot once it shows the earlier order, and once the CRM has the decision.
_FACTS, _WRITTEN = "Первый заказ", "записано"
#: The owner and the admin; operators count on from `_FIRST_OPERATOR`.
OWNER, ADMIN, _FIRST_OPERATOR = 9001, 9002, 9100
ADMIN_NAME = "Марат"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One round, in seconds. `post`: the message that began it."""

    post: int
    post_to_card: float
    press_to_answer: float
    post_to_told: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rounds that ran side by side. `seconds` is from the first post to the last end."""

    timings: tuple[Timing, ...]
    seconds: float

    @property
    def per_second(self) -> float:
        """Rounds per second."""
        return len(self.timings) / self.seconds


class Clerk:
    """Puts leads into the small CRM and looks what became of them."""

    def __init__(self, http: aiohttp.ClientSession, crm_url: str, seed: int) -> None:
        self._http = http
        self.url = crm_url
        self._random = random.Random(seed)  # noqa: S311 -- the same leads each time

    async def leads(self, count: int) -> list[str]:
        """Keys of so many leads that burn: each has one earlier order of the same phone."""
        return [await self._burning() for _ in range(count)]

    async def _burning(self) -> str:
        phone = f"7900{self._random.randrange(10**7):07d}"
        common = {"phones": [phone], "client_name": "Облаков Антон", "country_code": "RU"}
        items = [{"name": "Шуруповёрт", "price": self._random.randrange(1990, 9990, 100)}]
        first = {"created_at": "2026-01-10 10:00:00", "statuses": [17], "items": items}
        await self._post("/control/leads", common | first | {"key": self._key()})
        key = self._key()
        await self._post("/control/leads", common | {"key": key, "items": items})
        return key

    def _key(self) -> str:
        return f"{self._random.getrandbits(40):010x}"

    async def comments(self, key: str) -> list[str]:
        """What stands in the lead, of whomever."""
        async with self._http.get(f"{self.url}/control/leads/{key}") as answer:
            truth = await answer.json()
        return [comment["text"] for comment in truth["comments"]]

    async def answer_after(self, seconds: float, *, times: int) -> None:
        """Let the API take so long for each of its next answers."""
        order = {"kind": "hang", "seconds": seconds, "times": times}
        await self._post("/control/faults", order)

    async def calls(self) -> int:
        """Requests of the API since the last question."""
        async with self._http.get(f"{self.url}/control/requests") as answer:
            count: int = (await answer.json())["count"]
        async with self._http.delete(f"{self.url}/control/requests") as answer:
            await answer.read()
        return count

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        async with self._http.post(self.url + path, json=body) as answer:
            assert answer.status == 201, await answer.text()  # noqa: PLR2004 -- created


class Watch:
    """Listens to the sandbox once for all rounds; a moment is a thing that happened, and when."""

    def __init__(self, http: aiohttp.ClientSession, sandbox_url: str) -> None:
        self._http = http
        self._events = f"{sandbox_url}/control/events"
        self._moments: defaultdict[Hashable, asyncio.Future[tuple[float, Any]]] = defaultdict(
            asyncio.get_running_loop().create_future
        )
        #: Card → post. An edit of a card does not always name what it replied to.
        self._post_of: dict[tuple[int, int], int] = {}
        self._listening: asyncio.Task[None] | None = None
        self.open = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Listen from now on."""
        self._listening = asyncio.create_task(self._listen())
        await self.open.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        assert self._listening is not None
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)

    async def moment(self, *what: Hashable) -> tuple[float, Any]:
        """When it happened, or will, and the message."""
        async with asyncio.timeout(PATIENCE):
            return await self._moments[what]

    def forget(self, *what: Hashable) -> None:
        """It shall happen once more."""
        self._moments.pop(what, None)

    async def _listen(self) -> None:
        forever = aiohttp.ClientTimeout(total=None)
        async with self._http.get(self._events, timeout=forever) as events:
            self.open.set()
            async for line in events.content:
                if line.startswith(b"data: "):
                    self._notice(time.perf_counter(), json.loads(line.removeprefix(b"data: ")))

    def _notice(self, now: float, event: dict[str, Any]) -> None:
        message: dict[str, Any] = event.get("message", {})
        if event["kind"] not in {"message", "edit"} or not message.get("from", {}).get("is_bot"):
            return
        chat, text = event["chat_id"], message.get("text", "")
        if chat > 0:
            self._happened(("private", chat), now, message)
            for key in _keys(text):
                self._happened(("told", chat, key), now, message)
            return
        card = (chat, message["message_id"])
        if "reply_to_message" in message:
            self._post_of[card] = message["reply_to_message"]["message_id"]
        post = self._post_of.get(card)
        self._happened(("reply", chat, post), now, message)
        if _FACTS in text:
            self._happened(("card", chat, post), now, message)
        if _WRITTEN in text:
            self._happened(("written", chat, post), now, message)

    def _happened(self, what: Hashable, now: float, message: Any) -> None:
        moment = self._moments[what]
        if not moment.done():
            moment.set_result((now, message))


def _keys(text: str) -> set[str]:
    """Lead keys in a text: ten hex digits that stand alone."""
    words = "".join(char if char.isalnum() else " " for char in text).split()
    return {word for word in words if len(word) == 10 and set(word) <= set("0123456789abcdef")}  # noqa: PLR2004


class CallCentre:
    """Operators, each with a lead after another, and the admin who presses at once."""

    def __init__(self, control: ControlClient, watch: Watch, crm_url: str) -> None:
        self._control = control
        self._watch = watch
        self._crm_url = crm_url
        self.operators: list[int] = []
        self.groups: list[int] = []

    async def furnish(self, operators: int, groups: int, bot_id: int) -> None:
        """Make people and groups. The operators have all started the bot."""
        await self._control.person("Владелец", id=OWNER)
        await self._control.person(ADMIN_NAME, id=ADMIN)
        self.operators = [_FIRST_OPERATOR + number for number in range(operators)]
        for number, operator in enumerate(self.operators):
            await self._control.person(f"Оператор {number}", id=operator)
            await self._control.start(operator)
        for number in range(groups):
            members = [ADMIN, *self.operators]
            group = await self._control.chat(f"Группа {number}", creator=OWNER, members=members)
            self.groups.append(int(group["id"]))
            await self._control.member(self.groups[-1], bot_id, "administrator", by=OWNER)

    async def introduce(self) -> None:
        """Bind the groups, give the role, and let the operators start: what our bot must know."""
        for group in self.groups:
            for command in ("/bind duplicates", f"/role admin {ADMIN}"):
                post = await self._control.post(group, OWNER, command)
                await self._watch.moment("reply", group, post["message_id"])
        for operator in self.operators:
            self._watch.forget("private", operator)
            await self._control.post(operator, operator, "/start")
            await self._watch.moment("private", operator)

    async def block(self, keys: Sequence[str]) -> Block:
        """One round for each lead, as many side by side as there are operators."""
        waiting = list(reversed(keys))
        timings: list[Timing] = []

        async def work(operator: int, group: int) -> None:
            while waiting:
                timings.append(await self.round(operator, group, waiting.pop()))

        started = time.perf_counter()
        async with asyncio.TaskGroup() as shift:
            for number, operator in enumerate(self.operators):
                shift.create_task(work(operator, self.groups[number % len(self.groups)]))
        return Block(timings=tuple(timings), seconds=time.perf_counter() - started)

    async def round(self, operator: int, group: int, key: str) -> Timing:
        """From the post to the card that says that the CRM has it."""
        posted_at = time.perf_counter()
        post = await self._control.post(
            group, operator, f"{self._crm_url}/orders/{key} Могу ли оформить?"
        )
        where = (group, post["message_id"])
        carded_at, card = await self._watch.moment("card", *where)
        pressed_at = time.perf_counter()
        answer = await self._control.press(
            group, card["message_id"], ADMIN, row=0, col=0, wait=PATIENCE
        )
        answered_at = time.perf_counter()
        assert answer["answered"], "the press was not answered"
        told_at, _ = await self._watch.moment("told", operator, key)
        await self._watch.moment("written", *where)
        return Timing(
            post=post["message_id"],
            post_to_card=carded_at - posted_at,
            press_to_answer=answered_at - pressed_at,
            post_to_told=told_at - posted_at,
        )

"""The other five working chats: who posts there, who presses, and what they remember of it.

`faults.people` has «РФ Админы». Here operators post what each chat is for, and whoever holds its
role presses what is to be pressed, from a post to its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from faults.eyes import Message, buttons_of, replies_to
from faults.people import ADMINS, OPERATORS, SHY, STRANGER, People, is_ours
from faults.stand import Stand
from faults.work import Unbroken, ended
from sandbox.telegram.errors import ControlError

#: Flow → the group's title.
TITLES = {
    "returns": "Возврат Обмен",
    "refusals": "Не проставленные отказы",
    "it": "КЦ IT Вопросы",
    "pauses": "Проект Белкин",
    "anomalies": "Аномальные заказы",
}
FLOWS = tuple(TITLES)
#: All of them are admins besides.
RETURNS, SUPERVISORS, IT = ADMINS[2:4], ADMINS[4:6], ADMINS[6:8]
#: Who presses what in which chat; "" is whoever posted. The first that a card has is pressed with
#: the likelihood that stands there, else the next, else whatever the next look brings: tickets that
#: wait a little become incidents, and pauses that do not end at once a queue.
PRESSES: dict[str, tuple[tuple[str, Sequence[int], float], ...]] = {
    "returns": (
        ("this_call", (), 1.0), ("take", RETURNS, 1.0), ("no_answer", RETURNS, 0.1),
        ("hand_back", RETURNS, 0.05), ("reach", RETURNS, 1.0), ("end", RETURNS, 1.0),
    ),
    "refusals": (
        ("pick", (), 1.0), ("reject", SUPERVISORS, 0.1), ("choose", SUPERVISORS, 0.1),
        ("take", SUPERVISORS, 1.0), ("pin", SUPERVISORS, 1.0),
    ),
    "it": (
        ("merge", IT, 0.5), ("join_incident", IT, 0.5), ("dismiss", IT, 0.05),
        ("give_back", IT, 0.02), ("take", IT, 0.2), ("solve", IT, 0.1),
    ),
    "pauses": (
        ("later", SUPERVISORS, 0.02), ("agree", SUPERVISORS, 0.1), ("start", (), 1.0),
        ("close", SUPERVISORS, 0.3), ("return", (), 0.05),
    ),
    "anomalies": (
        ("as_before", ADMINS, 0.5), ("script", ADMINS, 0.5), ("site", ADMINS, 1.0),
    ),
}  # fmt: skip
#: What ends a case by somebody's word: whoever said it may take it back for a minute.
ENDS = {
    "returns": {"end"},
    "refusals": {"pin", "take", "reject"},
    "it": {"solve", "dismiss"},
    "pauses": {"agree", "close"},
    "anomalies": {"script", "site", "as_before"},
}
_REGRETS = 0.1
#: What a pause may end with; "+" is nothing that anybody else could mean.
_RETURNS = ("вернулась", "вернулась", "на месте", "+", "передумала", "смену закончила")
#: So many post in a chat at a time, else two: of those who are on a pause some must wait in line.
_POSTERS = {"pauses": 5, "it": 5}
#: How often somebody from the street presses as well.
_PASSES_BY = 0.03
#: Seconds: before somebody presses again what gave no answer, and before he posts something else.
_AGAIN, _PATIENCE = 3.0, 8.0
#: Seconds between two looks at all cards.
_LOOK = 0.15
#: The CRM's statuses «подтверждён», «брак обмен», «дорого», and operators who talk to clients.
SOLD, RETURN, TOO_EXPENSIVE = 17, 70, 100
#: So many of the returns are about a lead that is confirmed.
_CONFIRMED = 0.2
_TALKED = ("Трелькина Оля", "Гудочкин Марк", "Линейкина Света")


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What somebody posted. `words`: of it that are in no other post; a lead's key, if it has one.

    Attributes:
        at: the stand's time.
        lead: its key, "" for none.
    """

    flow: str
    chat: int
    message: int
    by: int
    at: float
    words: str
    lead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A press in one of these chats. `counts`: an answer came, and it was no refusal."""

    flow: str
    case: int
    round: int
    action: str
    by: int
    text: str
    counts: bool


@dataclass(slots=True)
class Memory:
    """What all of them did.

    Attributes:
        tried: (case, round, action, who) of all presses, also of those whose answer nobody read.
        dropped: posts that Telegram gave up before the bot lived again.
        evenings: moments (the stand's time) at which a summary of the day was due.
    """

    posted: list[Posted] = field(default_factory=list)
    pressed: list[Press] = field(default_factory=list)
    tried: Counter[tuple[int, int, str, int]] = field(default_factory=Counter)
    dropped: set[tuple[int, int]] = field(default_factory=set)
    evenings: list[float] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Card:
    """What is on a message in one of the chats."""

    flow: str
    chat: int
    number: int
    buttons: list[str]
    poster: int


class OtherChats:
    """The five groups and their people."""

    def __init__(self, at: Stand, people: People, chance: random.Random) -> None:
        self._at = at
        self._people = people
        self._random = chance
        self.memory = Memory()
        self.groups: dict[str, int] = {}
        self._posting = Unbroken[Posted]()
        self._posters: dict[tuple[int, int], int] = {}
        self._pressed_at: dict[tuple[int, int, str], float] = {}
        self._takers: dict[int, int] = {}
        self._board: list[_Card] = []
        self._looked_at = 0.0
        self._numbers = 0

    async def open(self) -> None:
        """The groups are bound, and everybody has his role. Once."""
        if self.groups:
            return
        for flow, title in TITLES.items():
            self.groups[flow] = await self._people.found_group(title, flow=flow)
        roles = (("returns", RETURNS), ("supervisor", SUPERVISORS), ("it", IT))
        for role, whose in roles:
            for person in whose:
                await self._people.command(self.groups["returns"], f"/role {role} {person}")

    async def managers(self) -> dict[str, str]:
        """Who is responsible for each lead whose refusal was asked about, as the CRM has it."""
        found = {}
        for posted in self.memory.posted:
            if posted.flow == "refusals":
                truth = await self._at.lead(posted.lead)
                found[posted.lead] = truth["call_manager"]["name"]
        return found

    # --- posts ----------------------------------------------------------------------------------

    async def post(self, flow: str, operator: int) -> Posted:
        """What this chat is for."""
        return await self._posting.all_of(self._post(flow, operator))

    async def _post(self, flow: str, operator: int) -> Posted:
        lead, words, more = await self._what_is_up(flow)
        text = f"{self._at.crm_url}/orders/{lead} {words}" if lead else words
        group = self.groups[flow]
        post = await self._at.control.post(group, operator, text, **more)
        number = post["message_id"]
        posted = Posted(
            flow=flow, chat=group, message=number, by=operator, at=self._at.now(),
            words=lead or words, lead=lead,
        )  # fmt: skip
        self._posters[group, number] = operator
        self.memory.posted.append(posted)
        return posted

    async def _what_is_up(self, flow: str) -> tuple[str, str, dict[str, str]]:
        """(lead, words, what else the post has)."""
        self._numbers += 1
        chance = self._random
        match flow:
            case "returns":
                is_confirmed = chance.random() < _CONFIRMED
                lead = await (self._confirmed() if is_confirmed else self._burning())
                return lead, f"не включается, хочет обменять, номер {self._numbers}", {}
            case "refusals":
                return await self._refused(), "отказ не проставлен", {}
            case "anomalies":
                lead = await self._burning()
                script = chance.randrange(1000, 9000, 10)
                return lead, f"в скрипте {script}, на сайте {script + 500}", {}
            case "it" if chance.random() < 0.5:  # noqa: PLR2004 -- one half
                return await self._burning(), "нет баланса звонков", {}
            case "it":
                broken = chance.choice(("CRM зависла", "CRM зависла", "нет звука"))
                return "", f"{broken}, место {self._numbers}", {}
        return "", chance.choice(("обед", "перерыв 5", "перерыв 10", "обучение", "отошла")), {}

    async def _burning(self) -> str:
        [lead] = await self._at.clerk.leads(1)
        return lead

    async def _confirmed(self) -> str:
        """It may be the sale itself: the bot asks before it sets a status."""
        phone = f"7902{self._random.randrange(10**7):07d}"
        return await self._at.new_lead(phones=[phone], statuses=[SOLD])

    async def _refused(self) -> str:
        """A lead that was refused after two operators had talked to the client."""
        first, second = self._random.sample(_TALKED, 2)
        calls = [
            {"operator": first, "at": "2026-01-10 10:00:00", "talked": 184},
            {"operator": second, "at": "2026-01-10 12:00:00", "talked": 97},
        ]
        return await self._at.new_lead(
            phones=[f"7901{self._random.randrange(10**7):07d}"],
            statuses=[TOO_EXPENSIVE], calls=calls, created_at="2026-01-10 09:00:00",
        )  # fmt: skip

    # --- presses --------------------------------------------------------------------------------

    async def press(self, card: _Card, by: int, data: str, *, repeat: int = 1) -> Press | None:
        """Press, and write down what was read. None: the message is gone."""
        case, round_, action = data.split(":")[:3]
        self.memory.tried[int(case), int(round_), action, by] += 1
        try:
            answer = await self._at.control.press(
                card.chat, card.number, by, data, wait=_AGAIN, repeat=repeat
            )
        except ControlError:
            return None
        press = Press(
            flow=card.flow, case=int(case), round=int(round_), action=action, by=by,
            text=answer["text"] if answer["answered"] else "",
            counts=bool(answer["answered"] and not answer["show_alert"]),
        )  # fmt: skip
        self.memory.pressed.append(press)
        if press.counts and action == "take":
            self._takers[press.case] = by
        return press

    def _cards(self, flow: str) -> list[_Card]:
        """Whatever has buttons in that chat, as it was a moment ago."""
        if time.monotonic() - self._looked_at > _LOOK:
            flows = {group: flow for flow, group in self.groups.items()}
            self._board = [
                _Card(
                    flow=flows[chat], chat=chat, number=number, buttons=buttons,
                    poster=self._posters.get((chat, replies_to(message)), 0),
                )
                for (chat, number), message in self._at.eyes.messages.items()
                if chat in flows and (buttons := buttons_of(message))
            ]  # fmt: skip
            self._looked_at = time.monotonic()
        return [card for card in self._board if card.flow == flow]

    def _waiting(self, flow: str) -> tuple[_Card, int, str] | None:
        """(card, who, data): what is to be pressed next, and was not lately."""
        now = self._at.now()
        for card in self._cards(flow):
            by_case: dict[str, list[str]] = {}
            for data in card.buttons:
                by_case.setdefault(data.partition(":")[0], []).append(data)
            for datas in by_case.values():
                # Another card has other buttons: what was just pressed is no reason to wait.
                place = (card.chat, card.number, " ".join(datas))
                if now - self._pressed_at.get(place, 0.0) <= _AGAIN:
                    continue
                found = self._chosen(card, datas)
                if found is not None:
                    self._pressed_at[place] = now
                    return card, *found
        return None

    def _chosen(self, card: _Card, datas: Sequence[str]) -> tuple[int, str] | None:
        """(who, data)."""
        for action, whose, likely in PRESSES[card.flow]:
            fitting = [data for data in datas if data.split(":")[2] == action]
            if not fitting or self._random.random() > likely:
                continue
            data = self._random.choice(fitting)
            if not whose:
                return (card.poster, data) if card.poster else None
            taker = self._takers.get(int(data.split(":")[0]), 0)
            others = [person for person in whose if person != card.poster]
            is_his = taker in others and self._random.random() < 0.95  # noqa: PLR2004
            return taker if is_his else self._random.choice(others), data
        return None

    # --- a day's work ---------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def at_work(self, flows: Sequence[str] = FLOWS) -> AsyncIterator[None]:
        """Operators post in all of them, and everybody presses."""
        tasks = [
            asyncio.create_task(self._operate(flow))
            for flow in flows
            for _ in range(_POSTERS.get(flow, 2))
        ]
        async with self.staff_at_work(flows):
            try:
                yield
            finally:
                await ended(tasks, self._posting.tasks)

    @contextlib.asynccontextmanager
    async def staff_at_work(self, flows: Sequence[str] = FLOWS) -> AsyncIterator[None]:
        """Only what waits is pressed; where none of these chats is open, nothing does."""
        flows = flows if self.groups else ()
        tasks = [asyncio.create_task(self._press_on(flow)) for flow in (*flows, *flows)]
        try:
            yield
        finally:
            await ended(tasks)

    async def _operate(self, flow: str) -> None:
        while True:
            operator = self._random.choice(OPERATORS)
            posted = await self.post(flow, operator)
            if flow == "pauses":
                await self._at.eyes.until(lambda: self._reply_to(posted), _PATIENCE)  # noqa: B023
                await asyncio.sleep(self._random.uniform(0.5, 4.0))
                await self._at.control.post(posted.chat, operator, self._random.choice(_RETURNS))
            else:
                await self._at.eyes.until(lambda: self._heard(posted), _PATIENCE)  # noqa: B023
            await asyncio.sleep(self._random.uniform(0.1, 0.8))

    async def shown(self, posted: Posted, words: str) -> bool:
        """Wait until the card under a post says this."""

        def says() -> bool | None:
            return any(words in one.get("text", "") for one in self._under(posted)) or None

        return await self._at.eyes.until(says, 2 * _PATIENCE) is not None

    def _under(self, posted: Posted) -> list[Message]:
        return [
            message
            for message in self._at.eyes.of_chat(posted.chat)
            if replies_to(message) == posted.message
        ]

    def _reply_to(self, posted: Posted) -> Message | None:
        return next(iter(self._under(posted)), None)

    def _heard(self, posted: Posted) -> Message | None:
        where = posted.chat if posted.by == SHY else posted.by
        for message in self._at.eyes.of_chat(where):
            if (
                is_ours(message)
                and posted.words in message.get("text", "")
                and not buttons_of(message)
            ):
                return message
        return None

    async def _press_on(self, flow: str) -> None:
        while True:
            found = self._waiting(flow)
            if found is None:
                await asyncio.sleep(_LOOK)
                continue
            card, person, data = found
            if self._random.random() < _PASSES_BY:
                await self.press(card, STRANGER, data)
            press = await self.press(card, person, data, repeat=self._random.choice((1, 1, 3)))
            if press is None or not press.counts or press.action not in ENDS[flow]:
                continue
            if self._random.random() < _REGRETS:
                await asyncio.sleep(self._random.uniform(0.0, 1.0))
                await self._undo(card, person, press)

    async def _undo(self, card: _Card, person: int, press: Press) -> None:
        message = self._at.eyes.messages.get((card.chat, card.number), {})
        for data in buttons_of(message):
            case, _, action, *what = data.split(":")
            if (int(case), action) == (press.case, "undo") and what in ([], ["ending"]):
                await self.press(card, person, data)
                return

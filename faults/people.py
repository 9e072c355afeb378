"""The people at work: operators post and wait, admins press what waits for them.

All that they did and heard is written down (`Ledger`), since the invariants ask for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from faults.eyes import DECIDES, Message, buttons_of, replies_to
from faults.stand import BOT_ID, OWNER, Stand
from faults.work import Unbroken, ended
from sandbox.telegram.errors import ControlError

T = TypeVar("T")

ADMINS = tuple(range(9002, 9012))
#: So many of them work in the load; all of them press where that is the attack.
_AT_WORK = 3
#: A decider by nobody's leave: what he presses must change nothing.
STRANGER = 9050
_FIRST_OPERATOR = 9100
OPERATORS = tuple(_FIRST_OPERATOR + number for number in range(6))
#: He has never started the bot: he is answered in the group.
SHY = OPERATORS[-1]
GROUPS = 4
#: Seconds that a person waits before he goes on with something else.
_PATIENCE = 20.0
#: Seconds after which an admin who got no answer presses again.
_AGAIN = 3.0
#: How often an admin takes his decision back.
_REGRETS = 0.1
#: How often an operator asks of a lead of which another group has asked; of so many of the last.
_ALSO, _LATELY = 0.1, 8

#: What an admin reads when his press counted.
ACCEPTED = ("Разрешено", "Запрещено")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A lead link that somebody posted. `at`: the stand's time."""

    chat: int
    message: int
    lead: str
    by: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A press and what was read then; `text` "": no answer came."""

    case: int
    round: int
    action: str
    by: int
    text: str

    @property
    def is_accepted(self) -> bool:
        """Whether he was told that his word counts."""
        return self.text.startswith(ACCEPTED)


@dataclass(slots=True)
class Ledger:
    """What people did.

    Attributes:
        dropped: posts that Telegram gave up before the bot lived again.
        forgotten: leads of which something happened that no backup knew.
        touched: leads whose status somebody set by hand.
    """

    asked: list[Asked] = field(default_factory=list)
    pressed: list[Pressed] = field(default_factory=list)
    dropped: set[tuple[int, int]] = field(default_factory=set)
    touched: dict[str, int] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)


class People:
    """Everybody, and the groups in which they meet."""

    def __init__(self, at: Stand, chance: random.Random) -> None:
        self._at = at
        self._random = chance
        self.ledger = Ledger()
        self.groups: list[int] = []
        self._posting = Unbroken[Asked]()
        self._pressed_at: dict[tuple[int, int, str], float] = {}

    # --- how it begins --------------------------------------------------------------------------

    async def arrive(self) -> None:
        """People and groups come to be, and the bot learns of them as it does in life."""
        control = self._at.control
        for number, name in {OWNER: "Владелец", STRANGER: "Прохожий"}.items():
            await control.person(name, id=number)
        for place, admin in enumerate(ADMINS):
            await control.person(f"Админ {place}", id=admin)
        for place, operator in enumerate(OPERATORS):
            await control.person(f"Оператор {place}", id=operator)
        for person in (OWNER, *ADMINS, *OPERATORS):
            if person != SHY:
                await self.start(person)
        for number in range(GROUPS):
            self.groups.append(await self.found_group(f"Группа {number}"))
        for admin in ADMINS:
            await self.command(self.groups[0], f"/role admin {admin}")

    async def found_group(
        self, title: str, kind: str = "supergroup", *, flow: str = "duplicates"
    ) -> int:
        """A group, bound."""
        control = self._at.control
        members = [*ADMINS, *OPERATORS, STRANGER]
        made = await control.chat(title, creator=OWNER, members=members, kind=kind)
        group = int(made["id"])
        await control.member(group, BOT_ID, "administrator", by=OWNER)
        await self.command(group, f"/bind {flow}")
        return group

    async def command(self, group: int, command: str) -> None:
        """The owner gives one, and is answered."""
        post = await self._at.control.post(group, OWNER, command)
        number = post["message_id"]
        await self._see(lambda: self._reply_to(group, number), f"an answer to {command}")

    async def start(self, person: int) -> None:
        """He starts the bot."""
        await self._at.control.start(person)
        await self._see(
            lambda: next((m for m in self._at.eyes.of_chat(person) if is_ours(m)), None),
            "a greeting",
        )

    async def _see(self, look: Callable[[], Message | None], what: str) -> Message:
        seen = await self._at.eyes.until(look, 2 * _PATIENCE)
        if seen is None:
            raise RuntimeError(f"nobody saw {what}")
        return seen

    def _reply_to(self, chat: int, post: int) -> Message | None:
        for message in self._at.eyes.of_chat(chat):
            if is_ours(message) and replies_to(message) == post:
                return message
        return None

    # --- what one person does -------------------------------------------------------------------

    async def ask(self, group: int, operator: int, lead: str | None = None) -> Asked:
        """Post a lead that burns (a new one, unless named)."""
        return await self._posting.all_of(self._post(group, operator, lead))

    async def _post(self, group: int, operator: int, lead: str | None) -> Asked:
        if lead is None:
            [lead] = await self._at.clerk.leads(1)
        words = f"{self._at.crm_url}/orders/{lead} Могу ли оформить?"
        post = await self._at.control.post(group, operator, words)
        asked = Asked(
            chat=group, message=post["message_id"], lead=lead, by=operator, at=self._at.now()
        )
        self.ledger.asked.append(asked)
        return asked

    def cards(self, asked: Asked) -> list[Message]:
        """The messages with buttons that decide about that lead."""
        return [
            message
            for message in self._at.eyes.asking.values()
            if asked.lead in message.get("text", "")
        ]

    def button(self, lead: str, action: str, words: str = "") -> tuple[int, str] | None:
        """(message, data) of the button that does this to the lead, on a card with these words."""
        for (_, number), message in self._at.eyes.asking.items():
            text = message.get("text", "")
            if lead in text and words in text:
                for data in buttons_of(message):
                    if data.endswith(f":{action}"):
                        return number, data
        return None

    def words_to(self, chat: int, lead: str, words: str) -> Message | None:
        """A message of the bot in that chat about the lead, with these words."""
        for message in self._at.eyes.of_chat(chat):
            text = message.get("text", "")
            if is_ours(message) and lead in text and words in text:
                return message
        return None

    async def see(self, look: Callable[[], T | None]) -> T | None:
        """Look until there is something to be seen, or a person's patience is at its end."""
        return await self._at.eyes.until(look, _PATIENCE)

    async def card(self, asked: Asked, within: float = _PATIENCE) -> Message | None:
        """Wait for the card that asks about it."""
        return await self._at.eyes.until(lambda: next(iter(self.cards(asked)), None), within)

    def heard(self, asked: Asked) -> list[Message]:
        """What the operator was told privately (or, the shy one, in the group) of the lead."""
        where = asked.chat if asked.by == SHY else asked.by
        return [
            message
            for message in self._at.eyes.of_chat(where)
            if is_ours(message)
            and asked.lead in message.get("text", "")
            and not buttons_of(message)
        ]

    async def press(
        self, chat: int, message: int, by: int, data: str, *, wait: float = _AGAIN, repeat: int = 1
    ) -> Pressed | None:
        """Press, and write down what was read. None: the message is gone."""
        try:
            answer = await self._at.control.press(chat, message, by, data, wait=wait, repeat=repeat)
        except ControlError:
            return None
        case, round_, action = data.split(":")[:3]
        pressed = Pressed(
            case=int(case), round=int(round_), action=action, by=by,
            text=answer["text"] if answer["answered"] else "",
        )  # fmt: skip
        self.ledger.pressed.append(pressed)
        return pressed

    # --- a day's work ---------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def at_work(self, *, admins: bool = True) -> AsyncIterator[None]:
        """Operators post one lead after another, admins press whatever waits."""
        tasks = [asyncio.create_task(self._operate(operator)) for operator in OPERATORS]
        if admins:
            tasks += self._admins()
        try:
            yield
        finally:
            await ended(tasks, self._posting.tasks)

    async def _operate(self, operator: int) -> None:
        while True:
            group = self._random.choice(self.groups)
            asked = await self.ask(group, operator, self._asked_elsewhere(group))
            await self._at.eyes.until(lambda: self.heard(asked) or None, _PATIENCE)  # noqa: B023
            await asyncio.sleep(self._random.uniform(0.05, 0.4))

    def _asked_elsewhere(self, group: int) -> str | None:
        """Now and then, a lead whose status nobody but us has set."""
        lately = [one.lead for one in self.ledger.asked[-_LATELY:] if one.chat != group]
        lately = [lead for lead in lately if lead not in self.ledger.touched]
        return self._random.choice(lately) if lately and self._random.random() < _ALSO else None

    @contextlib.asynccontextmanager
    async def admins_at_work(self) -> AsyncIterator[None]:
        """Only the admins work."""
        tasks = self._admins()
        try:
            yield
        finally:
            await ended(tasks)

    def _admins(self) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self._administrate(admin)) for admin in ADMINS[:_AT_WORK]]

    async def _administrate(self, admin: int) -> None:
        while True:
            found = await self._at.eyes.until(self._waiting, 1.0)
            if found is None:
                continue
            chat, message, data = found
            repeat = self._random.choice((1, 1, 1, 3))
            pressed = await self.press(chat, message, admin, data, repeat=repeat)
            if pressed is not None and pressed.is_accepted and self._random.random() < _REGRETS:
                await asyncio.sleep(self._random.uniform(0.0, 1.0))
                undo = f"{pressed.case}:{pressed.round}:undo"
                await self.press(chat, message, admin, undo)

    def _waiting(self) -> tuple[int, int, str] | None:
        """A button that decides and that nobody has pressed lately."""
        now = self._at.now()
        for (chat, number), message in self._at.eyes.asking.items():
            by_case: dict[str, list[str]] = {}
            for data in filter(DECIDES.match, buttons_of(message)):
                by_case.setdefault(data.rpartition(":")[0], []).append(data)
            for case, datas in by_case.items():
                if now - self._pressed_at.get((chat, number, case), 0.0) > _AGAIN:
                    self._pressed_at[chat, number, case] = now
                    return chat, number, self._random.choice(datas)
        return None


def is_ours(message: Message) -> bool:
    """Whether the bot has said it."""
    return bool(message.get("from", {}).get("id") == BOT_ID)

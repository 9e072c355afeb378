"""Everything together, with verbs for being a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp.typedefs import Middleware
from sqlalchemy import text as sql

from bot.budget import Budget, Limits
from bot.config import Settings, load_settings
from sandbox.telegram import Clock, TelegramSandbox
from sandbox.telegram.membership import add_person, start
from sandbox.telegram.model import Json, Person
from sandbox.world import ADMINS, CHATS, OPERATORS, OWNER, STRANGER, SURNAME, DemoPerson
from storage.db import Database
from storage.errors import StorageDown
from storage.uow import Storage, UnitOfWork
from tests.harness.crash import CrashAt
from tests.harness.crm import LOGIN, PASSWORD, ZONE, CrmDesk, crm_desk
from tests.harness.life import IDLE, Life
from tests.harness.time import PATIENCE, MovableClock, eventually

#: Telegram's own limits are the subject of `test_budget.py`; elsewhere they only cost time.
_NO_LIMITS = Limits(all_per_second=10_000, group_per_minute=10_000, burst=10_000)
#: A time that no machine's slowness reaches, after which leases have run out. Seconds.
LEASES_END = 55.0
#: After that a comment that a killed bot may have sent is not waited for any more. Seconds.
COMMENTS_HAVE_COME = 35.0

#: Rows that nobody has tried in vain, and that wait behind none that somebody has.
_TO_DO = """
    SELECT count(*) FROM outbox o WHERE state = 'pending' AND error = '' AND NOT EXISTS (
        SELECT 1 FROM outbox p
        WHERE p.lane = o.lane AND p.id < o.id AND p.state = 'pending' AND p.error <> ''
    )
"""


@dataclass(frozen=True)
class Answer:
    """What a person sees at once when he presses."""

    text: str
    alert: bool
    given: bool


class World:
    """The sandbox, the CRM and the bot, and the people of «РФ Админы»."""

    def __init__(
        self, tg: TelegramSandbox, crm: CrmDesk, clock: MovableClock, settings: Settings
    ) -> None:
        self.tg = tg
        self.crm = crm
        self.clock = clock
        self.settings = settings
        self.database = Database(settings.database_url.get_secret_value())
        self._before_the_bot = Storage(self.database)
        self.group = 0
        self.life: Life | None = None
        self.idle = IDLE
        self.budget: Callable[[], Budget] = lambda: Budget(_NO_LIMITS)

    @property
    def storage(self) -> Storage:
        """The bot's own while it runs: SQLite has one writer, and two in one process would wait
        for each other on one event loop.
        """
        if self.life is not None and self.life.runs:
            return self.life.parts.storage
        return self._before_the_bot

    # --- the bot --------------------------------------------------------------------------------

    @property
    def bot(self) -> Life:
        """The life that runs now."""
        assert self.life is not None
        return self.life

    async def start_bot(self, crash: CrashAt | None = None) -> Life:
        """Start the bot on the same database."""
        self.life = Life(
            self.settings, self.clock, budget=self.budget(), crash=crash, idle=self.idle
        )
        await self.life.start()
        return self.life

    async def restart_bot(self, crash: CrashAt | None = None) -> Life:
        """Stop it well, start it again."""
        await self.bot.stop()
        return await self.start_bot(crash)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass for Telegram, the CRM and the bot alike."""
        self.clock.advance(seconds)
        await self.bot.look_around()

    async def quiet(self) -> None:
        """Wait until nothing is left to do: no update to take, nothing to deliver for the first
        time. What waits for another try after a failure does not count.
        """

        async def rests() -> bool:
            if self.bot.is_busy or self.tg.telegram.updates.count():
                return False
            try:
                left = await self.count(_TO_DO)
            except StorageDown:
                # A connection of ours that the database's restart has cut.
                return False
            return not left and not self.bot.is_busy

        await eventually(rests, "everything is done")

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows of the bot's database."""
        async with self.database.reading() as connection:
            return list(await connection.execute(sql(statement), values))

    async def count(self, statement: str, **values: Any) -> int:
        """The one number that a query gives."""
        return int((await self.rows(statement, **values))[0][0])

    # --- being a person -------------------------------------------------------------------------

    async def post(
        self, who: DemoPerson, words: str = "", *, chat: int | None = None, **more: Any
    ) -> int:
        """Write to the group (or another chat), and give the message's number."""
        shown = await self.tg.control.post(chat or self.group, who.id, words, **more)
        return int(shown["message_id"])

    async def ask(self, who: DemoPerson, lead: str, words: str = "Могу оформить?") -> int:
        """Post a lead's link with these words."""
        return await self.post(who, f"{self.crm.link(lead)} {words}")

    async def reply(self, who: DemoPerson, to: int, words: str, *, chat: int | None = None) -> int:
        """Reply to a message of the bot, as soon as the bot knows that it sent it: people are no
        quicker.
        """
        where = chat or self.group
        known = "SELECT count(*) FROM messages WHERE chat_id = :chat AND message_id = :message"
        await eventually(
            lambda: self.count(known, chat=where, message=to), "the bot knows its card"
        )
        return await self.post(who, words, chat=where, reply_to=to)

    async def write_privately(self, who: DemoPerson, words: str, **more: Any) -> int:
        """Write to the bot itself."""
        return await self.post(who, words, chat=who.id, **more)

    async def press(
        self,
        who: DemoPerson,
        card: int,
        word: str,
        *,
        chat: int | None = None,
        wait: float = PATIENCE,
        repeat: int = 1,
    ) -> Answer:
        """Press the button with this word, and see the answer."""
        data = await self.button(card, word, chat=chat)
        return await self.press_data(who, card, data, chat=chat, wait=wait, repeat=repeat)

    async def press_data(
        self,
        who: DemoPerson,
        card: int,
        data: str,
        *,
        chat: int | None = None,
        wait: float = PATIENCE,
        repeat: int = 1,
    ) -> Answer:
        """Press a button by its data: also one that is not there any more."""
        given = await self.tg.control.press(
            chat or self.group, card, who.id, data, wait=wait, repeat=repeat
        )
        return Answer(given["text"], given["show_alert"], given["answered"])

    async def button(self, card: int, word: str, *, chat: int | None = None) -> str:
        """The data of the button with this word, which must be there by now."""

        async def found() -> str:
            message = await self.message(card, chat=chat)
            return next((data for text, data in buttons_of(message) if word in text), "")

        return await eventually(found, f"a button {word!r}")

    async def start(self, who: DemoPerson) -> None:
        """Start the bot."""
        await self.tg.control.start(who.id)

    async def block(self, who: DemoPerson) -> None:
        """Block the bot."""
        await self.tg.control.block(who.id)

    # --- what is to be seen ---------------------------------------------------------------------

    async def message(self, number: int, *, chat: int | None = None) -> Json:
        """A message as it is now."""
        found = await self.tg.control.messages(chat or self.group, number - 1)
        return found[0]

    async def said(self, *, chat: int | None = None, reply_to: int | None = None) -> list[Json]:
        """What the bot says in a chat, oldest first; only the replies to one message, if named."""
        messages = await self.tg.control.messages(chat or self.group)
        return [
            message
            for message in messages
            if self._is_mine(message)
            and "text" in message
            and not message["deleted"]
            and (reply_to is None or _answered(message) == reply_to)
        ]

    async def card(self, post: int, words: str = "", *, chat: int | None = None) -> int:
        """Wait for the bot's reply to a post, with these words, and give its number."""
        message = await self.tg.control.until(
            chat or self.group,
            lambda message: (
                self._is_mine(message)
                and _answered(message) == post
                and words in message.get("text", "")
            ),
            within=PATIENCE,
        )
        return int(message["message_id"])

    async def digest(self, words: str) -> int:
        """Wait for a digest with these words that the bot knows, and give its number: people are no
        quicker than the note of what they press.
        """
        shown = await self.tg.control.until(
            self.group, lambda message: words in message.get("text", ""), within=PATIENCE
        )
        digest = int(shown["message_id"])
        noted = "SELECT count(*) FROM digests WHERE message_id = :digest"
        await eventually(lambda: self.count(noted, digest=digest), "the bot knows its digest")
        return digest

    async def says(self, card: int, *words: str, chat: int | None = None) -> str:
        """Wait until a message has all these words, and give its text."""
        message = await self.tg.control.until(
            chat or self.group,
            lambda message: (
                message["message_id"] == card
                and all(word in message.get("text", "") for word in words)
            ),
            within=PATIENCE,
        )
        return str(message["text"])

    async def text(self, card: int, *, chat: int | None = None) -> str:
        """The text of a message as it is now."""
        return str((await self.message(card, chat=chat)).get("text", ""))

    async def told(self, who: DemoPerson, *words: str) -> Json:
        """Wait until the bot has told somebody these words privately."""
        return await self.tg.control.until(
            who.id,
            lambda message: (
                self._is_mine(message) and all(word in message.get("text", "") for word in words)
            ),
            within=PATIENCE,
        )

    def _is_mine(self, message: Json) -> bool:
        """Whether the bot wrote it: "is_bot" is Telegram's own anonymous admin too."""
        return bool(message.get("from", {}).get("id") == self.tg.bot_id)

    async def private(self, who: DemoPerson) -> list[str]:
        """All that the bot has told somebody privately."""
        return [message["text"] for message in await self.said(chat=who.id)]

    # --- how it begins --------------------------------------------------------------------------

    async def arrive(self, who: DemoPerson) -> None:
        """A person comes to be; who starts the bot has done so long ago."""
        person = Person(who.id, who.first_name, SURNAME, who.username)
        add_person(self.tg.telegram, person)
        if who.starts:
            start(self.tg.telegram, person)

    async def new_group(
        self,
        title: str = "РФ Админы",
        *,
        members: Sequence[DemoPerson] = (*OPERATORS, *ADMINS),
        by: DemoPerson = OWNER,
        **more: Any,
    ) -> int:
        """A group with the bot as a member, unbound."""
        ids = [who.id for who in members if who is not by]
        chat = await self.tg.control.chat(
            title, creator=by.id, members=[*ids, self.tg.bot_id], **more
        )
        return int(chat["id"])

    async def bind(self, chat: int, topic: int = 0, flow: str = "duplicates") -> None:
        """Bind a group as `/bind` does, without the bot's words about it."""
        now = self.clock()
        async with self.storage.change() as uow:
            await uow.chats.entered(chat, "РФ Админы", by=OWNER.id, now=now)
            await uow.chats.bind(chat, topic, flow, by=OWNER.id, now=now)

    async def give_roles(self, operators: Sequence[DemoPerson] = OPERATORS) -> None:
        """The people as the bot knows them after a week of work."""
        async with self.storage.change() as uow:
            for who in (*operators, OWNER):
                await self._met(uow, who)
            for who in ADMINS:
                await self._met(uow, who, "admin")

    async def give(self, who: DemoPerson, role: str = "") -> None:
        """The bot has met somebody, and he holds this role."""
        async with self.storage.change() as uow:
            await self._met(uow, who, role)

    async def _met(self, uow: UnitOfWork, who: DemoPerson, role: str = "") -> None:
        now = self.clock()
        await uow.people.met(who.id, f"{who.first_name} {SURNAME}", who.username, now=now)
        await uow.people.set_reachable(who.id, reachable=who.starts)
        if role:
            await uow.people.give(who.id, role, by=OWNER.id, now=now)

    async def open_chat(self, flow: str) -> None:
        """The group is the demo's chat of that flow, bound; its people are there with their roles.

        People whom the world does not have yet arrive.
        """
        chat = next(one for one in CHATS if one.flow == flow)
        for who in chat.members:
            if who.id not in self.tg.telegram.world.people:
                await self.arrive(who)
        self.group = await self.new_group(chat.title, members=chat.members)
        await self.bind(self.group, flow=flow)
        for who in chat.members:
            await self.give(who)
        for role, who in chat.gives:
            await self.give(who, role)


def _answered(message: Json) -> int | None:
    number = message.get("reply_to_message", {}).get("message_id")
    return None if number is None else int(number)


def buttons_of(message: Json) -> list[tuple[str, str]]:
    """(text, data) of a message's buttons."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [(button["text"], button["callback_data"]) for row in rows for button in row]


@asynccontextmanager
async def a_world(
    database_url: str,
    *,
    limits: bool = False,
    bound: bool = True,
    running: bool = True,
    budget: Callable[[], Budget] | None = None,
    kind: str = "supergroup",
    middleware: Middleware | None = None,
    clock: MovableClock | None = None,
    **settings: Any,
) -> AsyncIterator[World]:
    """Start everything; end everything.

    Args:
        database_url: migrated already.
        limits: whether the sandbox keeps Telegram's limits.
        bound: whether there is a bound group «РФ Админы» whose admins have their role.
        running: whether the bot runs from the beginning.
        budget: makes the bot's budget; without limits unless named.
        kind: of that group: "supergroup" or "group".
        middleware: between the bot and the sandbox.
        clock: everybody's; the real time unless named.
        settings: on top of the usual ones.
    """
    clock = clock or MovableClock()
    async with AsyncExitStack() as stack:
        crm = await stack.enter_async_context(crm_desk(clock))
        tg = await stack.enter_async_context(
            TelegramSandbox(
                clock=Clock(lambda: clock().timestamp()),
                limits=limits,
                mount=lambda app: app.middlewares.extend([middleware] if middleware else []),
            )
        )
        given: dict[str, Any] = {
            "bot_token": tg.token,
            "owner_ids": str(OWNER.id),
            "database_url": database_url,
            "crm_url": crm.url,
            "crm_login": LOGIN,
            "crm_password": PASSWORD,
            "crm_timezone": ZONE,
            "crm_timeout": 5.0,
            "telegram_api_url": tg.url,
            "http_port": 0,
            # Tests run at any hour.
            "summary_time": "off",
        }
        world = World(tg, crm, clock, load_settings(_env_file=None, **(given | settings)))
        stack.push_async_callback(world.database.close)
        if budget is not None:
            world.budget = budget
        for who in (*OPERATORS, *ADMINS, OWNER, STRANGER):
            await world.arrive(who)
        if bound:
            world.group = await world.new_group(kind=kind)
            tg.telegram.updates.drop_pending()
            await world.bind(world.group)
            await world.give_roles()
        try:
            if running:
                await world.start_bot()
            yield world
        finally:
            if world.life is not None:
                async with asyncio.timeout(PATIENCE):
                    await world.life.stop()
